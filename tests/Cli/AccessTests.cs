using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Access;

namespace Beffroi.Cli.Tests;

/// <summary>Tokens and codes are made here, printed once on standard output, and only their hashes leave.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private static readonly DateTimeOffset Then = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task A_token_is_printed_and_only_its_hash_is_sent()
    {
        _api.OnJson("PUT /v1/tokens/laptop", new AccessToken("laptop", "valid", Then, Then.AddDays(9), null), WireJson.Default.AccessToken, 201);
        var run = await _cli.RunAsync("token", "create", "laptop", "--days", "9");
        Assert.Equal(0, run.ExitCode);
        var token = run.Output.Trim();
        Assert.Matches(@"\Abfr_[A-Za-z0-9_-]{43}\z", token);
        var body = Assert.Single(_api.Bodies);
        Assert.Equal($$"""{"sha256":"{{Sha256(token)}}","days":9}""", body);
        Assert.DoesNotContain(token, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_is_printed_for_its_person_who_makes_a_context_of_it()
    {
        _api.OnJson($"PUT {Demo}/members/bob", new Member(Guid.NewGuid(), "bob", "invited", [], Then), WireJson.Default.Member, 201);
        var invited = await _cli.RunAsync("member", "invite", "bob");
        Assert.Equal(0, invited.ExitCode);
        var code = invited.Output.Trim();
        Assert.Contains(Sha256(code), _api.Bodies.Single(), StringComparison.Ordinal);

        _api.OnJson("POST /v1/invitations", new AccessToken("first", "valid", Then, Then.AddDays(90), null), WireJson.Default.AccessToken, 201);
        _cli.Input = code + "\n";
        var accepted = await _cli.RunAsync("invitation", "accept", "work", "--server", _api.Address, "--ca", Path.Combine(_cli.Configuration, "../../ca.pem"), "--default-space", "demo/eval");
        Assert.True(accepted.ExitCode == 0, accepted.Error);
        var token = (await File.ReadAllTextAsync(Path.Combine(_cli.Configuration, "work.token"), TestContext.Current.CancellationToken)).Trim();
        var sent = JsonSerializer.Deserialize(_api.Bodies.Last(), WireJson.Default.AcceptInvitation)!;
        Assert.Equal((code, Sha256(token)), (sent.Code, sent.TokenSha256));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_cli.Configuration, "work.token")));
        Assert.Contains("work", (await _cli.RunAsync("context", "list")).Output, StringComparison.Ordinal);
        // It stays when the context is made again, and goes with it.
        Assert.Equal(2, (await _cli.RunAsync("invitation", "accept", "work", "--server", _api.Address)).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("context", "remove", "work")).ExitCode);
        Assert.False(File.Exists(Path.Combine(_cli.Configuration, "work.token")));
    }

    [Fact]
    public async Task Grants_and_quotas_are_shown_as_people_read_them()
    {
        _api.OnJson(
            $"GET {Demo}/grants",
            new Page<Grant>([new(Guid.Empty, "developer", "bob", null, "eval", "postgres/dossiers", Then), new(Guid.Empty, "looker", null, "dba", null, null, Then)], null),
            WireJson.Default.PageGrant);
        var grants = (await _cli.RunAsync("role", "grants")).Output;
        Assert.Matches(@"bob +developer +eval postgres/dossiers", grants);
        Assert.Matches(@"group dba +looker +everywhere", grants);
        _api.OnJson(
            $"PUT {Demo}/spaces/eval/quota",
            new Quota("demo", "eval", new QuotaLimits(8, "64GiB", null, new Dictionary<string, long> { ["postgres"] = 3 }), new QuotaUse(1, "1GiB", "10GiB", new Dictionary<string, long> { ["postgres"] = 1 })),
            WireJson.Default.Quota);
        var quota = await _cli.RunAsync("quota", "set", "--cpus", "8", "--memory", "64GiB", "--resources", "postgres=3");
        Assert.Equal("""{"cpus":8,"memory":"64GiB","resources":{"postgres":3}}""", _api.Bodies.Last());
        Assert.Matches(@"postgres +1 +3", quota.Output);
        Assert.Matches(@"storage +10GiB +none", quota.Output);
        Assert.Equal(2, (await _cli.RunAsync("quota", "set", "--resources", "postgres")).ExitCode);
    }

    [Fact]
    public void An_assertion_is_signed_so_that_the_key_proves_it()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parts = ServiceAccountKeyCommands.Sign(key, "demo/nightly", "urn:beffroi:beffroi", Then).Split('.');
        Assert.Equal(3, parts.Length);
        Assert.True(key.VerifyData(
            Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), System.Buffers.Text.Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        using var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal(Then.AddMinutes(2).ToUnixTimeSeconds(), claims.RootElement.GetProperty("exp").GetInt64());
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
