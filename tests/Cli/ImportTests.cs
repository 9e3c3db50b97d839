using Beffroi.Hosts.Cli.Postgres.Import;

namespace Beffroi.Cli.Tests;

/// <summary>What is said of a database elsewhere before it is taken over; that it is, is tested on the installed product.</summary>
public sealed class ImportTests
{
    private static readonly SourceDatabase Plain = new(1 << 20, "UTF8", "C.UTF-8", 3, [], [], [], [], [], ["app"], 0, [], [], [], []);

    public static TheoryData<string, string> Findings => new()
    {
        { ImportFinding.Stops, "version 18" }, { ImportFinding.Stops, "already" }, { ImportFinding.Stops, "postgis" }, { ImportFinding.Stops, "another schema than public: hstore" },
        { ImportFinding.Stops, "run(text)" }, { ImportFinding.Stops, "on_ddl" }, { ImportFinding.Stops, "warehouse" }, { ImportFinding.Stops, "pg_read_all_data" },
        { ImportFinding.Stays, "Publications: p" }, { ImportFinding.Stays, "Subscriptions: s" }, { ImportFinding.Stays, "Tablespaces: fast" }, { ImportFinding.Stays, "work_mem=1GB" },
        { ImportFinding.Stays, "7 tables" }, { ImportFinding.Stays, "Roles" }, { ImportFinding.Changes, "of clinic" }, { ImportFinding.Changes, "LATIN1" }, { ImportFinding.Changes, "fr_FR.UTF-8" },
    };

    [Theory]
    [MemberData(nameof(Findings))]
    public void Whatever_does_not_come_along_as_it_is_is_said(string effect, string what)
    {
        var all = ImportFinding.Of(
            "there",
            new SourceDatabase(
                1, "LATIN1", "fr_FR.UTF-8", 3, [new("postgis", "public"), new("hstore", "tools"), new("vector", "public")], ["run(text)"], ["on_ddl"], ["warehouse"], ["public.secret"], ["app", "clinic"],
                7, ["p"], ["s"], ["fast"], ["work_mem=1GB"]),
            (18, 17), "here", 4, "app", ["hstore", "vector"]).ToList();
        Assert.Equal(Findings.Count, all.Count);
        Assert.Equal(effect, Assert.Single(all, f => f.What.Contains(what, StringComparison.Ordinal)).Effect);
        Assert.All(all, f => Assert.Equal("there", f.Database));
    }

    [Fact]
    public void Nothing_stops_one_that_can_come_and_only_roles_stay()
    {
        foreach (var (present, major) in ((int?, int)[])[(null, 17), (0, 17), (null, 12)])
        {
            var only = Assert.Single(ImportFinding.Of("a", Plain with { Extensions = [new("vector", "public")] }, (major, 17), "a", present, "app", ["vector"]));
            Assert.Equal(ImportFinding.Stays, only.Effect);
        }
    }

    [Fact]
    public void What_a_server_answers_is_read_with_any_name()
    {
        Assert.Equal(["a b", "é=\"x\""], SourceServer.Parse("""{"major" : 15, "databases" : ["a b", "é=\"x\""]}""").Databases);
        Assert.Equal(
            [new("public.\"a|b\"", 3), new("public.c", 0)],
            SourceDatabase.Counts("[\"public.\\\"a|b\\\"\", 3]\n[\"public.c\", 0]\n"));
    }
}
