using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>The register over HTTP: the operator writes, everyone who is signed in reads and asks what if, and anyone sees who takes part in hosting.</summary>
public sealed class SovereigntyTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Entries = "/v1/sovereignty/entries", Simulation = "/v1/sovereignty/simulation";
    private const string Maker = """{ "kind": "supplier", "name": "Server maker", "jurisdiction": "US", "stops": "at-once", "reason": { "en": "Seat in Texas.", "fr": "Siège au Texas." } }""";
    private const string Racks =
        """
        { "kind": "hardware", "name": "Rack 4", "supplier": "server-maker", "stops": "at-failure", "licenceKind": "perpetual", "expires": "2029-06-30", "carries": [{ "id": "software:host-system" }],
          "reason": { "en": "Runs until a part breaks.", "fr": "Tourne jusqu'à la panne." } }
        """;
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_the_operator_enters_every_customer_reads_and_can_ask_about()
    {
        Assert.Equal("never", (string?)(await ServicesAsync("?country=US"))["postgres"]);
        await PutAsync("server-maker", Maker);
        var made = await PutAsync("racks", Racks);
        Assert.Equal(("operator", "hardware", "2029-06-30"), ((string?)made["source"], (string?)made["kind"], (string?)made["expires"]));

        var read = await TestServer.BodyAsync(await _server.Alice.GetAsync(Entries + "/racks", Cancel));
        Assert.True(JsonNode.DeepEquals(made, read));
        var hardware = await TestServer.BodyAsync(await _server.Alice.GetAsync(Entries + "?kind=hardware", Cancel));
        Assert.Equal("racks", (string?)Assert.Single(hardware["items"]!.AsArray())!["id"]);

        var services = await ServicesAsync("?supplier=server-maker");
        Assert.Equal(("at-failure", "at-failure", "never"), ((string?)services["postgres"], (string?)services["keys"], (string?)services["updates"]));
        Assert.Equal("at-once", (string?)(await ServicesAsync("?supplier=server-maker&country=US"))["updates"]);

        // The operator is told the same.
        var one = await (await _server.Alice.GetAsync(Simulation + "?country=US", Cancel)).Content.ReadAsStringAsync(Cancel);
        Assert.Equal(one, await (await _server.Administrator.GetAsync("/operator" + Simulation + "?country=US", Cancel)).Content.ReadAsStringAsync(Cancel));
        var racks = JsonNode.Parse(one)!["stopping"]!.AsArray().Single(s => (string?)s!["id"] == "racks")!;
        Assert.Equal("""["server-maker","racks"]""", racks["chain"]!.ToJsonString());
        Assert.Equal("Runs until a part breaks.", (string?)racks["reason"]!["en"]);
    }

    [Fact]
    public async Task The_product_and_the_images_are_there_without_anyone_entering_them()
    {
        await File.WriteAllTextAsync(
            $"{_server.ImagesDirectory}/{new string('a', 64)}.cdx.json",
            """{ "components": [{ "type": "library", "name": "patroni", "version": "4.0.6-1", "purl": "pkg:deb/debian/patroni@4.0.6-1?arch=all" }] }""", Cancel);
        var all = (await TestServer.BodyAsync(await _server.Alice.GetAsync(Entries, Cancel)))["items"]!.AsArray().ToDictionary(e => (string)e!["id"]!, e => e!);
        Assert.Equal(("MIT", "supplier:nsec"), ((string?)all["nuget:nsec.cryptography"]["licence"], (string?)all["nuget:nsec.cryptography"]["supplier"]));
        Assert.Equal(("4.0.6-1", "image"), ((string?)all["debian:patroni"]["version"], (string?)all["debian:patroni"]["source"]));
        var id = Uri.EscapeDataString("debian:patroni");
        Assert.True(JsonNode.DeepEquals(all["debian:patroni"], await TestServer.BodyAsync(await _server.Alice.GetAsync($"{Entries}/{id}", Cancel))));
        // One that is gone alone takes nothing down that runs; its short name is understood.
        var microsoft = await TestServer.BodyAsync(await _server.Alice.GetAsync(Simulation + "?supplier=microsoft", Cancel));
        Assert.Equal("updates", (string?)Assert.Single(microsoft["services"]!.AsArray(), s => (string?)s!["when"] != "never")!["id"]);
        Assert.Contains(microsoft["goingOn"]!.AsArray(), s => (string?)s!["id"] == "software:dotnet");
        Assert.Contains("hardware", (string?)microsoft["gaps"]![0]!["en"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_asked_wrongly_is_refused_with_what_would_be_right()
    {
        foreach (var (query, field, allowed) in new[]
        {
            ("", "supplier", "country=CODE"), ("?supplier=nobody", "supplier", "supplier:microsoft"), ("?supplier=postgres", "supplier", "supplier:debian"), ("?country=us", "country", "ISO 3166-1"),
            ("?country=ZZ", "country", "ISO 3166-1"), ("?supplier=debian&supplier=google", "supplier", "once"), ("?suplier=x", "suplier", "supplier, country"),
            ("?supplier=" + string.Join(',', Enumerable.Range(0, 51)), "supplier", "50"),
        })
        {
            var problem = await PutTests.AssertProblem(await _server.Alice.GetAsync(Simulation + query, Cancel), 400, "invalid-query");
            Assert.Equal(field, (string?)problem["errors"]![0]!["field"]);
            Assert.Contains(allowed, (string?)problem["errors"]![0]!["allowed"], StringComparison.Ordinal);
        }

        await PutTests.AssertProblem(await _server.Alice.GetAsync(Entries + "?kind=people", Cancel), 400, "invalid-query");
        await PutTests.AssertProblem(await _server.Alice.GetAsync(Entries + "/none", Cancel), 404, "not-found");
    }

    [Theory]
    [InlineData("racks", """{ "kind": "beffroi-service" }""", "kind")]
    [InlineData("Racks", "{}", "entry")]
    [InlineData("debian:openssl", "{}", "entry")]
    [InlineData("racks", """{ "name": "" }""", "name")]
    [InlineData("racks", """{ "name": "a\u0007b" }""", "name")]
    [InlineData("racks", """{ "stops": "tomorrow" }""", "stops")]
    [InlineData("racks", """{ "reason": { "en": "x", "fr": " " } }""", "reason.fr")]
    [InlineData("racks", """{ "supplier": "nobody" }""", "supplier")]
    [InlineData("racks", """{ "supplier": "postgres" }""", "supplier")]
    [InlineData("racks", """{ "supplier": "racks" }""", "supplier")]
    [InlineData("racks", """{ "jurisdiction": "EU" }""", "jurisdiction")]
    [InlineData("racks", """{ "licenceKind": "rented" }""", "licenceKind")]
    [InlineData("racks", """{ "expires": "0001-01-01" }""", "expires")]
    [InlineData("racks", """{ "redundancy": "A B" }""", "redundancy")]
    [InlineData("racks", """{ "carries": [null] }""", "carries")]
    [InlineData("racks", """{ "carries": [{ "id": "nothing" }] }""", "carries")]
    [InlineData("racks", """{ "carries": [{ "id": "racks" }] }""", "carries")]
    [InlineData("racks", """{ "carries": [{ "id": "keys" }, { "id": "keys" }] }""", "carries")]
    [InlineData("racks", """{ "carries": [{ "id": "keys", "stops": "at-expiry" }] }""", "carries")]
    [InlineData("racks", """{ "hosting": { "role": { "en": "x", "fr": "x" }, "activities": [1] } }""", "hosting")]
    [InlineData("site", """{ "kind": "service", "hosting": { "role": { "en": "x", "fr": "x" }, "activities": [7] } }""", "hosting.activities")]
    [InlineData("site", """{ "kind": "service", "hosting": { "role": { "en": "x", "fr": "x" }, "activities": [1], "access": ["FR"] } }""", "hosting.access")]
    [InlineData("site", """{ "kind": "service", "hosting": { "role": { "en": "x", "fr": "x" }, "activities": [1], "access": [null] } }""", "hosting.access")]
    [InlineData("site", """{ "kind": "service", "hosting": { "role": { "en": "x", "fr": "x" }, "activities": [1], "hds": { "by": "", "reference": "1", "until": "2027-01-01" } } }""", "hosting.hds.by")]
    public async Task What_the_operator_enters_wrongly_is_named(string id, string change, string field)
    {
        var entry = JsonNode.Parse("""{ "kind": "hardware", "name": "Rack", "stops": "never", "reason": { "en": "x", "fr": "x" } }""")!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            entry[name] = value?.DeepClone();
        }

        var problem = await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/{Uri.EscapeDataString(id)}", entry.ToJsonString()), 422, "invalid-request");
        Assert.Equal(field, (string?)problem["errors"]![0]!["field"]);
    }

    [Fact]
    public async Task What_is_missing_altogether_is_named_too()
    {
        var problem = await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/racks", "{}"), 422, "invalid-request");
        Assert.Equal(["kind", "name", "stops", "reason"], problem["errors"]!.AsArray().Select(e => (string)e!["field"]!));
    }

    [Fact]
    public async Task What_others_name_stays_and_what_the_product_says_is_not_the_operators()
    {
        await PutAsync("server-maker", Maker);
        await PutAsync("racks", Racks);
        await PutTests.AssertProblem(await _server.Administrator.DeleteAsync($"/operator{Entries}/server-maker", Cancel), 409, "in-use");
        await PutTests.AssertProblem(
            await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/server-maker", Maker.Replace("\"supplier\"", "\"service\"", StringComparison.Ordinal)), 409, "in-use");
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/postgres", Maker), 409, "name-taken");
        await PutTests.AssertProblem(await _server.Administrator.DeleteAsync($"/operator{Entries}/postgres", Cancel), 404, "not-found");
        Assert.Equal(HttpStatusCode.OK, (await _server.Administrator.DeleteAsync($"/operator{Entries}/racks", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _server.Administrator.DeleteAsync($"/operator{Entries}/server-maker", Cancel)).StatusCode);
        await PutTests.AssertProblem(await _server.Alice.GetAsync(Entries + "/racks", Cancel), 404, "not-found");
    }

    [Fact]
    public async Task Two_at_once_that_would_leave_a_name_without_its_entry_can_not_both_be_accepted()
    {
        for (var i = 0; i < 8; i++)
        {
            await PutAsync("server-maker", Maker);
            var put = TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/racks", Racks);
            var delete = _server.Administrator.DeleteAsync($"/operator{Entries}/server-maker", Cancel);
            Assert.NotEqual(((await put).StatusCode, (await delete).StatusCode), (HttpStatusCode.OK, HttpStatusCode.OK));
            await _server.Administrator.DeleteAsync($"/operator{Entries}/racks", Cancel);
        }
    }

    [Fact]
    public async Task A_full_register_takes_no_more_but_lets_entries_be_changed()
    {
        await using var fill = _server.Store.CreateCommand("""
            insert into platform.register_entries (id, content, changed_at)
            select 'e' || n, '{"kind":"hardware","name":"x","stops":"never","reason":{"en":"x","fr":"x"}}', now() from generate_series(1, 500) n
            """);
        await fill.ExecuteNonQueryAsync(Cancel);
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/server-maker", Maker), 409, "register-full");
        await PutAsync("e1", Maker);
    }

    [Fact]
    public async Task A_change_is_in_the_operators_ledger_and_in_no_customers()
    {
        await PutAsync("server-maker", Maker);
        await _server.Administrator.DeleteAsync($"/operator{Entries}/server-maker", Cancel);
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/server-maker", "{}"), 422, "invalid-request");
        await _server.LedgerIntegratedAsync();
        var entries = (await TestServer.BodyAsync(await _server.Administrator.GetAsync("/operator/v1/ledger?limit=200", Cancel)))["items"]!.AsArray()
            .Select(e => JsonNode.Parse((string)e!["entry"]!)).Where(e => (string?)e!["action"] == "operator.sovereignty.manage").ToList();
        Assert.Equal(["accepted", "accepted", "refused"], entries.Select(e => (string)e!["outcome"]!).Order(StringComparer.Ordinal));
        var own = await (await _server.Alice.GetAsync("/v1/organizations/demo/ledger?limit=200", Cancel)).Content.ReadAsStringAsync(Cancel);
        Assert.DoesNotContain("sovereignty", own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anyone_sees_who_takes_part_in_hosting_in_two_languages_without_script()
    {
        using var nobody = _server.Client(null);
        var empty = await nobody.GetStringAsync("/sovereignty?lang=en", Cancel);
        Assert.Contains("entered nobody yet", empty, StringComparison.Ordinal);

        await PutAsync("server-maker", Maker);
        await PutAsync("site", """
            { "kind": "service", "name": "Site <b>Nord</b>", "supplier": "server-maker", "jurisdiction": "FR", "stops": "at-once", "reason": { "en": "x", "fr": "x" },
              "hosting": { "role": { "en": "Runs the building", "fr": "Exploite le bâtiment" }, "activities": [1, 2], "access": ["US"],
                "hds": { "by": "A certifier", "reference": "HDS-1", "until": "2020-01-31" } } }
            """);
        JsonNode disclosure;
        do
        {
            await Task.Delay(500, Cancel);
            disclosure = JsonNode.Parse(await nobody.GetStringAsync("/sovereignty.json", Cancel))!;
        }
        while (disclosure["parties"]!.AsArray().Count == 0);

        var party = Assert.Single(disclosure["parties"]!.AsArray())!;
        // In France, and owned under another country's law.
        Assert.Equal(("FR", true), ((string?)party["jurisdiction"], (bool)party["outsideEea"]!));
        Assert.DoesNotContain("nuget", disclosure.ToJsonString(), StringComparison.Ordinal);
        foreach (var (language, role, expired) in new[] { ("en", "Runs the building", "until 2020-01-31 (expired)"), ("fr", "Exploite le bâtiment", "jusqu&#x27;au 31/01/2020 (expiré)") })
        {
            using var answer = await nobody.GetAsync("/sovereignty?lang=" + language, Cancel);
            var page = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
            Assert.Contains(role, page, StringComparison.Ordinal);
            Assert.Contains(expired, page, StringComparison.Ordinal);
            Assert.Contains("Site &lt;b&gt;Nord&lt;/b&gt;", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotMatch(new Regex("(compliant|qualified|conforme|qualifié)", RegexOptions.IgnoreCase), page);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            // The style on the page is the one that the policy lets in.
            var style = Regex.Match(page, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
            Assert.Contains(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style))), policy, StringComparison.Ordinal);
        }

        using var preferring = new HttpRequestMessage(HttpMethod.Get, "/sovereignty");
        preferring.Headers.Add("Accept-Language", "fr-FR");
        Assert.Contains("<html lang=\"fr\">", await (await nobody.SendAsync(preferring, Cancel)).Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        // It is the customers' and the public's side; the register itself is for who is signed in.
        using var atOperators = _server.Client(null, Side.Operator);
        Assert.Equal(HttpStatusCode.NotFound, (await atOperators.GetAsync("/sovereignty", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync(Entries, Cancel)).StatusCode);
    }

    private async Task<JsonNode> PutAsync(string id, string json)
    {
        var response = await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, $"/operator{Entries}/{id}", json);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancel));
        return await TestServer.BodyAsync(response);
    }

    private async Task<Dictionary<string, string>> ServicesAsync(string query)
    {
        var response = await _server.Alice.GetAsync(Simulation + query, Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancel));
        return (await TestServer.BodyAsync(response))["services"]!.AsArray().ToDictionary(s => (string)s!["id"]!, s => (string)s!["when"]!);
    }
}
