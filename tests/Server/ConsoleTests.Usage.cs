using System.Net;

namespace Beffroi.Server.Tests;

/// <summary>The console's pages on what was used and what it costs.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task What_a_month_cost_is_shown_and_what_a_database_would_cost_as_one_chooses()
    {
        const string Usage = "/console/usage", Form = "/console/spaces/eval/new-postgres";
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form, "fr"));
        Assert.Contains("Aucun tarif n’est déclaré : rien n’a de prix.", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console", "fr"));
        Assert.Matches("(?s)Coût ce mois-ci : .*pas de prix", Text(bob));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Usage, "en"));
        Assert.Contains("Nothing was recorded in this month.", Text(bob), StringComparison.Ordinal);

        await ExecuteAsync("""
            insert into platform.price_lists (holds_from, content, declared_by)
                values ('2025-01-01', '{"from":"2025-01-01","currency":"EUR","cpuHour":600.25,"memoryGiBHour":0,"storageGiBHour":0,"backupGiBHour":0}', 'operator:sam');
            insert into platform.usage_hours (resource_id, hour, organization_id, space_id, space, kind, name, running_seconds, stopped_seconds, node_seconds, cpu_seconds, memory_byte_seconds,
                storage_byte_seconds)
            select gen_random_uuid(), date_trunc('month', now(), 'UTC'), o.id, s.id, s.name, 'postgres', 'gone', 3600, 0, 3600, 7200, 1, 1
            from platform.organizations o join platform.spaces s on s.organization_id = o.id where o.name = 'demo' and s.name = 'eval'
            """);
        foreach (var page in (string[])[Usage, "/console", "/console/spaces/eval"])
        {
            Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(page, "en"));
            Assert.Contains("€1,200.50", Text(bob), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(page, "fr"));
            Assert.Contains("1\u202f200,50\u00a0€", Text(bob), StringComparison.Ordinal);
        }

        await bob.Browser.GetAsync(Usage, "en");
        Assert.Contains("eval/gone (PostgreSQL)", Text(bob), StringComparison.Ordinal);
        Assert.Contains("Hours of resources of which it is not known what their backups took: 1.", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Usage + "?month=2025-03", "en"));
        Assert.Contains("Nothing was recorded in this month.", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Usage + "?month=never", "en"));
        Assert.Contains("€1,200.50", Text(bob), StringComparison.Ordinal);
        // Two CPUs in each of three nodes, 730 hours.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form + "?name=x&size=s2&storage=10GiB&availability=ha&retentionDays=7&protected=on", "en"));
        Assert.Contains("€2,629,095.00 a month of 730 hours", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form + "?name=x&size=s2&storage=much&availability=ha&retentionDays=7&protected=on", "en"));
        Assert.DoesNotContain("a month of 730 hours", Text(bob), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_change_comes_to_is_told_beside_what_it_is_now_and_takes_of_a_quota_only_what_is_more()
    {
        const string Form = "/console/spaces/eval/postgres/first/change", As = "&generation=1&retentionDays=7&protected=on";
        await ObservedAsync("first", "ready");
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form, "fr"));
        Assert.Contains("Aucun tarif n’est déclaré : rien n’a de prix.", Text(bob), StringComparison.Ordinal);
        await ExecuteAsync("""
            insert into platform.price_lists (holds_from, content, declared_by)
                values ('2025-01-01', '{"from":"2025-01-01","currency":"EUR","cpuHour":600.25,"memoryGiBHour":0,"storageGiBHour":0,"backupGiBHour":0}', 'operator:sam')
            """);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/spaces/eval/quota", """{ "cpus": 4, "resources": { "postgres": 1 } }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form, "fr"));
        Assert.Matches("1 nœud.*438\u202f182,50\u00a0€ par mois de 730 heures.*\\(aujourd’hui 438\u202f182,50\u00a0€\\)", Flat(bob));
        // One CPU is there already, and so is the database.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form + "?size=s2&storage=10GiB&availability=single" + As, "en"));
        Assert.Matches("€876,365.00 a month of 730 hours.*\\(now €438,182.50\\)", Flat(bob));
        Assert.Matches(">CPUs of the space</th> *<td[^>]*>4</td> *<td[^>]*>1</td> *<td[^>]*>2</td>.*>Databases of the space</th> *<td[^>]*>1</td> *<td[^>]*>1</td> *<td[^>]*>0</td>", Flat(bob));
        Assert.DoesNotContain("more than is left of a quota", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi postgres update first --space demo/eval --size s2", Text(bob), StringComparison.Ordinal);
        Assert.Contains("PUT /v1/organizations/demo/spaces/eval/postgres/first\nIf-Match: \"", Text(bob), StringComparison.Ordinal);
        // More than is left; and who takes no more than before needs nothing of what is left.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form + "?size=s2&storage=10GiB&availability=ha" + As, "en"));
        Assert.Contains("more than is left of a quota", Text(bob), StringComparison.Ordinal);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/spaces/eval/quota", """{ "cpus": 0 }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form, "en"));
        Assert.DoesNotContain("more than is left of a quota", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form + "?size=s2&storage=much&availability=ha" + As, "en"));
        Assert.DoesNotContain("a month of 730 hours", Text(bob), StringComparison.Ordinal);
        Assert.Equal(1, (long)(await FirstAsync())["generation"]!);
    }

    private static string Flat(SignedInPerson person) => System.Text.RegularExpressions.Regex.Replace(Text(person), "\\s*\n\\s*", " ");
}
