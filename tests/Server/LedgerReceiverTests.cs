using System.Net;
using Beffroi.Testing;
using Beffroi.Transparency;

namespace Beffroi.Server.Tests;

/// <summary>Who cosigns an organization's ledger and where it is forwarded, over HTTP.</summary>
public sealed class LedgerReceiverTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Ledger = "/v1/organizations/demo/ledger";
    private readonly NoteSigner _witness = NoteSigner.Generate("witness.example", NoteAlgorithm.Cosignature);
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _witness.Dispose();
    }

    [Fact]
    public async Task A_witness_is_registered_shown_and_removed_and_the_ledger_tells()
    {
        var body = $$"""{ "url": "https://192.0.2.1/w", "publicKey": "{{_witness.PublicKey}}" }""";
        var put = await TestServer.BodyAsync(await _server.Alice.PutAsync(Ledger + "/witnesses/region", TestServer.Json(body)));
        Assert.Equal(0, (long)put["cosignedSize"]!);
        var list = await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "/witnesses"));
        Assert.Equal(_witness.PublicKey.ToString(), (string)list["items"]![0]!["publicKey"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(Ledger + "/checkpoint?cosigned=true")).StatusCode);
        await PutTests.AssertProblem(await _server.Mallory.GetAsync(Ledger + "/witnesses"), 404, "not-found");
        // On the operator's interface there is no such path.
        await PutTests.AssertProblem(await _server.Administrator.PutAsync(Ledger + "/witnesses/region", TestServer.Json(body)), 404, "not-found");

        Assert.Empty((await TestServer.BodyAsync(await _server.Alice.DeleteAsync(Ledger + "/witnesses/region", Cancel)))["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.OK, (await _server.Alice.DeleteAsync(Ledger + "/witnesses/region", Cancel)).StatusCode);
        await _server.LedgerIntegratedAsync();
        var entries = await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "?action=ledger.manage&outcome=accepted"));
        Assert.Equal(3, entries["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_operators_own_log_has_receivers_of_its_own()
    {
        const string Own = "/operator/v1/ledger";
        var witness = $$"""{ "url": "https://192.0.2.1/w", "publicKey": "{{_witness.PublicKey}}" }""";
        (await _server.Administrator.PutAsync(Own + "/witnesses/region", TestServer.Json(witness))).EnsureSuccessStatusCode();
        var hook = await TestServer.BodyAsync(await _server.Administrator.PutAsync(Own + "/forwards/siem", TestServer.Json("""{ "url": "https://192.0.2.1/hook" }""")));
        Assert.Matches("^[0-9a-f]{64}$", (string)hook["secret"]!);
        // An organization has none of them.
        Assert.Empty((await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "/witnesses")))["items"]!.AsArray());
        Assert.Empty((await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "/forwards")))["items"]!.AsArray());
        await _server.LedgerIntegratedAsync();
        var entries = await TestServer.BodyAsync(await _server.Administrator.GetAsync(Own + "?action=ledger.manage&outcome=accepted"));
        Assert.Equal(2, entries["items"]!.AsArray().Count);
        foreach (var receiver in (string[])["/witnesses/region", "/forwards/siem"])
        {
            Assert.Empty((await TestServer.BodyAsync(await _server.Administrator.DeleteAsync(Own + receiver, Cancel)))["items"]!.AsArray());
        }
    }

    [Theory]
    [InlineData("Region", "https://192.0.2.1", null, "name")]
    [InlineData("region", "ftp://192.0.2.1", null, "url"), InlineData("region", "https://user:secret@192.0.2.1", null, "url"), InlineData("region", "https://192.0.2.1/?token=secret", null, "url")]
    [InlineData("region", "nonsense", null, "url"), InlineData("region", "https://192.0.2.1", "nonsense", "authority")]
    public async Task What_is_wrong_with_a_witness_is_named(string name, string url, string? authority, string field)
    {
        var body = $$"""{ "url": "{{url}}", "publicKey": "{{_witness.PublicKey}}"{{(authority is null ? "" : $", \"authority\": \"{authority}\"")}} }""";
        var answer = await _server.Alice.PutAsync(Ledger + "/witnesses/" + name, TestServer.Json(body));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(field, (string)(await TestServer.BodyAsync(answer))["errors"]![0]!["field"]!);
    }

    [Fact]
    public async Task A_logs_own_key_is_no_witness()
    {
        using var log = NoteSigner.Generate("log.example", NoteAlgorithm.Ed25519);
        var answer = await _server.Alice.PutAsync(Ledger + "/witnesses/a", TestServer.Json($$"""{ "url": "https://192.0.2.1", "publicKey": "{{log.PublicKey}}" }"""));
        Assert.Equal("publicKey", (string)(await TestServer.BodyAsync(answer))["errors"]![0]!["field"]!);
    }

    [Fact]
    public async Task A_webhooks_secret_is_shown_once_and_anew_for_another_address()
    {
        async Task<string?> PutAsync(string json)
        {
            var answer = await _server.Alice.PutAsync(Ledger + "/forwards/siem", TestServer.Json(json));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return (string?)(await TestServer.BodyAsync(answer))["secret"];
        }

        var first = await PutAsync("""{ "url": "https://192.0.2.1/hook" }""");
        Assert.Matches("^[0-9a-f]{64}$", first!);
        Assert.Null(await PutAsync("""{ "url": "https://192.0.2.1/hook", "fromStart": true }"""));
        var other = await PutAsync("""{ "url": "https://192.0.2.2/hook" }""");
        Assert.NotEqual(first, other);
        Assert.Null(await PutAsync("""{ "url": "syslog+tls://192.0.2.1:6514" }"""));
        Assert.NotNull(await PutAsync("""{ "url": "https://192.0.2.2/hook" }"""));
        var list = await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "/forwards"));
        Assert.Equal("siem", (string)list["items"]![0]!["name"]!);
        Assert.DoesNotContain("secret", list.ToJsonString(), StringComparison.Ordinal);
        await PutTests.AssertProblem(await _server.Mallory.GetAsync(Ledger + "/forwards"), 404, "not-found");

        Assert.Empty((await TestServer.BodyAsync(await _server.Alice.DeleteAsync(Ledger + "/forwards/siem", Cancel)))["items"]!.AsArray());
        await using var keys = _server.Store.CreateCommand("select count(*) from platform.secrets where name = 'webhook'");
        Assert.Equal(0L, await keys.ExecuteScalarAsync(Cancel));
    }

    [Theory]
    [InlineData("http://192.0.2.1"), InlineData("syslog://192.0.2.1"), InlineData("https://192.0.2.1#x"), InlineData("https://"), InlineData("https://192.0.2.1/a b")]
    public async Task What_is_wrong_with_a_forward_is_named(string url)
    {
        var answer = await _server.Alice.PutAsync(Ledger + "/forwards/siem", TestServer.Json($$"""{ "url": "{{url}}" }"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal("url", (string)(await TestServer.BodyAsync(answer))["errors"]![0]!["field"]!);
    }
}
