using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Hosts.Cli;
using Beffroi.Testing;
using Beffroi.Transparency;
using Beffroi.Transparency.Consent;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary><c>lockbox</c> on the approver's and the auditor's machine, which believe no server.</summary>
public sealed class LockboxTests : IAsyncLifetime
{
    private const string Passphrase = "correct horse battery";
    private const string Details = "You wrote that it is slow.";
    private static readonly DateTimeOffset Asked = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f81");
    private readonly CliRun _cli = new() { Input = Passphrase + "\n" };
    private readonly List<string> _signatures = [];
    private FakeApi _api = null!;
    private string? _registered;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
        _api.OnJson("GET /v1/whoami", new WhoAmI("alice", "customer", "demo"), WireJson.Default.WhoAmI);
        _api.On("PUT /v1/organizations/demo/lockbox-keys", _ =>
        {
            _registered = JsonSerializer.Deserialize(_api.Bodies.Last(), WireJson.Default.PutLockboxKey)!.Key;
            return Json(new LockboxKey("alice", _registered, Asked), WireJson.Default.LockboxKey);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    /// <summary>A request that waits for one approver.</summary>
    internal static LockboxCase Case(Guid id, Func<LockboxConsent, LockboxConsent>? change = null)
    {
        var consent = new LockboxConsent(
            id, "demo", "eval", "internal", "postgres", "dossiers", Guid.Empty, "metrics", "paul", "support-case", null, LockboxConsent.Digest(Details), 60, new string('a', 64), 1, Asked,
            Asked.AddHours(72));
        var request = new LockboxRequest(
            id, "demo", "paul", "eval", "postgres", "dossiers", "metrics", "support-case", null, Details, 60, "waiting", Asked, Asked.AddHours(72), null, null, null);
        return new LockboxCase(request, (change ?? (c => c))(consent).ToText(), 1, [], 0);
    }

    [Fact]
    public async Task A_key_is_made_sealed_and_registered_and_signs_with_its_passphrase_alone()
    {
        var made = await _cli.RunAsync("lockbox", "key", "create");
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Equal(_registered, made.Output.Trim());
        var key = NoteKey.Parse(_registered!)!;
        Assert.Equal("demo/alice", key.Name);
        var path = Path.Combine(_cli.Configuration, "lockbox", "demo.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(key.ToString(), SealedSigner.PublicKeyOf(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!.ToString());

        // A second time it is the same key.
        await _cli.RunAsync("lockbox", "key", "create");
        Assert.Equal(key.ToString(), _registered);

        Serve(Case(Id));
        var approved = await _cli.RunAsync("lockbox", "approve", Id.ToString(), "--yes");
        Assert.True(approved.ExitCode == 0, approved.Error);
        var note = SignedNote.Parse(Case(Id).Consent + "\n" + Assert.Single(_signatures) + "\n")!;
        Assert.NotNull(key.Verify(note, out _));
        Assert.Contains("operator paul", approved.Error, StringComparison.Ordinal);
        Assert.Contains(Details, approved.Error, StringComparison.Ordinal);

        _cli.Input = "another passphrase\n";
        Assert.Equal(ExitCode.Refused, (await _cli.RunAsync("lockbox", "approve", Id.ToString(), "--yes")).ExitCode);
        Assert.Single(_signatures);
    }

    [Fact]
    public async Task A_short_passphrase_or_none_makes_no_key()
    {
        foreach (var input in (string[])["short\n", "", "\n"])
        {
            _cli.Input = input;
            Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("lockbox", "key", "create")).ExitCode);
            Assert.False(File.Exists(Path.Combine(_cli.Configuration, "lockbox", "demo.key")));
        }

        Assert.Null(_registered);
    }

    [Fact]
    public async Task Nothing_is_signed_that_is_not_what_the_request_says()
    {
        await _cli.RunAsync("lockbox", "key", "create");
        Func<LockboxConsent, LockboxConsent>[] lies =
        [
            c => c with { Request = Guid.Empty }, c => c with { Organization = "other" }, c => c with { DetailsSha256 = LockboxConsent.Digest("else") }, c => c with { Classification = "health" },
        ];
        foreach (var lie in lies)
        {
            Serve(Case(Id, lie));
            Assert.Equal(ExitCode.Failed, (await _cli.RunAsync("lockbox", "approve", Id.ToString(), "--yes")).ExitCode);
        }

        Serve(Case(Id) with { Consent = "pay eve all the money\n" });
        Assert.Equal(ExitCode.Failed, (await _cli.RunAsync("lockbox", "approve", Id.ToString(), "--yes")).ExitCode);
        Serve(Case(Id) with { Consent = null });
        Assert.Equal(ExitCode.Refused, (await _cli.RunAsync("lockbox", "approve", Id.ToString(), "--yes")).ExitCode);
        // And nobody signs who was not asked.
        Serve(Case(Id));
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("lockbox", "approve", Id.ToString())).ExitCode);
        Assert.Empty(_signatures);
    }

    [Fact]
    public async Task An_audit_takes_the_word_of_the_keys_it_is_given_and_of_no_server()
    {
        using var alice = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        using var forger = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        var consent = Case(Id).Consent!;
        var trace = new LockboxTrace(LockboxConsent.Digest(consent), new string('b', 64)).ToString();
        string[] Entries(NoteSigner signer) =>
        [
            .. ServedLog.Entries(3),
            Entry("customer:alice", "lockbox.approve", new SignedNote(consent, [signer.Sign(consent)]).ToString(), 1),
            Entry("operator:paul", "lockbox.open", trace, 2),
        ];

        var agreed = await AuditAsync(Entries(alice), alice.PublicKey.ToString());
        Assert.Equal((0, 1, 0), (agreed.ExitCode, (int)agreed.Report["agreed"]!, (int)agreed.Report["notAgreed"]!));
        Assert.Equal("demo/alice", (string?)agreed.Report["showings"]![0]!["approvers"]![0]);
        var forged = await AuditAsync(Entries(forger), alice.PublicKey.ToString());
        Assert.Equal((1, 0, 1), (forged.ExitCode, (int)forged.Report["agreed"]!, (int)forged.Report["notAgreed"]!));
        Assert.Equal(4, (int)forged.Report["showings"]![0]!["entry"]!);
    }

    [Fact]
    public async Task An_audit_takes_the_word_of_a_passkey_for_what_it_signed_and_tells_it_apart()
    {
        const string Origin = "https://cloud.example:8443";
        using var passkey = new SoftPasskey();
        using var forger = new SoftPasskey { Id = passkey.Id };
        var (consent, key) = (Case(Id).Consent!, passkey.KeyOf("demo/alice", Origin));
        string[] Entries(string line) =>
        [
            .. ServedLog.Entries(3),
            Entry("customer:alice", "lockbox.approve", consent + "\n" + line + "\n", 1),
            Entry("operator:paul", "lockbox.open", new LockboxTrace(LockboxConsent.Digest(consent), new string('b', 64)).ToString(), 2),
        ];

        var agreed = await AuditAsync(Entries(passkey.Sign(key, consent, Origin)), key);
        Assert.Equal((0, 1), (agreed.ExitCode, (int)agreed.Report["agreed"]!));
        Assert.Equal("demo/alice", (string?)agreed.Report["showings"]![0]!["byPasskey"]![0]);
        foreach (var line in (string[])[forger.Sign(key, consent, Origin), passkey.Sign(key, consent, "https://evil.example"), passkey.Sign(key, "other\n", Origin)])
        {
            var forged = await AuditAsync(Entries(line), key);
            Assert.Equal((1, 0, 1), (forged.ExitCode, (int)forged.Report["agreed"]!, (int)forged.Report["notAgreed"]!));
        }

        // A colleague's is trusted as they gave it, and told what it is.
        var trusted = await _cli.RunAsync("lockbox", "trust", key);
        Assert.Equal(0, trusted.ExitCode);
        Assert.Contains($"demo/alice (passkey at {Origin}) is trusted", trusted.Output + trusted.Error, StringComparison.Ordinal);
        Assert.Contains(key, await File.ReadAllTextAsync(Path.Combine(_cli.Configuration, "lockbox", "demo.approvers"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var changed = await _cli.RunAsync("lockbox", "trust", passkey.KeyOf("demo/alice", "https://cloud.example:8443/"));
        Assert.Equal(ExitCode.Usage, changed.ExitCode);
        _api.OnJson("GET /v1/organizations/demo/lockbox-keys", new Page<LockboxKey>([new LockboxKey("alice", key, Asked, "passkey")], null), WireJson.Default.PageLockboxKey);
        var listed = await _cli.RunAsync("lockbox", "key", "list");
        Assert.Contains("passkey", listed.Output, StringComparison.Ordinal);
        Assert.Contains(key, listed.Output, StringComparison.Ordinal);
    }

    private static string Entry(string actor, string action, string reason, int minute) => new JsonObject
    {
        ["at"] = Asked.AddMinutes(minute).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null),
        ["actor"] = actor,
        ["action"] = action,
        ["outcome"] = "accepted",
        ["reason"] = reason,
    }.ToJsonString();

    private async Task<(int ExitCode, JsonNode Report)> AuditAsync(string[] entries, string trusted)
    {
        using var log = new ServedLog(_api);
        log.Serve(entries);
        var folder = Path.Combine(_cli.Configuration, Guid.NewGuid().ToString("N"));
        var forgotten = await _cli.RunAsync("ledger", "forget", "--yes");
        var exported = await _cli.RunAsync("ledger", "export", folder);
        Assert.True(exported.ExitCode == 0, forgotten.Error + exported.Error);
        var run = await _cli.RunAsync("lockbox", "audit", folder, "--approver", trusted, "--ledger-key", log.Signer.PublicKey.ToString(), "-o", "json");
        return (run.ExitCode, JsonNode.Parse(run.Output)!);
    }

    private static IResult Json<T>(T value, JsonTypeInfo<T> type) => Results.Text(JsonSerializer.Serialize(value, type), "application/json");

    private void Serve(LockboxCase shown)
    {
        _api.OnJson($"GET /v1/organizations/demo/lockbox-requests/{Id}", shown, WireJson.Default.LockboxCase);
        _api.On($"POST /v1/organizations/demo/lockbox-requests/{Id}/approve", _ =>
        {
            _signatures.Add(JsonSerializer.Deserialize(_api.Bodies.Last(), WireJson.Default.ApproveLockbox)!.Signature);
            return Json(shown with { Request = shown.Request with { State = "open", OpenUntil = Asked.AddHours(1) } }, WireJson.Default.LockboxCase);
        });
    }
}
