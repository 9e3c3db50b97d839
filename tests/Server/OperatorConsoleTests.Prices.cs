using System.Net;

namespace Beffroi.Server.Tests;

public sealed partial class OperatorConsoleTests
{
    [Fact]
    public async Task Prices_are_declared_and_shown_with_sums_of_organizations_and_no_name_of_what_they_have()
    {
        const string Page = "/console/prices";
        using var sam = await SamAsync();
        await SignInAsync(sam);
        Assert.Equal(HttpStatusCode.OK, await sam.Browser.GetAsync(Page, "fr"));
        Assert.Contains("Aucun tarif n’est déclaré : rien n’a de prix.", Text(sam), StringComparison.Ordinal);
        await ExecuteAsync("""
            insert into platform.usage_hours (resource_id, hour, organization_id, space_id, space, kind, name, running_seconds, stopped_seconds, node_seconds, cpu_seconds, memory_byte_seconds,
                storage_byte_seconds)
            select gen_random_uuid(), date_trunc('day', now(), 'UTC'), o.id, s.id, s.name, 'postgres', 'dossiers', 3600, 0, 3600, 7200, 1, 1
            from platform.organizations o join platform.spaces s on s.organization_id = o.id where o.name = 'demo' and s.name = 'eval'
            """);
        (string, string)[] typed =
        [
            ("form", Proof(sam)), ("from", "yesterday"), ("currency", "euro"), ("cpu", "much"), ("memory", "0,0042"), ("storage", "0.00014"), ("backup", "0"),
        ];
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await sam.Browser.PostAsync(Page, typed));
        Assert.Matches("(?s)id=\"from-wrong\".*id=\"currency-wrong\".*EUR.*id=\"cpu-wrong\".*0 to 1000000", sam.Browser.Page);
        Assert.DoesNotContain("memory-wrong", sam.Browser.Page, StringComparison.Ordinal);
        (typed[1], typed[2], typed[3]) = (("from", DateTime.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)), ("currency", "EUR"), ("cpu", "0.02"));
        Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(Page, typed));
        Assert.Equal(HttpStatusCode.OK, await sam.Browser.GetAsync(Page, "fr"));
        Assert.Matches("(?s)en vigueur.*0,02\u00a0€.*0,0042\u00a0€.*demo</a>.*0,04\u00a0€", Text(sam));
        Assert.DoesNotMatch("eval|dossiers", Text(sam));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await sam.Browser.PostAsync(Page, typed));

        using var ada = await SamAsync("platform-auditor", "ada");
        await SignInAsync(ada);
        Assert.Equal(HttpStatusCode.OK, await ada.Browser.GetAsync(Page, "en"));
        Assert.Matches("(?s)€0\\.02.*demo</a>.*€0\\.04", Text(ada));
        typed[0] = ("form", Proof(ada));
        Assert.Equal(HttpStatusCode.Forbidden, await ada.Browser.PostAsync(Page, typed));
    }
}
