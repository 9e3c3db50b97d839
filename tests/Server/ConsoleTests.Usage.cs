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
}
