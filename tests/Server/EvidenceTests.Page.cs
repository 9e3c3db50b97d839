using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Services.Evidence.Frameworks;

namespace Beffroi.Server.Tests;

/// <summary>Since when something holds, what is a matter of organisation, and whose word there is: the same in the API, on the page in both languages, and in OSCAL.</summary>
public sealed partial class EvidenceTests
{
    [Fact]
    public async Task Since_when_stays_while_the_same_is_found_and_begins_anew_with_a_lapse()
    {
        await RunAsync("insert into platform.organization_safeguards (organization_id, deletion_grace_hours, immediate_deletion, two_person_rule) select id, 168, false, true from platform.organizations where name = 'demo'");
        await RoundAsync();
        // As it would be after some days.
        await RunAsync("update platform.evidence_findings set since = since - interval '3 days'");
        var first = await FindingAsync("two-persons");
        await RoundAsync();
        var second = await FindingAsync("two-persons");
        Assert.Equal((first.State, first.Since), ("holds", second.Since));
        Assert.True(second.Observed > first.Observed);
        var shown = await SinceAsync("two-persons");

        await RunAsync("update platform.organization_safeguards set two_person_rule = false");
        await RoundAsync();
        var lapsed = await FindingAsync("two-persons");
        Assert.Equal(("fails", lapsed.Observed), (lapsed.State, lapsed.Since));
        Assert.True(lapsed.Since > second.Observed);
        Assert.NotEqual(shown, await SinceAsync("two-persons"));
        await RoundAsync();
        Assert.Equal(lapsed.Since, (await FindingAsync("two-persons")).Since);
    }

    [Fact]
    public async Task A_page_lists_what_is_a_matter_of_organisation_as_such_and_says_whose_word_there_is_until_when()
    {
        var files = Files((await BundleAsync()).Bundle);
        var until = DateOnly.Parse(InHalfAYear, CultureInfo.InvariantCulture);
        var requirements = Framework.All["secnumcloud-3.2"].Rows.Where(r => r.Level == "requirement").ToList();
        foreach (var (language, organisational, attested) in new[]
        {
            ("en", "organisational", $"Attested by alice (customer) until {until:yyyy-MM-dd}."),
            ("fr", "organisationnel", $"Attesté par alice (commanditaire) jusqu'au {until:dd'/'MM'/'yyyy}."),
        })
        {
            var page = WebUtility.HtmlDecode(Text(files, $"evidence.{language}.html"));
            var rows = requirements.ToDictionary(r => r.Id, r => Regex.Match(page, $"<tr><td>{Regex.Escape(r.Id)}</td>.*?</tr>", RegexOptions.Singleline).Value);
            Assert.Contains(requirements, r => r.Kind == "organisational");
            Assert.All(requirements, r => Assert.Equal((r.Id, r.Kind == "organisational"), (r.Id, Regex.IsMatch(rows[r.Id], $"<small>{organisational}[<,]"))));
            Assert.Contains(attested, rows["5.2.d"], StringComparison.Ordinal);
            Assert.Equal(1, Regex.Count(page, Regex.Escape(attested)));
        }
    }

    private async Task<(string State, DateTimeOffset Since, DateTimeOffset Observed)> FindingAsync(string check)
    {
        var finding = (await TestServer.BodyAsync(await _server.Alice.GetAsync(Evidence + "/findings", Cancel)))["items"]!.AsArray().Single(f => (string)f!["check"]! == check)!;
        return ((string)finding["state"]!, (DateTimeOffset)finding["since"]!, (DateTimeOffset)finding["observedAt"]!);
    }

    /// <summary>Since when, as a bundle says it now, in each of its documents: they say the same, and are of the same moment.</summary>
    private async Task<DateTimeOffset> SinceAsync(string check)
    {
        var path = _folder + "/since.zip";
        await _server.LedgerIntegratedAsync();
        await File.WriteAllBytesAsync(path, await _server.Alice.GetByteArrayAsync(SecNumCloud + "/bundle", Cancel), Cancel);
        var files = Files(path);
        var evidence = JsonNode.Parse(files["evidence.json"])!;
        var (at, since) = ((DateTimeOffset)evidence["at"]!, (DateTimeOffset)evidence["findings"]!.AsArray().Single(f => (string)f!["check"]! == check)!["since"]!);
        Assert.Equal((await FindingAsync(check)).Since, since);

        var results = JsonNode.Parse(files["oscal/assessment-results.json"])!["assessment-results"]!;
        var properties = results["results"]![0]!["observations"]!.AsArray().Select(o => o!["props"]!.AsArray().ToDictionary(p => (string)p!["name"]!, p => (string)p!["value"]!)).Single(p => p["check"] == check);
        Assert.Equal(Seconds(since), properties["since"]);
        Assert.Equal([Seconds(at), Seconds(at)], [(string)results["metadata"]!["last-modified"]!, (string)results["results"]![0]!["end"]!]);
        foreach (var (language, format) in ((string, string)[])[("en", "yyyy-MM-dd HH:mm 'UTC'"), ("fr", "dd'/'MM'/'yyyy HH:mm 'UTC'")])
        {
            var page = Text(files, $"evidence.{language}.html");
            var row = Regex.Match(page, $"<tr id=\"{check}\">.*?</tr>", RegexOptions.Singleline).Value;
            Assert.Contains($"</td><td>{Minutes(since)}</td><td>", row, StringComparison.Ordinal);
            Assert.Contains($"</h1>\n<p>{Minutes(at)}</p>", page, StringComparison.Ordinal);

            string Minutes(DateTimeOffset time) => time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
        }

        return since;

        static string Seconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
    }
}
