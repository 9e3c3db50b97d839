using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Services.Evidence.Checks;
using Beffroi.Services.Evidence.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>What is configured behind each check, as bundles have it.</summary>
public sealed partial class EvidenceTests
{
    // Of each kind one, and of another organization the same; addresses as the API would not take them.
    private const string Configured = """
        insert into platform.egress_rules select id, '192.0.2.10/32', 'tcp', 443, 443 from platform.spaces where name in ('eval', 'faraway');
        insert into platform.spaces (id, organization_id, name, classification, zone, network_index) select gen_random_uuid(), id, 'second', 'open', 'local', 77 from platform.organizations where name = 'demo';
        insert into platform.peerings (from_space_id, to_space_id, ports, both_ways) select f.id, t.id, '{tcp/5432}', false from platform.spaces f, platform.spaces t where f.name = 'eval' and t.name = 'second';
        insert into platform.ledger_forwards (id, log_id, name, url, next_index) select gen_random_uuid(), id, 'siem-of-' || name, 'https://who:canary-a@hook/in?t=canary-b#canary-c', 0 from platform.organizations;
        insert into platform.ledger_witnesses (log_id, name, url, public_key, authority) select id, 'witness-of-' || name, 'https://who:canary-a@witness/?t=canary-b', 'witness+key', 'canary-d' from platform.organizations;
        insert into platform.lockbox_keys (principal_id, organization_id, public_key) select id, organization_id, 'approver-key-of-' || name from platform.principals where name in ('alice', 'mallory');
        insert into platform.identity_providers (id, organization_id, name, issuer, client_id, client_key, authority, scopes, acr_values, second_factor_acr, second_factor_amr, required)
            select gen_random_uuid(), id, 'idp-of-' || name, 'https://issuer', 'client', 'canary-e', 'canary-f', '{openid}', '{}', '{}', '{otp}', true from platform.organizations;
        insert into platform.organization_safeguards (organization_id, deletion_grace_hours, immediate_deletion, two_person_rule) select id, 99, false, true from platform.organizations where name = 'demo';
        insert into platform.access_reviews (id, organization_id, kind, state, begun_by) select gen_random_uuid(), id, 'rights', 'open', 'reviewer-of-' || name from platform.organizations;
        insert into platform.alert_receivers (id, organization_id, name, email, language, least_severity, confirmed_at) select gen_random_uuid(), id, 'receiver-of-' || name, 'canary-h@hospital.example', 'en', 'critical', now() from platform.organizations;
        insert into platform.zone_declarations (zone, content, changed_by) values ('local', '{ "country": "BE" }', 'canary-g'), ('local', '{ "country": "FR" }', 'canary-g'), ('other', '{ "country": "CH" }', 'canary-g');
        """;

    [Fact]
    public async Task A_bundle_has_what_is_configured_behind_each_check_and_nothing_secret_or_of_others()
    {
        (await _server.Mallory.PutAsync("/v1/organizations/evil/spaces/faraway", TestServer.Json(TestServer.NewSpace))).EnsureSuccessStatusCode();
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        await _server.PutAsync("db");
        await RunAsync(Configured);
        var (bundle, key) = await BundleAsync();
        Assert.Equal(0, (await VerifyAsync(bundle, key)).Code);
        var files = Files(bundle);
        var configuration = files.Where(f => f.Key.StartsWith("configuration/", StringComparison.Ordinal)).ToDictionary(f => f.Key, f => Encoding.UTF8.GetString(f.Value));

        // Each check names its files, in the documents that people and programs read.
        var results = JsonNode.Parse(files["oscal/assessment-results.json"])!["assessment-results"]!["results"]![0]!["observations"]!.AsArray();
        foreach (var check in _server.Services.GetServices<IEvidenceCheck>().Select(c => c.Description).Where(c => c.Requirements.Any(r => r.StartsWith("secnumcloud-3.2/", StringComparison.Ordinal))))
        {
            Assert.NotEmpty(check.JudgesBy);
            var relevant = results.Single(o => (string)o!["props"]![0]!["value"]! == check.Name)!["relevant-evidence"]!.AsArray().Select(e => (string)e!["href"]!).ToList();
            foreach (var path in check.JudgesBy.Select(name => $"configuration/{name}.json"))
            {
                Assert.Contains(check.Name, JsonNode.Parse(configuration[path])!["checks"]!.AsArray().Select(c => (string)c!));
                Assert.Contains("../" + path, relevant);
                Assert.All(["evidence.en.html", "evidence.fr.html"], page => Assert.Contains($"href=\"{path}\"", Text(files, page), StringComparison.Ordinal));
            }
        }

        // What is configured is there.
        JsonNode Of(string name) => JsonNode.Parse(configuration[$"configuration/{name}.json"])!;
        Assert.Equal((true, 99), ((bool)Of("safeguards")["settings"]!["twoPersonRule"]!, (int)Of("safeguards")["settings"]!["deletionGraceHours"]!));
        Assert.Equal("open", (string)Of("spaces")["spaces"]!.AsArray().Single(s => (string)s!["name"]! == "second")!["classification"]!);
        Assert.True((bool)Of("spaces")["spaces"]!.AsArray().Single(s => (string)s!["name"]! == "eval")!["label"]!["evaluation"]!);
        Assert.Equal("FR", (string)Assert.Single(Of("spaces")["zones"]!.AsArray())!["declaration"]!["country"]!);
        Assert.Equal("software", (string)Assert.Single(Of("keys")["generations"]!.AsArray())!["provider"]!);
        var receiver = Assert.Single(Of("ledger")["receivers"]!.AsArray())!;
        Assert.Equal(("siem-of-demo", "https://hook/in"), ((string)receiver["name"]!, (string)receiver["url"]!));
        Assert.False((bool)receiver["fromFirstEntry"]!);
        var witness = Assert.Single(Of("ledger")["witnesses"]!.AsArray())!;
        Assert.Equal(("https://witness/", "witness+key", true), ((string)witness["url"]!, (string)witness["publicKey"]!, (bool)witness["ownAuthority"]!));
        Assert.Equal(key, (string)Assert.Single(Of("ledger")["log"]!.AsArray())!["publicKey"]!);
        var accounts = Of("access")["accounts"]!.AsArray().ToDictionary(a => (string)a!["name"]!, a => ((bool)a!["password"]!, (string)a["state"]!));
        Assert.Equal((true, "active"), accounts["bob"]);
        Assert.Equal((false, "active"), accounts["alice"]);
        Assert.Equal("owner", (string)Of("access")["grants"]!.AsArray().First(g => (string?)g!["member"] == "alice")!["role"]!);
        // Five, and at most a quarter of an hour, as the product has it.
        Assert.Equal((5, 900), ((int)Of("access")["settings"]!["locks"]!["afterFailures"]!, (int)Of("access")["settings"]!["locks"]!["longestSeconds"]!));
        Assert.True((bool)Assert.Single(Of("access")["identityProviders"]!.AsArray())!["required"]!);
        Assert.Equal("reviewer-of-demo", (string)Assert.Single(Of("reviews")["reviews"]!.AsArray())!["begunBy"]!);
        Assert.Equal(365, (int)Of("reviews")["settings"]!["rights"]!["everyDays"]!);
        Assert.Equal("db", (string)Assert.Single(Of("databases")["databases"]!.AsArray())!["name"]!);
        Assert.Equal(24, (int)Of("databases")["settings"]!["backupWhereNoneIsSet"]!["incrementalEveryHours"]!);
        Assert.Equal("192.0.2.10/32", (string)Assert.Single(Of("network")["egress"]!.AsArray())!["destination"]!);
        Assert.Equal("second", (string)Assert.Single(Of("network")["peerings"]!.AsArray())!["to"]!);
        Assert.Equal("approver-key-of-alice", (string)Assert.Single(Of("lockbox")["approvers"]!.AsArray())!["publicKey"]!);

        Assert.Equal("receiver-of-demo", (string)Assert.Single(Of("alerts")["receivers"]!.AsArray())!["name"]!);

        // Nothing secret, whatever column of the store it is in, and nothing of another organization.
        foreach (var (name, content) in configuration)
        {
            Assert.DoesNotMatch("canary|evil|mallory|faraway", content);
            foreach (var secret in await SecretsAsync())
            {
                Assert.False(content.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{name} has {secret}");
            }
        }

        // The same until somebody changes something; then that file and no other is another.
        Assert.Equal(configuration, await ConfigurationAsync());
        await RunAsync("update platform.organization_safeguards set deletion_grace_hours = 100");
        var after = await ConfigurationAsync();
        Assert.Equal(["configuration/safeguards.json"], configuration.Keys.Where(name => configuration[name] != after[name]));
        await RunAsync("update platform.egress_rules set last_port = 444; update platform.resources set spec = jsonb_set(spec, '{backup}', '{\"retentionDays\": 30}') where name = 'db'");
        var later = await ConfigurationAsync();
        Assert.Equal(["configuration/databases.json", "configuration/network.json"], after.Keys.Where(name => after[name] != later[name]).Order(StringComparer.Ordinal));
        Assert.Contains("\"retentionDays\": 30", later["configuration/databases.json"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_that_who_exports_may_not_read_elsewhere_is_left_out_and_long_lists_are_cut()
    {
        await _server.LedgerIntegratedAsync();
        await RunAsync("""
            with p as (insert into platform.principals (id, organization_id, name, accepted_at) select gen_random_uuid(), id, 'carol', now() from platform.organizations where name = 'demo' returning id, organization_id),
            t as (insert into platform.tokens (sha256, principal_id, name, expires_at) select sha256('token-of-carol'), id, 'x', now() + interval '1 day' from p),
            r as (insert into platform.roles (id, organization_id, name, permissions) select gen_random_uuid(), organization_id, 'evidence', '{evidence.read,key.read}' from p returning id)
            insert into platform.grants (id, organization_id, principal_id, custom_role_id) select gen_random_uuid(), p.organization_id, p.id, r.id from p, r;
            insert into platform.ledger_forwards (id, log_id, name, url, next_index) select gen_random_uuid(), o.id, 'siem-' || to_char(n, 'FM0000'), 'https://hook', 0 from platform.organizations o, generate_series(1, 1001) n where o.name = 'demo';
            """);
        using var carol = _server.Client("token-of-carol");
        await File.WriteAllBytesAsync(_folder + "/carol.zip", await carol.GetByteArrayAsync(SecNumCloud + "/bundle", Cancel), Cancel);
        var files = Files(_folder + "/carol.zip");
        // What is the whole installation's is everybody's.
        Assert.Equal(["configuration/installation.json", "configuration/keys.json"], files.Keys.Where(f => f.StartsWith("configuration/", StringComparison.Ordinal)));
        Assert.Contains("Left out", Text(files, "evidence.en.html"), StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"configuration/access.json\"", Text(files, "evidence.en.html"), StringComparison.Ordinal);
        Assert.DoesNotContain("../configuration/access.json", Text(files, "oscal/assessment-results.json"), StringComparison.Ordinal);
        var ledger = JsonNode.Parse((await ConfigurationAsync())["configuration/ledger.json"])!;
        Assert.Equal((1000, true), (ledger["receivers"]!.AsArray().Count, (bool)ledger["receiversTruncated"]!));
        // Every file that there is stands behind some check.
        Assert.Equal(
            _server.Services.GetRequiredService<ConfigurationFiles>().All.Select(f => f.Name).Order(StringComparer.Ordinal),
            _server.Services.GetServices<IEvidenceCheck>().SelectMany(c => c.Description.JudgesBy).Distinct().Order(StringComparer.Ordinal));
    }

    private async Task<Dictionary<string, string>> ConfigurationAsync()
    {
        await File.WriteAllBytesAsync(_folder + "/again.zip", await _server.Alice.GetByteArrayAsync(SecNumCloud + "/bundle", Cancel), Cancel);
        return Files(_folder + "/again.zip").Where(f => f.Key.StartsWith("configuration/", StringComparison.Ordinal)).ToDictionary(f => f.Key, f => Encoding.UTF8.GetString(f.Value));
    }

    /// <summary>Everything binary in the store but keys' fingerprints, as hexadecimal and base64, and digests of passwords.</summary>
    private async Task<IReadOnlyList<string>> SecretsAsync()
    {
        var secrets = new List<string>();
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        var reads = new List<string> { "select convert_to(password_hash, 'UTF8') from platform.factors" };
        await using (var columns = connection.CreateCommand())
        {
            columns.CommandText = """
                select format('select %I from platform.%I where octet_length(%I) >= 8', column_name, table_name, column_name) from information_schema.columns
                where table_schema = 'platform' and data_type = 'bytea' and (table_name, column_name) <> ('organization_keys', 'fingerprint')
                """;
            await using var reader = await columns.ExecuteReaderAsync(Cancel);
            while (await reader.ReadAsync(Cancel))
            {
                reads.Add(reader.GetString(0));
            }
        }

        foreach (var read in reads)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = read;
            await using var reader = await command.ExecuteReaderAsync(Cancel);
            while (await reader.ReadAsync(Cancel))
            {
                var bytes = reader.GetFieldValue<byte[]>(0);
                secrets.AddRange([Convert.ToHexString(bytes), Convert.ToBase64String(bytes), Encoding.UTF8.GetString(bytes)]);
            }
        }

        Assert.Contains(secrets, s => s.Length > 40);
        return [.. secrets.Distinct()];
    }
}
