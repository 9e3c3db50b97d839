using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Agents;
using Beffroi.Infrastructure;
using Beffroi.Platform;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Tests.Keys;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>One token for all tests of the class: a module reads where its tokens are once a process.</summary>
public sealed class Hsm : IDisposable
{
    internal SoftToken Token { get; } = new();

    public void Dispose() => Token.Dispose();
}

/// <summary>
/// Rotation, sealing, deletion and undoing through the API: the reconcilers as they are, a real HSM module, and a pretended host that, like the real
/// one, starts nothing without its volume and closes no volume that is in use.
/// </summary>
public sealed partial class SealLifeTests(PostgresServer postgres, Hsm hsm) : IAsyncLifetime, IClassFixture<Hsm>
{
    private const string Key = "/v1/organizations/demo/key";

    private readonly PretendedHost _host = new();
    private readonly CancellationTokenSource _stop = new();
    private TestServer _server = null!;
    private TransitServer _vault = null!;
    private Task _reporting = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _vault = await TransitServer.StartAsync();
        _server = await TestServer.StartAsync(postgres, withReconcilers: services =>
        {
            services.Replace(ServiceDescriptor.Singleton<IInfrastructure>(_host));
            services.Replace(ServiceDescriptor.Singleton(new ReconcilingOptions { SweepInterval = TimeSpan.FromMilliseconds(200), SettledInterval = TimeSpan.FromSeconds(2) }));
            var options = (PlatformOptions)services.Single(s => s.ServiceType == typeof(PlatformOptions)).ImplementationInstance!;
            services.Replace(ServiceDescriptor.Singleton(options with
            {
                KeyProviders = [hsm.Token.Local, hsm.Token.Remote, _vault.Options],
                KeyRetirement = TimeSpan.FromSeconds(1),
                KeyCheckInterval = TimeSpan.FromSeconds(1),
                KeyRefusalPatience = TimeSpan.FromSeconds(1),
            }));
        });
        _reporting = ReportAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reporting;
        await _server.DisposeAsync();
        await _vault.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Everything_of_an_organization_moves_into_an_hsm_is_sealed_and_comes_back_as_it_was()
    {
        await CreateAsync("one", "single");
        await CreateAsync("three", "ha");
        await EventuallyAsync("a spare is ready", async () => await CountAsync("select count(*) from platform.resources where spare and status->>'state' = 'ready'") == 1);
        var passwords = (await PasswordAsync("one"), await PasswordAsync("three"));
        // Two databases of one and of three nodes, the spare, and the space's backup repository.
        await EventuallyAsync(() => "all are open", () => Task.FromResult(_host.Open.Count == 6));

        await EndAsync(await _server.Alice.PostAsync(Key + "/rotate", TestServer.Json("""{ "provider": "hsm" }""")));
        var key = await TestServer.BodyAsync(await _server.Alice.GetAsync(Key));
        Assert.Equal(("open", "hsm"), ((string?)key["state"], (string?)key["provider"]));
        Assert.Equal(["destroyed", "active"], key["generations"]!.AsArray().Select(g => (string?)g!["state"]));
        Assert.Equal([2, 2, 2], (await TestServer.BodyAsync(await _server.Alice.GetAsync(Key + "/resources")))["items"]!.AsArray().Select(k => (int)k!["wrappedUnder"]!));
        Assert.Equal(0, await CountAsync("""
            select count(*) from (select wrapped from platform.resource_keys where organization_id = (select id from platform.organizations where name = 'demo')
                union all select sealed_key from platform.authorities where owner_id <> '00000000-0000-0000-0000-000000000000') b (wrapped)
            where substring(wrapped from 2 for 8) <> (select fingerprint from platform.organization_keys where state = 'active' and generation = 2)
            """));
        Assert.Equal((6, 0), (_host.Open.Count, _host.Stops));
        Assert.Equal(passwords, (await PasswordAsync("one"), await PasswordAsync("three")));

        // A verification that is under way has two probes in the space and two in another, which never call here.
        var verification = await _server.Alice.PostAsync("/v1/organizations/demo/spaces/eval/isolation-verifications", null);
        Assert.Equal(HttpStatusCode.Accepted, verification.StatusCode);
        await EventuallyAsync("its probes run", () => Task.FromResult(_host.Open.Count == 10));

        await EndAsync(await _server.Alice.PostAsync(Key + "/seal", null));
        Assert.Equal((0, 6), (_host.Open.Count, _host.Stops));
        Assert.Equal("sealed", (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Key)))["state"]);
        Assert.Equal(("sealed", "sealed"), (await StateAsync("one"), await StateAsync("three")));
        Assert.Equal("inconclusive", (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(verification.Headers.Location)))["verdict"]);
        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/one/credentials"), 409, "organization-sealed");
        await PutTests.AssertProblem(await _server.Alice.PostAsync(TestServer.Postgres + "/three/switchover", null), 409, "organization-sealed");
        await PutTests.AssertProblem(await _server.Alice.PostAsync("/v1/organizations/demo/spaces/eval/isolation-verifications", null), 409, "organization-sealed");
        await PutTests.AssertProblem(await _server.PutAsync("more"), 409, "organization-sealed");
        // Looked at again and again, nothing is opened.
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.Empty(_host.Open);

        await EndAsync(await _server.Alice.PostAsync(Key + "/unseal", null));
        Assert.Equal(("ready", "ready"), (await StateAsync("one"), await StateAsync("three")));
        Assert.Equal(passwords, (await PasswordAsync("one"), await PasswordAsync("three")));
        await EventuallyAsync("the spare is back", () => Task.FromResult(_host.Open.Count == 6));
        await PutTests.AssertProblem(await _server.Alice.PostAsync(Key + "/unseal", null), 409, "not-sealed");
        await _server.LedgerIntegratedAsync();
        var ledger = await _server.LedgerAsync("true");
        foreach (var action in new[] { "key.generate", "key.destroy", "key.rotate", "key.seal", "key.unseal" })
        {
            Assert.Contains(ledger, e => e.Action == action && e.Outcome == "done");
        }

        // Each database, the spare and the repository are closed and brought back for who asked; nobody waits for the spare.
        foreach (var action in new[] { "lock-volume", "volume" })
        {
            var told = await _server.LedgerAsync($"entry::jsonb->>'action' like '%.{action}' and entry::jsonb->>'onBehalfOf' = 'customer:alice' and entry::jsonb->>'operationId' in (select id::text from platform.key_operations)");
            Assert.Equal(1, told.Count(e => e.Action == "backup-repository." + action));
            Assert.InRange(told.Count(e => e.Action == "postgres." + action), 2, 3);
        }
    }

    [Fact]
    public async Task A_databases_key_is_rotated_node_by_node_its_passwords_stay_and_its_backups_follow()
    {
        var one = await CreateAsync("one", "single", new JsonObject { ["retentionFulls"] = 1 });
        var three = await CreateAsync("three", "ha");
        var passwords = (await PasswordAsync("one"), await PasswordAsync("three"));
        await EventuallyAsync("the repository is ready", async () => await CountAsync("select count(*) from platform.resources where kind = 'backup-repository' and status->>'state' = 'ready'") == 1);
        var volumes = (await TextAsync($"select jsonb_path_query_array(internal, '$.nodes[*].volumeId')::text from platform.resources where id = '{three}'"));
        var nodes = JsonNode.Parse(volumes)!.AsArray().Select(v => Guid.Parse((string)v!)).ToList();
        var before = _host.Keys.ToDictionary();

        await EndAsync(await _server.Alice.PostAsync(TestServer.Postgres + "/one/rotate-key", null));
        await EndAsync(await _server.Alice.PostAsync(TestServer.Postgres + "/three/rotate-key", null));
        // Replicas first, and the primary after another node has taken over.
        Assert.Equal([one, nodes[1], nodes[2], nodes[0]], _host.Rekeyed);
        Assert.All(nodes.Append(one), volume => Assert.NotEqual(before[volume], _host.Keys[volume]));
        Assert.Equal(4, nodes.Append(one).Select(volume => _host.Keys[volume]).Distinct().Count());
        Assert.Equal(("ready", "ready"), (await StateAsync("one"), await StateAsync("three")));
        Assert.Equal(passwords, (await PasswordAsync("one"), await PasswordAsync("three")));

        // Twice: each is kept for the backups that are under it.
        await EndAsync(await _server.Alice.PostAsync(TestServer.Postgres + "/one/rotate-key", null));
        Assert.Equal(passwords.Item1, await PasswordAsync("one"));
        var keys = (await TestServer.BodyAsync(await _server.Alice.GetAsync(Key + "/resources")))["items"]!.AsArray()
            .Where(k => (string?)k!["kind"] == "postgres").Select(k => ((string)k!["resource"]!, (int)k["generation"]!, (string)k["state"]!)).Order();
        Assert.Equal([("eval/one", 1, "kept"), ("eval/one", 2, "kept"), ("eval/one", 3, "active"), ("eval/three", 1, "kept"), ("eval/three", 2, "active")], keys);
        var stanzas = await StanzasAsync(one);
        Assert.Equal([("1", "ended"), ("2", "ended"), ("3", "backed-up")], stanzas.Select(s => (s.Generation, s.Stage)));
        Assert.Equal(one, stanzas[0].Id);
        Assert.Equal(3, (await Task.WhenAll(stanzas.Select(s => PassphraseAsync(s.Id)))).Distinct().Count());
        await EventuallyAsync("only the newest is backed up", async () =>
            (await DesiredStanzasAsync()).Where(d => stanzas.Any(s => s.Id.ToString("N") == d.Name)).Select(d => (d.Nodes.Count, d.DrillEveryDays > 0)).SequenceEqual([(0, false), (0, false), (1, true)]));

        // When the last moment before has left the window, nobody needs the keys of then.
        await EventuallyAsync("the earlier keys are destroyed", async () =>
        {
            await using var hurry = _server.Store.CreateCommand($$"""
                update platform.resources set internal = jsonb_set(jsonb_set(internal, '{stanzas,0,endedAt}', '"2026-01-01T00:00:00Z"'), '{stanzas,1,endedAt}', '"2026-01-01T00:00:00Z"')
                where id = '{{one}}' and jsonb_array_length(internal -> 'stanzas') = 3
                """);
            await hurry.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            return await CountAsync($"select count(*) from platform.resource_keys where resource_id = '{one}'") == 1;
        });
        // The keys go first, so that whatever happens in between nothing opens; then it is noted.
        await EventuallyAsync("only the newest is left", async () => (await StanzasAsync(one)).Select(s => s.Generation).SequenceEqual(["3"]));
        Assert.Null(await PassphraseAsync(one));
        await EventuallyAsync("the repository lets go of them", async () => (await DesiredStanzasAsync()).All(d => d.Name != one.ToString("N")));
        await _server.LedgerIntegratedAsync();
        var ledger = await _server.LedgerAsync("true");
        Assert.Equal(["generation 2", "generation 3"], (await _server.LedgerAsync($"entry::jsonb->>'action' = 'postgres.key.rotate' and entry like '%{one}%'")).Select(e => e.Reason));
        var destroyed = Assert.Single(ledger, e => e.Action == "postgres.key.destroy").Reason!;
        Assert.All(["generation 1, SHA-256", "generation 2, SHA-256"], generation => Assert.Contains(generation, destroyed, StringComparison.Ordinal));
        Assert.Equal(3, ledger.Count(e => e.Action == "postgres.backup-key.take-over"));

        // A node that comes later begins under the newest.
        (await _server.PutAsync("one", """{ "spec": { "availability": "ha", "deletionProtection": false } }""", ("If-Match", "*"))).EnsureSuccessStatusCode();
        await EventuallyAsync("it has three nodes", async () => await StateAsync("one") == "ready");
        Assert.Equal(3L, await CountAsync($"select count(*) from platform.resources, jsonb_array_elements(internal -> 'nodes') n where id = '{one}' and (n ->> 'keyGeneration')::int = 3"));
    }

    [Fact]
    public async Task The_key_of_a_spaces_repository_is_rotated_and_it_serves_again_under_the_new_one()
    {
        await CreateAsync("one", "single");
        await EventuallyAsync("the repository is ready", async () => await CountAsync("select count(*) from platform.resources where kind = 'backup-repository' and status->>'state' = 'ready'") == 1);
        var repository = Guid.Parse(await TextAsync("select id::text from platform.resources where kind = 'backup-repository'"));
        var before = _host.Keys[repository];
        await EndAsync(await _server.Alice.PostAsync("/v1/organizations/demo/spaces/eval/backup-repository/rotate-key", null));
        Assert.Equal([repository], _host.Rekeyed);
        Assert.NotEqual(before, _host.Keys[repository]);
        Assert.Contains(repository, _host.Open.Keys);
        Assert.Equal("ready", await TextAsync("select status ->> 'state' from platform.resources where kind = 'backup-repository'"));
        Assert.Equal(2, await CountAsync($"select sum(generation)::bigint from platform.resource_keys where resource_id = '{repository}'"));
        await _server.LedgerIntegratedAsync();
        var ledger = await _server.LedgerAsync("true");
        Assert.Contains(ledger, e => e is { Action: "backup-repository.key.rotate", Outcome: "done", Reason: "generation 2" });
        Assert.StartsWith("generation 1, SHA-256", Assert.Single(ledger, e => e.Action == "backup-repository.key.destroy").Reason, StringComparison.Ordinal);

        // One that is asked for while another copies has a key of its own: what it is to end may have been noted since.
        _host.HoldCopies = true;
        var first = await _server.Alice.PostAsync("/v1/organizations/demo/spaces/eval/backup-repository/rotate-key", null);
        await EventuallyAsync("the copy is under way", async () => ((string?)(await TestServer.BodyAsync(
            await _server.Alice.GetAsync(first.Headers.GetValues("Operation-Location").Single())))["message"])!.Contains("1 of 2 MiB", StringComparison.Ordinal));
        var second = await _server.Alice.PostAsync("/v1/organizations/demo/spaces/eval/backup-repository/rotate-key", null);
        _host.HoldCopies = false;
        await EndAsync(second);
        Assert.Equal([repository, repository, repository], _host.Rekeyed);
        Assert.Equal(4, await CountAsync($"select sum(generation)::bigint from platform.resource_keys where resource_id = '{repository}'"));
    }

    [Fact]
    public async Task One_that_is_stopped_stays_closed_through_a_sealing_and_serves_again_when_it_is_started()
    {
        var id = await CreateAsync("one", "single");
        var three = await CreateAsync("three", "ha");
        var password = await PasswordAsync("three");
        await EventuallyAsync("a spare is ready", async () => await CountAsync("select count(*) from platform.resources where spare and status->>'state' = 'ready'") == 1);
        await EventuallyAsync("all are open", () => Task.FromResult(_host.Open.Count == 6));
        const int open = 6;
        foreach (var name in new[] { "one", "three" })
        {
            (await _server.PutAsync(name, StoppedSpec(name, true), ("If-Match", "*"))).EnsureSuccessStatusCode();
            await EventuallyAsync(name + " is stopped", async () => await StateAsync(name) == "stopped");
        }

        await EventuallyAsync(() => $"the four volumes of the two are closed: {_host.Open.Count} of {open} are open", () => Task.FromResult(_host.Open.Count == open - 4));
        Assert.DoesNotContain(id, _host.Open.Keys);
        Assert.Equal(password, await PasswordAsync("three"));
        Assert.Equal(0, await CountAsync($"select count(*) from platform.operations where resource_id in ('{id}', '{three}') and state = 'running'"));
        foreach (var refused in new[] { "restart", "switchover", "rotate-key", "backups" })
        {
            await PutTests.AssertProblem(
                await _server.Alice.PostAsync(TestServer.Postgres + "/three/" + refused, refused == "backups" ? TestServer.Json("{}") : null), 409, "stopped");
        }

        // The repository is told that there is nobody to back up.
        await EventuallyAsync("no node is asked for WAL or a backup", async () => await CountAsync(
            "select count(*) from platform.agents a join platform.resources r on r.id = a.resource_id where r.kind = 'backup-repository' and a.desired is not null") == 1
            && (await StanzaNodesAsync()) == 0);
        await EndAsync(await _server.Alice.PostAsync(Key + "/seal", null));
        await EndAsync(await _server.Alice.PostAsync(Key + "/unseal", null));
        await EventuallyAsync("they are still stopped", async () => (await StateAsync("one"), await StateAsync("three")) == ("stopped", "stopped"));
        Assert.DoesNotContain(id, _host.Open.Keys);

        // What is changed meanwhile counts from the start on.
        (await _server.PutAsync("three", """{ "spec": { "availability": "ha", "deletionProtection": false, "stopped": true, "size": "s2" } }""", ("If-Match", "*"))).EnsureSuccessStatusCode();
        await EventuallyAsync("the change is taken up", async () => await CountAsync($"select count(*) from platform.operations where resource_id = '{three}' and state = 'running'") == 0);
        Assert.Equal("stopped", await StateAsync("three"));
        foreach (var name in new[] { "one", "three" })
        {
            (await _server.PutAsync(name, StoppedSpec(name, false), ("If-Match", "*"))).EnsureSuccessStatusCode();
            await EventuallyAsync(name + " serves again", async () => await StateAsync(name) == "ready");
        }

        // A spare and a third node may come later than who serves.
        await EventuallyAsync(() => $"all are open again: {_host.Open.Count} of {open} are", () => Task.FromResult(_host.Open.Count == open));
        Assert.Equal(password, await PasswordAsync("three"));
        await EventuallyAsync("they are backed up again", async () => await StanzaNodesAsync() == 4);

        static string StoppedSpec(string name, bool stopped) => new JsonObject
        {
            ["spec"] = new JsonObject { ["availability"] = name == "one" ? "single" : "ha", ["deletionProtection"] = false, ["stopped"] = stopped },
        }.ToJsonString();
    }

    private async Task<int> StanzaNodesAsync() => (await DesiredStanzasAsync()).Sum(stanza => stanza.Nodes.Count);

    private async Task<IReadOnlyList<(Guid Id, string Generation, string Stage)>> StanzasAsync(Guid database) =>
        [.. JsonNode.Parse(await TextAsync($"select (internal -> 'stanzas')::text from platform.resources where id = '{database}'"))!.AsArray()
            .Select(s => ((Guid)s!["id"]!, s["keyGeneration"]!.ToString(), (string)s["stage"]!))];

    /// <summary>What the repository's agent is given for a stanza; null if nothing.</summary>
    private async Task<string?> PassphraseAsync(Guid stanza)
    {
        await using var connection = await _server.Store.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select (internal ->> 'instanceId')::uuid, id from platform.resources where kind = 'backup-repository'", connection);
        Guid instance, repository;
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            (instance, repository) = (reader.GetGuid(0), reader.GetGuid(1));
        }

        var secrets = _server.Services.GetServices<IInstanceSecrets>().Single(s => s.Kind == "backup-repository");
        using var found = await secrets.FindAsync(connection, instance, repository, "backup/" + stanza.ToString("N"), CancellationToken.None);
        return found is null ? null : Convert.ToHexString(found.Reveal());
    }

    private async Task<IReadOnlyList<RepositoryConfiguration.Types.Stanza>> DesiredStanzasAsync()
    {
        await using var command = _server.Store.CreateCommand(
            "select a.desired from platform.agents a join platform.resources r on r.id = a.resource_id where r.kind = 'backup-repository' and a.desired is not null");
        return DesiredConfiguration.Parser.ParseFrom((byte[])(await command.ExecuteScalarAsync())!).Repository.Stanzas;
    }

    [Fact]
    public async Task A_newer_image_is_taken_when_it_is_asked_for_and_in_the_maintenance_window()
    {
        await CreateAsync("one", "single");
        var three = await CreateAsync("three", "ha");
        var nodes = JsonNode.Parse(await TextAsync($"select jsonb_path_query_array(internal, '$.nodes[*].instanceId')::text from platform.resources where id = '{three}'"))!.AsArray()
            .Select(n => Guid.Parse((string)n!)).ToList();
        await EventuallyAsync("the repository is ready", async () => await CountAsync("select count(*) from platform.resources where kind = 'backup-repository' and status->>'state' = 'ready'") == 1);
        Assert.True((await UpToDateAsync("three"))!.Value.Holds);

        _host.State = _host.State with { Images = new Dictionary<string, string> { ["postgres"] = "image-2" } };
        await EventuallyAsync("the repository is made anew by itself", async () => await ImageAsync("backup-repository") == "image-2");
        await EventuallyAsync("the others say that there is a newer image", async () => await UpToDateAsync("one") is { Holds: false } && await UpToDateAsync("three") is { Holds: false });
        Assert.Contains("beffroi postgres apply-updates three", (await UpToDateAsync("three"))!.Value.Message, StringComparison.Ordinal);
        Assert.Equal(("image-1", "ready"), (_host.Instances[nodes[0]].ImageDigest, await StateAsync("three")));

        await EndAsync(await _server.Alice.PostAsync(TestServer.Postgres + "/three/apply-updates", null));
        // Replicas first, and the primary after another node has taken over.
        Assert.Equal([nodes[1], nodes[2], nodes[0]], _host.Removed.Where(nodes.Contains));
        Assert.All(nodes, node => Assert.Equal(("image-2", "Running"), (_host.Instances[node].ImageDigest, _host.Instances[node].Status)));
        Assert.Equal(("ready", true), (await StateAsync("three"), (await UpToDateAsync("three"))!.Value.Holds));

        // A window that is closed tells when; one that is open is used.
        var now = DateTime.UtcNow;
        await ChangeWindowAsync(now.AddHours(3), now.AddHours(5));
        await EventuallyAsync("it says when", async () => (await UpToDateAsync("one"))!.Value.Message.Contains("in the next maintenance window", StringComparison.Ordinal));
        Assert.Equal("image-1", await ImageAsync("postgres"));
        await ChangeWindowAsync(now.AddMinutes(-5), now.AddHours(2));
        await EventuallyAsync("it is made anew by itself", async () => await ImageAsync("postgres") == "image-2" && await StateAsync("one") == "ready" && (await UpToDateAsync("one"))!.Value.Holds);

        async Task ChangeWindowAsync(DateTime from, DateTime to) => (await _server.PutAsync("one", new JsonObject
        {
            ["spec"] = new JsonObject { ["deletionProtection"] = false, ["maintenanceWindow"] = new JsonObject { ["day"] = "daily", ["from"] = $"{from:HH:mm}", ["to"] = $"{to:HH:mm}" } },
        }.ToJsonString(), ("If-Match", "*"))).EnsureSuccessStatusCode();

        // Of the database of one node, or the repository.
        async Task<string> ImageAsync(string kind) => _host.Instances.GetValueOrDefault(Guid.Parse(await TextAsync(kind == "postgres"
            ? "select internal -> 'nodes' -> 0 ->> 'instanceId' from platform.resources where name = 'one'"
            : "select instance_id::text from platform.agents a join platform.resources r on r.id = a.resource_id where r.kind = 'backup-repository'")))?.ImageDigest ?? "";

        async Task<(bool Holds, string Message)?> UpToDateAsync(string name) =>
            (await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "/" + name)))["status"]!["conditions"]!.AsArray().Where(c => (string?)c!["type"] == "UpToDate")
                .Select(c => ((bool, string)?)((bool)c!["holds"]!, (string)c["message"]!)).FirstOrDefault();
    }

    [Fact]
    public async Task A_rotation_that_a_sealing_interrupts_goes_on_after_it()
    {
        var id = await CreateAsync("one", "single");
        var password = await PasswordAsync("one");
        _host.HoldCopies = true;
        var rotation = await _server.Alice.PostAsync(TestServer.Postgres + "/one/rotate-key", null);
        await EventuallyAsync("it is being copied", async () =>
            ((string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(rotation.Headers.GetValues("Operation-Location").Single())))["message"])!.Contains("1 of 2 MiB", StringComparison.Ordinal));
        await EndAsync(await _server.Alice.PostAsync(Key + "/seal", null));
        Assert.Empty(_host.Open);
        _host.HoldCopies = false;
        await EndAsync(await _server.Alice.PostAsync(Key + "/unseal", null));
        await EndAsync(rotation);
        Assert.Equal([id], _host.Rekeyed);
        Assert.Equal(("ready", password), (await StateAsync("one"), await PasswordAsync("one")));
    }

    [Fact]
    public async Task What_was_deleted_comes_back_within_its_grace_and_is_gone_with_its_key_after_it()
    {
        var id = await CreateAsync("one", "single");
        await EventuallyAsync("a spare is ready", async () => await CountAsync("select count(*) from platform.resources where spare and status->>'state' = 'ready'") == 1);
        var password = await PasswordAsync("one");
        var deleted = await _server.Alice.DeleteAsync(TestServer.Postgres + "/one");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        await EndAsync(deleted);
        // The spare beside it is wanted by nobody any more, and has no grace.
        await EventuallyAsync("the spare is gone", async () => await CountAsync("select count(*) from platform.resources where spare") == 0);
        Assert.Equal(2, _host.Volumes.Count);
        Assert.Contains(id, _host.Volumes.Keys);
        Assert.DoesNotContain(id, _host.Open.Keys);
        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/one/credentials"), 409, "being-deleted");

        await EndAsync(await _server.Alice.PostAsync(TestServer.Postgres + "/one/undelete", null));
        Assert.Equal("ready", await StateAsync("one"));
        Assert.Equal(password, await PasswordAsync("one"));

        await EndAsync(await _server.Alice.DeleteAsync(TestServer.Postgres + "/one"));
        // The one key there is, as it is stored until then: what anybody who has a copy of the store can look for in it.
        var wrapped = await WrappedAsync(id);
        await using (var hurry = _server.Store.CreateCommand("update platform.resources set delete_after = now() + interval '1 second' where name = 'one'"))
        {
            await hurry.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await EventuallyAsync("it is gone", async () => (await _server.Alice.GetAsync(TestServer.Postgres + "/one")).StatusCode == HttpStatusCode.NotFound);
        Assert.Equal(0, await CountAsync($"select count(*) from platform.resource_keys where resource_id = '{id}'"));
        Assert.DoesNotContain(id, _host.Volumes.Keys);
        await _server.LedgerIntegratedAsync();
        var destroyed = Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'postgres.key.destroy' and entry::jsonb->>'resource' like '%/one'"));
        Assert.Equal(("done", $"generation 1, SHA-256 of the wrapped key {Convert.ToHexStringLower(SHA256.HashData(wrapped))}"), (destroyed.Outcome, destroyed.Reason));
    }

    [Fact]
    public async Task Where_it_is_allowed_a_deletion_is_immediate_also_of_what_was_deleted_before()
    {
        (await _server.Alice.PutAsync("/v1/organizations/demo/safeguards", TestServer.Json("""{ "deletionGraceHours": 24, "immediateDeletion": true }"""))).EnsureSuccessStatusCode();
        await CreateAsync("one", "single");
        await EndAsync(await _server.Alice.DeleteAsync(TestServer.Postgres + "/one"));
        await EndAsync(await _server.Alice.DeleteAsync(TestServer.Postgres + "/one?graceHours=0"));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(TestServer.Postgres + "/one")).StatusCode);
        Assert.Equal(0, await CountAsync("select count(*) from platform.resource_keys k join platform.resources r on r.id = k.resource_id where not r.spare and r.kind = 'postgres'"));
    }

    private async Task<byte[]> WrappedAsync(Guid resource)
    {
        await using var command = _server.Store.CreateCommand($"select wrapped from platform.resource_keys where resource_id = '{resource}'");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        var wrapped = reader.GetFieldValue<byte[]>(0);
        Assert.False(await reader.ReadAsync());
        return wrapped;
    }

    private async Task<Guid> CreateAsync(string name, string availability, JsonObject? backup = null)
    {
        var put = await _server.PutAsync(
            name, new JsonObject { ["spec"] = new JsonObject { ["availability"] = availability, ["deletionProtection"] = false, ["backup"] = backup ?? [] } }.ToJsonString());
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        await EventuallyAsync(name + " is ready", async () => await StateAsync(name) == "ready");
        return (Guid)(await TestServer.BodyAsync(put))["id"]!;
    }

    private async Task<string?> StateAsync(string name) => (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "/" + name)))["status"]!["state"];

    private async Task<string> PasswordAsync(string name)
    {
        var answer = await _server.Alice.GetAsync(TestServer.Postgres + "/" + name + "/credentials");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (string)(await TestServer.BodyAsync(answer))["password"]!;
    }

    /// <summary>Follows the operation that was begun to its good end.</summary>
    private async Task EndAsync(HttpResponseMessage begun)
    {
        Assert.True(begun.StatusCode == HttpStatusCode.Accepted, await begun.Content.ReadAsStringAsync());
        var path = begun.Headers.GetValues("Operation-Location").Single();
        var last = "";
        await EventuallyAsync(() => path + " ends: " + last, async () =>
        {
            var operation = await TestServer.BodyAsync(await _server.Alice.GetAsync(path));
            last = operation.ToJsonString();
            return (string?)operation["state"] == "succeeded";
        });
    }

    private async Task<string> TextAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static Task EventuallyAsync(string what, Func<Task<bool>> holds) => EventuallyAsync(() => what, holds);

    private static async Task EventuallyAsync(Func<string> what, Func<Task<bool>> holds)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not come about: " + what());
            await Task.Delay(50);
        }
    }

    private async Task ReportAsync()
    {
        var signals = _server.Services.GetRequiredService<ISignals>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _host.ReportAsync(_server.Store, signals, CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                // The next round tells.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }
}
