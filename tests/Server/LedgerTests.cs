using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;
using Beffroi.Transparency;
using Microsoft.AspNetCore.Builder;

namespace Beffroi.Server.Tests;

/// <summary>The ledger over HTTP: what a customer needs to verify it with nothing but the answers.</summary>
public sealed class LedgerTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Ledger = "/v1/organizations/demo/ledger";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_customer_verifies_the_whole_log_and_one_entry_from_what_is_served()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            await _server.PutAsync(name);
        }

        await _server.LedgerIntegratedAsync();
        var key = NoteKey.Parse((await _server.Alice.GetStringAsync(Ledger + "/key", Cancel)).TrimEnd('\n'))!;
        var note = await _server.Alice.GetStringAsync(Ledger + "/checkpoint", Cancel);
        var report = await new LogVerifier(new HttpTiles(_server.Alice, Ledger), key).VerifyAsync(note, null, null, Cancel);
        Assert.Empty(report.Findings);
        Assert.StartsWith("beffroi/organization/", report.Checkpoint!.Origin, StringComparison.Ordinal);

        var page = await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "?limit=200"));
        Assert.Equal(report.Entries, page["items"]!.AsArray().Count);
        var tree = new TiledTree(new HttpTiles(_server.Alice, Ledger), report.Entries);
        foreach (var item in page["items"]!.AsArray())
        {
            var index = (long)item!["index"]!;
            var proof = new InclusionProof(index, await tree.InclusionProofAsync(index, Cancel), note);
            Assert.Null(proof.Verify(System.Text.Encoding.UTF8.GetBytes((string)item["entry"]!), key));
        }
    }

    [Fact]
    public async Task The_operators_people_verify_their_own_log_which_tells_nothing_of_organizations()
    {
        const string Own = "/operator/v1/ledger";
        (await _server.Administrator.PutAsync("/operator/v1/operators/olga", TestServer.Json($$"""{ "roles": ["support"], "invitationSha256": "{{new string('a', 64)}}" }"""))).EnsureSuccessStatusCode();
        await _server.PutAsync("a");
        await _server.LedgerIntegratedAsync();
        var key = NoteKey.Parse((await _server.Administrator.GetStringAsync(Own + "/key", Cancel)).TrimEnd('\n'))!;
        Assert.DoesNotContain("organization", key.Name, StringComparison.Ordinal);
        var report = await new LogVerifier(new HttpTiles(_server.Administrator, Own), key).VerifyAsync(await _server.Administrator.GetStringAsync(Own + "/checkpoint", Cancel), null, null, Cancel);
        Assert.Empty(report.Findings);
        var entries = (await TestServer.BodyAsync(await _server.Administrator.GetAsync(Own + "?limit=200")))["items"]!.AsArray().Select(e => (string)e!["entry"]!).ToList();
        Assert.Equal(report.Entries, entries.Count);
        Assert.Contains(entries, e => e.Contains("operators/olga", StringComparison.Ordinal));
        Assert.DoesNotContain(entries, e => e.Contains("postgres", StringComparison.Ordinal) || e.Contains("customer:", StringComparison.Ordinal));
        // Neither side finds the other's.
        await PutTests.AssertProblem(await _server.Alice.GetAsync(Own), 404, "not-found");
        await PutTests.AssertProblem(await _server.Administrator.GetAsync(Ledger), 404, "not-found");
    }

    [Fact]
    public async Task Entries_are_searched_and_paged()
    {
        await _server.PutAsync("a");
        await _server.PutAsync("b");
        await _server.LedgerIntegratedAsync();
        Assert.Equal(["a", "b"], await ResourcesAsync("?action=postgres.create&outcome=accepted"));
        Assert.Equal(["b"], await ResourcesAsync("?action=postgres.create&resource=" + TestServer.Postgres + "/b"));
        Assert.Equal(["a", "b"], await ResourcesAsync("?action=postgres.create&resource=" + TestServer.Postgres));
        Assert.Empty(await ResourcesAsync("?action=postgres.create&actor=customer:mallory"));
        Assert.Empty(await ResourcesAsync("?action=postgres.create&until=2020-01-01T00:00:00Z"));
        Assert.Equal(["a", "b"], await ResourcesAsync("?action=postgres.create&since=2020-01-01T00:00:00Z"));

        var first = await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "?action=postgres.create&limit=1"));
        var rest = await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + "?action=postgres.create&limit=1&from=" + first["next"]));
        Assert.NotEqual((long)first["items"]![0]!["index"]!, (long)rest["items"]![0]!["index"]!);
        Assert.Null(rest["next"]);
        foreach (var query in new[] { "?from=-1", "?limit=0", "?since=yesterday", "?until=2020", "?what=x", "?action=a&action=b" })
        {
            await PutTests.AssertProblem(await _server.Alice.GetAsync(Ledger + query), 400, "invalid-query");
        }
    }

    [Fact]
    public async Task A_change_that_fails_unforeseen_is_in_the_ledger_and_a_plain_reading_is_not()
    {
        await using var server = await TestServer.StartAsync(postgres, app =>
            app.MapMethods("/v1/broken", ["GET", "PUT"], string () => throw new InvalidOperationException("A bug.")));
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Put])
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(server.Alice, method, "/v1/broken"), 500, "internal-error");
        }

        Assert.Equal(("request.put", "failed", "internal-error"), Assert.Single(await server.LedgerAsync("entry like '%/v1/broken%'")));
    }

    [Theory]
    [InlineData("/tile/0/001"), InlineData("/tile/0/000"), InlineData("/tile/0/000.p/255"), InlineData("/tile/9/000"), InlineData("/tile/0/0"), InlineData("/tile/entries/999")]
    [InlineData("/tile/"), InlineData("/tile/0/x999/x999/x999/x999/x999/x999/999")]
    public async Task Tiles_that_the_log_does_not_have_are_not_found(string path)
    {
        await _server.PutAsync("a");
        await _server.LedgerIntegratedAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(Ledger + path)).StatusCode);
    }

    [Fact]
    public async Task A_tile_is_kept_for_ever_and_a_checkpoint_is_not()
    {
        await _server.PutAsync("a");
        await _server.LedgerIntegratedAsync();
        var tile = await _server.Alice.GetAsync(Ledger + "/tile/0/000.p/1");
        Assert.Equal("application/octet-stream", tile.Content.Headers.ContentType!.MediaType);
        Assert.True(tile.Headers.CacheControl!.Private);
        Assert.Equal(TimeSpan.FromDays(365), tile.Headers.CacheControl.MaxAge);
        Assert.Equal(TreeHash.Length, (await tile.Content.ReadAsByteArrayAsync(Cancel)).Length);
        var checkpoint = await _server.Alice.GetAsync(Ledger + "/checkpoint");
        Assert.Equal("text/plain; charset=utf-8", checkpoint.Content.Headers.ContentType!.ToString());
        Assert.NotEqual(TimeSpan.FromDays(365), checkpoint.Headers.CacheControl?.MaxAge);
        await PutTests.AssertProblem(await _server.Administrator.GetAsync(Ledger + "/checkpoint"), 404, "not-found");
    }

    private async Task<List<string>> ResourcesAsync(string query)
    {
        var page = await TestServer.BodyAsync(await _server.Alice.GetAsync(Ledger + query));
        return [.. page["items"]!.AsArray().Select(i => ((string)JsonNode.Parse((string)i!["entry"]!)!["resource"]!).Split('/')[^1])];
    }

    private sealed class HttpTiles(HttpClient client, string ledger) : ITileSource
    {
        public async ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken)
        {
            var response = await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{ledger}/{tile}"), cancellationToken);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsByteArrayAsync(cancellationToken) : null;
        }
    }
}
