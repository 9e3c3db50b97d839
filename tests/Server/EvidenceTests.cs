using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Reconciling;
using Beffroi.Services.Evidence;
using Beffroi.Services.Evidence.Checks;
using Beffroi.Services.Evidence.Frameworks;
using Beffroi.Testing;
using Beffroi.Transparency;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Beffroi.Server.Tests;

/// <summary>Evidence: checks that see what is changed under them, attestations of both sides, and bundles that the command line verifies without the server.</summary>
public sealed partial class EvidenceTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Evidence = "/v1/organizations/demo/evidence";
    private const string SecNumCloud = Evidence + "/frameworks/secnumcloud-3.2";
    private const string Reports = "/v1/organizations/demo/spaces/eval/encryption-verifications";
    private readonly string _folder = Directory.CreateTempSubdirectory("beffroi-test-evidence-").FullName;
    private TestServer _server = null!;

    private static string InHalfAYear => DateTime.UtcNow.AddMonths(6).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, change: TestServer.HashPasswordsFully);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Of_a_password_that_was_set_the_digest_is_strong()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        await RoundAsync();
        Assert.Equal("holds", await StateAsync("passwords-hashed"));
        await using var hash = _server.Store.CreateCommand("select password_hash from platform.factors");
        var strong = (string)(await hash.ExecuteScalarAsync(Cancel))!;
        var bytes = Convert.FromBase64String(strong);
        Assert.True(PasswordsHashed.IsStrong(strong));
        foreach (var (at, value) in ((int, byte)[])[(0, 0), (4, 1), (6, 0), (12, 8)])
        {
            var weaker = bytes.ToArray();
            weaker[at] = value;
            Assert.False(PasswordsHashed.IsStrong(Convert.ToBase64String(weaker)), $"byte {at}");
        }

        Assert.False(PasswordsHashed.IsStrong(Convert.ToBase64String(bytes.AsSpan(0, 40))));
        Assert.False(PasswordsHashed.IsStrong("password"));
    }

    [Fact]
    public async Task A_lapse_is_in_the_ledger_once_and_in_the_space_and_ends()
    {
        await RunAsync("insert into platform.organization_safeguards (organization_id, deletion_grace_hours, immediate_deletion, two_person_rule) select id, 168, false, true from platform.organizations where name = 'demo'");
        await RoundAsync();
        await RoundAsync();
        Assert.Equal([("evidence.hold", "done", "two-persons")], await _server.LedgerAsync("entry::jsonb->>'reason' = 'two-persons'"));
        await RunAsync("update platform.organization_safeguards set two_person_rule = false");
        await RoundAsync();
        await RoundAsync();
        Assert.Equal(("evidence.lapse", "failed", "two-persons"), (await _server.LedgerAsync("entry::jsonb->>'reason' = 'two-persons'"))[^1]);
        Assert.Contains("two-persons", await ConditionAsync(), StringComparison.Ordinal);
        await RunAsync("update platform.organization_safeguards set two_person_rule = true");
        await RoundAsync();
        Assert.Equal(["evidence.hold", "evidence.lapse", "evidence.hold"], (await _server.LedgerAsync("entry::jsonb->>'reason' = 'two-persons'")).Select(e => e.Action));
        Assert.DoesNotContain("two-persons", await ConditionAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organization_is_looked_at_without_being_asked()
    {
        await Assert.Single(_server.Services.GetServices<IHostedService>().OfType<NewOrganizations>()).SignalAsync(Cancel);
        Assert.Contains(new WorkKey(EvidenceReconciler.WorkKind, await OrganizationAsync()), _server.Signals.Keys);
    }

    [Fact]
    public async Task What_nobody_has_looked_at_for_long_is_stale()
    {
        await RoundAsync();
        Assert.Equal("holds", await StateAsync("access-ends"));
        await RunAsync("update platform.evidence_findings set good_until = now() - interval '1 second'");
        Assert.Equal("stale", await StateAsync("access-ends"));
        Assert.Equal("stale", await RequirementAsync("9.2.c"));
    }

    [Fact]
    public async Task Both_sides_attest_and_a_check_comes_before_anybodys_word()
    {
        const string One = SecNumCloud + "/attestations/";
        const string OfOperator = "/operator/v1/evidence/frameworks/secnumcloud-3.2/attestations/";
        var year = DateTime.UtcNow.AddDays(300).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var wanted = $$"""{ "statement": "Approved by the board.", "validUntil": "{{year}}", "documentSha256": "{{new string('a', 64)}}" }""";
        Assert.Equal("not-shown", await RequirementAsync("5.2.d"));
        (await _server.Administrator.PutAsync(OfOperator + "5.2.d", TestServer.Json(wanted))).EnsureSuccessStatusCode();
        Assert.Equal("attested", await RequirementAsync("5.2.d"));
        (await _server.Alice.PutAsync(One + "5.2.d", TestServer.Json(wanted))).EnsureSuccessStatusCode();
        Assert.Equal(["operator", "customer"], (await ShowAsync("5.2.d"))["attestations"]!.AsArray().Select(a => (string)a!["side"]!));
        Assert.Equal(2, (await _server.LedgerAsync("entry::jsonb->>'action' = 'evidence.attest' and entry::jsonb->>'outcome' = 'accepted'")).Count);
        // Another organization sees the operator's and not this one's.
        var evil = await TestServer.BodyAsync(await _server.Mallory.GetAsync(SecNumCloud.Replace("demo", "evil", StringComparison.Ordinal)));
        Assert.Equal("operator", (string)Assert.Single(evil["requirements"]!.AsArray().Single(r => (string)r!["requirement"]! == "5.2.d")!["attestations"]!.AsArray())!["side"]!);
        // One that is over, and one on what a check sees.
        await RunAsync("update platform.evidence_attestations set valid_until = current_date - 1");
        Assert.Equal("attestation-expired", await RequirementAsync("5.2.d"));
        await RoundAsync();
        (await _server.Alice.PutAsync(One + "6.2.a", TestServer.Json(wanted))).EnsureSuccessStatusCode();
        Assert.Equal("failing", await RequirementAsync("6.2.a"));
        // Gone again.
        (await _server.Alice.DeleteAsync(One + "5.2.d", Cancel)).EnsureSuccessStatusCode();
        (await _server.Administrator.DeleteAsync(OfOperator + "5.2.d", Cancel)).EnsureSuccessStatusCode();
        Assert.Equal("not-shown", await RequirementAsync("5.2.d"));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.DeleteAsync(One + "5.2.d", Cancel)).StatusCode);
    }

    [Theory]
    [InlineData("5.2.d", """{ "statement": " ", "validUntil": "2027-01-01" }""", "statement")]
    [InlineData("5.2.d", """{ "statement": "x", "validUntil": "2020-01-01" }""", "validUntil")]
    [InlineData("5.2.d", """{ "statement": "x", "validUntil": "2999-01-01" }""", "validUntil")]
    [InlineData("5.2.d", """{ "statement": "x\u0007", "validUntil": "2027-01-01" }""", "statement")]
    [InlineData("5.2.d", """{ "statement": "x", "validUntil": "2027-01-01", "documentSha256": "AA" }""", "documentSha256")]
    public async Task A_wrong_attestation_is_refused_by_the_field(string requirement, string body, string field)
    {
        var response = await _server.Alice.PutAsync($"{SecNumCloud}/attestations/{requirement}", TestServer.Json(body));
        await PutTests.AssertProblem(response, 422, "invalid-request");
        Assert.Contains((await TestServer.BodyAsync(response))["errors"]!.AsArray(), e => (string)e!["field"]! == field);
    }

    [Theory]
    [InlineData("5.2")]
    [InlineData("99.9.z")]
    public async Task What_is_no_requirement_can_not_be_attested(string requirement) => await PutTests.AssertProblem(
        await _server.Alice.PutAsync($"{SecNumCloud}/attestations/{Uri.EscapeDataString(requirement)}", TestServer.Json("""{ "statement": "x", "validUntil": "2027-01-01" }""")), 404, "not-found");

    [Fact]
    public async Task A_bundle_is_verified_without_the_server_and_whatever_is_changed_in_it_is_found()
    {
        var (bundle, key) = await BundleAsync();
        var good = await VerifyAsync(bundle, key);
        Assert.True(good.Code == 0, good.Error);
        var told = JsonNode.Parse(good.Output)!;
        Assert.True((bool)told["genuine"]!);
        Assert.Equal("demo", (string)told["organization"]!);
        Assert.True((int)told["ledgerEntries"]! > 0 && (int)told["verifications"]! == 1, good.Output);
        Assert.Equal(278, told["requirements"]!.AsObject().Sum(s => (int)s.Value!));

        using var stranger = NoteSigner.Generate("beffroi/organization/stranger", NoteAlgorithm.Ed25519);
        await FoundAsync(bundle, key, "a byte of the page", files => files["evidence.en.html"][^5] ^= 1, "evidence.en.html");
        await FoundAsync(bundle, key, "a file gone", files => files.Remove("oscal/assessment-results.json"), "oscal/assessment-results.json");
        await FoundAsync(bundle, key, "a file that was and isn't on the list", files => files["SHA256SUMS"] = files["SHA256SUMS"][..^80], "SHA256SUMS");
        await FoundAsync(bundle, key, "no list", files => files.Remove("SHA256SUMS"), "SHA256SUMS is missing");
        await FoundAsync(bundle, key, "a file more", files => files["more.txt"] = [1], "more.txt");
        await FoundAsync(bundle, key, "the manifest", files => files["manifest.note"] = Encoding.UTF8.GetBytes(Text(files, "manifest.note").Replace("\"demo\"", "\"evil\"", StringComparison.Ordinal)), "NOT GENUINE");
        await FoundAsync(bundle, key, "the manifest by another", files => files["manifest.note"] = Signed(stranger, Text(files, "manifest.note")), "NOT GENUINE");
        await FoundAsync(bundle, key, "no manifest", files => files.Remove("manifest.note"), "manifest.note");
        Assert.Equal(1, (await VerifyAsync(bundle, stranger.PublicKey.ToString())).Code);

        // Even if the manifest were signed anew by whoever has the key, what it names has to be in the log.
        using var owner = NoteSigner.Generate("beffroi/organization/owner", NoteAlgorithm.Ed25519);
        var forged = await VerifyAsync(Changed(bundle, files => files["manifest.note"] = Signed(owner, Text(files, "manifest.note"))), owner.PublicKey.ToString());
        Assert.Equal(1, forged.Code);
        var faults = JsonNode.Parse(forged.Output)!["faults"]!.AsArray().Select(f => (string)f!).ToList();
        Assert.Contains(faults, f => f.StartsWith("ledger/checkpoint", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("ledger/entries/", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("isolation/", StringComparison.Ordinal));

        // No archive at all, and one that is none.
        await File.WriteAllTextAsync(_folder + "/none.zip", "PK, but no archive", Cancel);
        Assert.Equal(1, (await VerifyAsync(_folder + "/none.zip", key)).Code);
    }

    [Fact]
    public async Task A_bundles_documents_are_what_they_say_in_both_languages()
    {
        var files = Files((await BundleAsync()).Bundle);
        foreach (var (name, content) in files.Where(f => f.Key.EndsWith(".html", StringComparison.Ordinal)))
        {
            var page = Encoding.UTF8.GetString(content);
            Assert.DoesNotMatch("<script|<link|src=|http", page.Replace("http-equiv", "", StringComparison.Ordinal));
            Assert.Contains(name.Contains(".fr.", StringComparison.Ordinal) ? "Vérifications" : "Checks", page, StringComparison.Ordinal);
            // What a person said is shown, not run.
            Assert.Contains("&lt;b&gt;", page, StringComparison.Ordinal);
        }

        // No claim that only an auditor can make.
        Assert.All(files.Where(f => f.Key != "evidence.json" && !f.Key.StartsWith("ledger/", StringComparison.Ordinal)), f =>
            Assert.DoesNotMatch(@"(?i)\b(compliant|qualified|conformes?|qualifiée?s?)\b", Encoding.UTF8.GetString(f.Value)));

        foreach (var (file, root) in new[] { ("oscal/component-definition.json", "component-definition"), ("oscal/assessment-results.json", "assessment-results") })
        {
            var document = JsonNode.Parse(files[file])![root]!;
            Assert.Equal("1.1.3", (string)document["metadata"]!["oscal-version"]!);
            var (uuids, references) = (new List<string>(), new List<string>());
            Walk(document, (name, value) =>
            {
                if (name == "uuid")
                {
                    uuids.Add(value);
                }
                else if (name.EndsWith("-uuid", StringComparison.Ordinal))
                {
                    references.Add(value);
                }
                else if (name is "control-id" or "target-id")
                {
                    Assert.Matches(Token(), value);
                }
            });
            Assert.All(uuids, u => Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", u));
            Assert.Equal(uuids.Count, uuids.Distinct().Count());
            Assert.Empty(references.Except(uuids));
        }
    }

    [Fact]
    public async Task A_verification_of_encryption_is_handed_in_signed_as_its_callers_and_verified_offline()
    {
        await _server.PutAsync("db");
        await _server.LedgerIntegratedAsync();
        var key = (await _server.Alice.GetStringAsync("/v1/organizations/demo/ledger/key", Cancel)).Trim();
        var reported = await _server.Alice.PostAsync(Reports, TestServer.Json(Report()));
        Assert.True(reported.IsSuccessStatusCode, await reported.Content.ReadAsStringAsync(Cancel));
        var report = await TestServer.BodyAsync(reported);
        var note = (string)report["note"]!;
        Assert.Equal(note, await _server.Alice.GetStringAsync($"{Reports}/{report["name"]}", Cancel));
        Assert.Equal(("alice", true), ((string)report["reportedBy"]!, (bool)report["sealed"]!));
        await File.WriteAllTextAsync(_folder + "/encryption.note", note, Cancel);
        var verified = await VerifyAsync(_folder + "/encryption.note", key);
        Assert.True(verified.Code == 0, verified.Error);
        Assert.Equal("alice", (string)JsonNode.Parse(verified.Output)!["reportedBy"]!);
        await File.WriteAllTextAsync(_folder + "/encryption.note", note.Replace("not found", "Not found", StringComparison.Ordinal), Cancel);
        Assert.Equal(1, (await VerifyAsync(_folder + "/encryption.note", key)).Code);
        await RoundAsync();
        Assert.Equal("holds", await StateAsync("encryption-verified"));
        // It is in the bundle, and a later failure counts at once.
        await File.WriteAllBytesAsync(_folder + "/bundle.zip", await _server.Alice.GetByteArrayAsync(SecNumCloud + "/bundle", Cancel), Cancel);
        Assert.Equal(note, Text(Files(_folder + "/bundle.zip"), $"encryption/eval.{report["name"]}.note"));
        Assert.Equal(0, (await VerifyAsync(_folder + "/bundle.zip", key)).Code);
        _server.Signals.Keys.Clear();
        (await _server.Alice.PostAsync(Reports, TestServer.Json(Report(last: "failed", verdict: "failed")))).EnsureSuccessStatusCode();
        Assert.Equal("evidence", Assert.Single(_server.Signals.Keys).Kind);
        await RoundAsync();
        Assert.Equal("fails", await StateAsync("encryption-verified"));
        Assert.Equal(2, (await TestServer.BodyAsync(await _server.Alice.GetAsync(Reports)))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_no_verification_found_here_is_not_signed()
    {
        foreach (var (body, field) in new[]
        {
            (Report(space: "evil/eval"), "space"), (Report(at: DateTimeOffset.UtcNow.AddDays(-2)), "at"), (Report(at: DateTimeOffset.UtcNow.AddHours(1)), "at"),
            (Report(verdict: "failed"), "verdict"), (Report(last: "failed"), "verdict"), (Report(last: "maybe"), "attempts"), (Report(observed: ""), "attempts"),
            (Report(observed: new string('x', 1001)), "attempts"), (Report(observed: new string('é', 999), times: 30), "attempts"), (Report(database: "A"), "databases"), (Report(times: 101), "attempts"),
        })
        {
            var answer = await _server.Alice.PostAsync(Reports, TestServer.Json(body));
            Assert.True(answer.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestEntityTooLarge, $"{field}: {answer.StatusCode}");
            Assert.Contains(field, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        Assert.Empty((await TestServer.BodyAsync(await _server.Alice.GetAsync(Reports)))["items"]!.AsArray());
    }

    [Fact]
    public async Task Without_a_checkpoint_there_is_no_bundle()
    {
        // Or one would come after.
        await _server.LedgerIntegratedAsync();
        await RunAsync("update platform.ledger_logs set checkpoint = null");
        await PutTests.AssertProblem(await _server.Alice.GetAsync(SecNumCloud + "/bundle"), 409, "no-checkpoint");
    }

    [Fact]
    public async Task The_lists_are_whole_and_every_check_names_requirements_of_them()
    {
        Assert.Equal(393, Framework.All["secnumcloud-3.2"].Rows.Count);
        Assert.Equal(5, Framework.All["hds-2"].Rows.Count);
        foreach (var framework in Framework.All.Values)
        {
            Assert.Equal(framework.Rows.Count, framework.Rows.Select(r => r.Id).Distinct().Count());
            Assert.All(framework.Rows, r => Assert.True(r.En.Length > 3 && r.Fr.Length > 3 && r.Kind is "enforced" or "evidenced" or "organisational", r.Id));
        }

        var checks = _server.Services.GetServices<IEvidenceCheck>().Select(c => c.Description).ToList();
        Assert.Equal(checks.Count, checks.Select(c => c.Name).Distinct().Count());
        Assert.All(checks.SelectMany(c => c.Requirements), name => Assert.NotNull(Framework.All[name.Split('/')[0]].Find(name.Split('/')[1])));
        Assert.All(checks, c => Assert.NotEmpty(c.Requirements));
        // The framework's answer names those and no others.
        var shown = (await TestServer.BodyAsync(await _server.Alice.GetAsync(SecNumCloud)))["requirements"]!.AsArray();
        Assert.Equal(278, shown.Count);
        Assert.Equal(
            checks.SelectMany(c => c.Requirements).Where(r => r.StartsWith("secnumcloud", StringComparison.Ordinal)).Select(r => r.Split('/')[1]).Distinct().Order(StringComparer.Ordinal),
            shown.Where(r => r!["checks"]!.AsArray().Count > 0).Select(r => (string)r!["requirement"]!).Order(StringComparer.Ordinal));
    }

    /// <summary>A verification of a space in which something lives; its status comes after this.</summary>
    internal const string Verified =
        "insert into platform.addresses select id, 7, gen_random_uuid() from platform.spaces where name = 'eval'; "
        + "insert into platform.resources (id, kind, space_id, name, spec, status) select gen_random_uuid(), 'isolation-verification', id, 'v1', '{}', '{}' from platform.spaces where name = 'eval'; "
        + "update platform.resources set status = ";

    private static string Report(
        string space = "demo/eval", DateTimeOffset? at = null, string verdict = "passed", string last = "passed", string observed = "not found (2 files)", string database = "db", int times = 1)
    {
        JsonObject Attempt(string state, string verdict) => new() { ["state"] = state, ["what"] = "read everything", ["expected"] = "not found", ["observed"] = observed, ["verdict"] = verdict };
        return new JsonObject
        {
            ["space"] = space,
            ["databases"] = new JsonArray(database),
            ["at"] = (at ?? DateTimeOffset.UtcNow).ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            ["verdict"] = verdict,
            ["attempts"] = new JsonArray([.. Enumerable.Range(0, times).Select(_ => Attempt("open", "passed")), Attempt("sealed", last)]),
        }.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    [GeneratedRegex(@"^(\p{L}|_)(\p{L}|\p{N}|[.\-_])*$")]
    private static partial Regex Token();

    private static void Walk(JsonNode? node, Action<string, string> visit)
    {
        foreach (var (name, value) in node as JsonObject ?? [])
        {
            if (value is JsonValue text && text.TryGetValue<string>(out var found))
            {
                visit(name, found);
            }

            Walk(value, visit);
        }

        foreach (var item in node as JsonArray ?? [])
        {
            Walk(item, visit);
        }
    }

    private static SortedDictionary<string, byte[]> Files(string bundle)
    {
        using var archive = ZipFile.OpenRead(bundle);
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in archive.Entries)
        {
            using var content = entry.Open();
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            files.Add(entry.FullName, bytes.ToArray());
        }

        return files;
    }

    private static string Text(SortedDictionary<string, byte[]> files, string name) => Encoding.UTF8.GetString(files[name]);

    private static byte[] Signed(NoteSigner signer, string note)
    {
        var text = SignedNote.Parse(note)!.Text;
        return Encoding.UTF8.GetBytes(new SignedNote(text, [signer.Sign(text)]).ToString());
    }

    private string Changed(string bundle, Action<SortedDictionary<string, byte[]>> change)
    {
        var files = Files(bundle);
        change(files);
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".zip");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in files)
        {
            using var content = archive.CreateEntry(name).Open();
            content.Write(bytes);
        }

        return path;
    }

    private async Task FoundAsync(string bundle, string key, string what, Action<SortedDictionary<string, byte[]>> change, string named)
    {
        var found = await VerifyAsync(Changed(bundle, change), key);
        Assert.True(found.Code == 1, $"{what}: {found.Output} {found.Error}");
        Assert.True((found.Output + found.Error).Contains(named, StringComparison.Ordinal), $"{what}: {found.Output} {found.Error}");
    }

    /// <summary>A bundle of an organization in which something was verified, attested and lapsed, and the ledger's key.</summary>
    private async Task<(string Bundle, string Key)> BundleAsync()
    {
        await RunAsync(Verified + "'{\"verdict\": \"passed\", \"finishedAt\": \"2999-01-01T00:00:00Z\"}'::jsonb where kind = 'isolation-verification'");
        (await _server.Alice.PutAsync($"{SecNumCloud}/attestations/5.2.d", TestServer.Json($$"""{ "statement": "<b>Approved</b>", "validUntil": "{{InHalfAYear}}" }"""))).EnsureSuccessStatusCode();
        await RoundAsync();
        await _server.LedgerIntegratedAsync();
        await using (var connection = await _server.Store.OpenConnectionAsync(Cancel))
        {
            var note = await _server.Services.GetRequiredService<Platform.Ledger.IEvidenceSigner>().SignAsync(connection, await OrganizationAsync(), "beffroi isolation evidence v1\n{}\n", Cancel);
            await using var keep = connection.CreateCommand();
            keep.CommandText = "insert into platform.isolation_evidence (verification_id, note) select id, $1 from platform.resources where kind = 'isolation-verification'";
            keep.Parameters.Add(new Npgsql.NpgsqlParameter { Value = note });
            await keep.ExecuteNonQueryAsync(Cancel);
        }

        var path = _folder + "/bundle.zip";
        await File.WriteAllBytesAsync(path, await _server.Alice.GetByteArrayAsync(SecNumCloud + "/bundle", Cancel), Cancel);
        return (path, (await _server.Alice.GetStringAsync("/v1/organizations/demo/ledger/key", Cancel)).Trim());
    }

    private async Task<(int Code, string Output, string Error)> VerifyAsync(string bundle, string key)
    {
        var start = new ProcessStartInfo(TestedCommand.Program, ["verify", "evidence", bundle, "--key", key, "--output", "json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _folder;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        return (process.ExitCode, await output, await error);
    }

    private async Task RoundAsync()
    {
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await _server.Services.GetRequiredService<EvidenceRound>().RunAsync(connection, await OrganizationAsync(), Cancel);
        await transaction.CommitAsync(Cancel);
    }

    private async Task<Guid> OrganizationAsync()
    {
        await using var command = _server.Store.CreateCommand("select id from platform.organizations where name = 'demo'");
        return (Guid)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task<string> ConditionAsync()
    {
        await using var command = _server.Store.CreateCommand("select message from platform.space_conditions c join platform.spaces s on s.id = c.space_id where s.name = 'eval' and type = 'EvidenceHolds'");
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task<string> StateAsync(string check) => (string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Evidence + "/findings")))["items"]!.AsArray()
        .Single(f => (string)f!["check"]! == check)!["state"]!;

    private async Task<string> RequirementAsync(string requirement) => (string)(await ShowAsync(requirement))["state"]!;

    private async Task<JsonNode> ShowAsync(string requirement) =>
        (await TestServer.BodyAsync(await _server.Alice.GetAsync(SecNumCloud)))["requirements"]!.AsArray().Single(r => (string)r!["requirement"]! == requirement)!;

    private async Task RunAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
