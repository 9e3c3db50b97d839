using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>How sovereign the zone is, over HTTP: the operator states a level for each objective, and every customer's people read it beside what is known.</summary>
public sealed class SovereigntySheetTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Sheet = "/v1/sovereignty/seal";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Nobody_gives_a_level_before_the_operator_does_and_there_is_no_total_until_all_are_stated()
    {
        var before = await ReadAsync();
        Assert.Equal(8, before["notStated"]!.AsArray().Count);
        Assert.All(before["objectives"]!.AsArray(), o => Assert.Null(o!["stated"]));
        Assert.Null(before["total"]);
        // What the product consists of is known without anyone entering it.
        Assert.Contains("US", Facts(before, "SOV-5"), StringComparison.Ordinal);

        foreach (var n in Enumerable.Range(1, 7))
        {
            await StateAsync($"SOV-{n}", 1);
        }

        var seven = await ReadAsync();
        Assert.Equal("SOV-8", (string?)Assert.Single(seven["notStated"]!.AsArray()));
        Assert.Null(seven["total"]);
        await StateAsync("SOV-8", 3);
        var all = await ReadAsync();
        Assert.Equal("""{"mean":1.1,"lowest":1,"contradicted":0}""", all["total"]!.ToJsonString());
        // The operator's people read the same.
        var theirs = await TestServer.BodyAsync(await _server.Administrator.GetAsync("/operator" + Sheet, Cancel));
        Assert.True(JsonNode.DeepEquals(all["objectives"], theirs["objectives"]));
    }

    [Fact]
    public async Task A_level_that_the_register_or_the_zone_contradicts_is_kept_and_contradicted_beside_it()
    {
        // New versions of this very product come from outside the area.
        var chain = await StateAsync("SOV-5", 4);
        Assert.Equal(4, (int)chain["stated"]!["level"]!);
        var doubt = Assert.Single(chain["contradictedBy"]!.AsArray())!;
        Assert.Equal("seal-suppliers", (string?)doubt["rule"]);
        Assert.Contains("updates (at once, through ", (string?)doubt["found"]!["en"], StringComparison.Ordinal);
        Assert.Contains("updates (aussitôt, par ", (string?)doubt["found"]!["fr"], StringComparison.Ordinal);
        Assert.Contains("1.2.1", (string?)doubt["source"]!["fr"], StringComparison.Ordinal);

        // Nothing is declared of the zone: that contradicts nothing, and is told.
        var strategic = await StateAsync("SOV-1", 4);
        Assert.Empty(strategic["contradictedBy"]!.AsArray());
        Assert.Equal(3, strategic["notDeclared"]!.AsArray().Count);
        (await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/zones/local", """
            { "country": "FR", "operator": "Group", "owners": [{ "name": "Fund", "outsideEu": true, "capital": 30, "votes": 10 }, { "name": "Region", "outsideEu": false, "capital": 70, "votes": 90 }] }
            """)).EnsureSuccessStatusCode();
        var sheet = await ReadAsync();
        strategic = Objective(sheet, "SOV-1");
        Assert.Equal("seal-holdings", (string?)Assert.Single(strategic["contradictedBy"]!.AsArray())!["rule"]);
        Assert.Contains("Fund, outside the European Union, has 30 %", strategic["contradictedBy"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(strategic["notDeclared"]!.AsArray());
        Assert.Contains("Operated by Group, under the law of FR.", Facts(sheet, "SOV-4"), StringComparison.Ordinal);

        // A level below stands, and it is the newest that does.
        Assert.Empty((await StateAsync("SOV-1", 2))["contradictedBy"]!.AsArray());
        Assert.Equal(2, (int)Objective(await ReadAsync(), "SOV-1")["stated"]!["level"]!);
        await using var kept = _server.Store.CreateCommand("select string_agg(level::text, ',' order by id) from platform.stated_levels where objective = 'SOV-1' and stated_by like 'operator:%'");
        Assert.Equal("4,2", await kept.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task What_is_stated_is_dated_has_a_name_and_is_in_the_operators_ledger()
    {
        var made = await StateAsync("SOV-7", 2);
        Assert.StartsWith("operator:", (string?)made["stated"]!["by"], StringComparison.Ordinal);
        Assert.InRange((DateTimeOffset)made["stated"]!["at"]!, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal("Parce que.", (string?)made["stated"]!["why"]!["fr"]);
        await _server.LedgerIntegratedAsync();
        var entry = Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'operator.zone.manage'"));
        Assert.Matches("^SOV-7 SEAL-2; sha256 [0-9a-f]{64}$", entry.Reason);
        await using var digest = _server.Store.CreateCommand("select encode(sha256(convert_to(content, 'utf8')), 'hex') from platform.stated_levels");
        Assert.EndsWith((string)(await digest.ExecuteScalarAsync(Cancel))!, entry.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "level": 5, "why": { "en": "x", "fr": "x" } }""", "level")]
    [InlineData("""{ "level": -1, "why": { "en": "x", "fr": "x" } }""", "level")]
    [InlineData("""{ "why": { "en": "x", "fr": "x" } }""", "level")]
    [InlineData("""{ "level": 2 }""", "why")]
    [InlineData("""{ "level": 2, "why": { "en": "x", "fr": " " } }""", "why.fr")]
    [InlineData("""{ "level": 2, "why": { "en": "a\u0007b", "fr": "x" } }""", "why.en")]
    public async Task What_is_stated_wrongly_is_named_and_nothing_is_kept(string body, string field)
    {
        var problem = await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Sheet}/SOV-5", body), 422, "invalid-request");
        Assert.Equal(field, (string?)Assert.Single(problem["errors"]!.AsArray())!["field"]);
        Assert.Equal(8, (await ReadAsync())["notStated"]!.AsArray().Count);
    }

    [Fact]
    public async Task There_are_eight_objectives_and_it_is_for_who_is_signed_in()
    {
        foreach (var id in (string[])["SOV-0", "SOV-9", "sov-5", "x"])
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Sheet}/{id}", """{ "level": 1, "why": { "en": "x", "fr": "x" } }"""), 404, "not-found");
        }

        await PutTests.AssertProblem(await _server.Alice.GetAsync(Sheet + "?objective=SOV-5", Cancel), 400, "invalid-query");
        Assert.Equal(HttpStatusCode.NotFound, (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, $"{Sheet}/SOV-5", """{ "level": 4, "why": { "en": "x", "fr": "x" } }""")).StatusCode);
        using var nobody = _server.Client(null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync(Sheet, Cancel)).StatusCode);
    }

    private static JsonNode Objective(JsonNode sheet, string id) => sheet["objectives"]!.AsArray().Single(o => (string?)o!["id"] == id)!;

    private static string Facts(JsonNode sheet, string id) => string.Join('\n', Objective(sheet, id)["facts"]!.AsArray().Select(f => (string?)f!["text"]!["en"]));

    private async Task<JsonNode> ReadAsync()
    {
        var response = await _server.Alice.GetAsync(Sheet, Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancel));
        return await TestServer.BodyAsync(response);
    }

    private async Task<JsonNode> StateAsync(string objective, int level)
    {
        var response = await TestServer.SendAsync(
            _server.Administrator, HttpMethod.Put, $"/operator{Sheet}/{objective}", $$"""{ "level": {{level}}, "why": { "en": "Because.", "fr": "Parce que." } }""");
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancel));
        return await TestServer.BodyAsync(response);
    }
}
