using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Policy;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Platform.Sovereignty;

namespace Beffroi.Platform.Tests.Sovereignty;

/// <summary>What a stated level stands beside: what contradicts it, what nobody declared, and what is known whatever is stated.</summary>
public sealed class SealTests
{
    private static readonly DateOnly Today = new(2026, 12, 3);
    private static readonly DateTimeOffset Now = new(2026, 12, 3, 9, 0, 0, TimeSpan.Zero), Then = Now.AddDays(-7);
    private static readonly HostingRole Role = new(new("Runs it", "L'exploite"), [1]);

    // Of which everything is declared, and nothing speaks against any level.
    private static readonly ZoneDeclaration Sovereign = new(
        "FR", "Hospital group", false, "vm", [new("north", "FR")], [new("Region", false, 100, 100)], [new("hds", "Body", "H1", Today.AddDays(-9), Today.AddDays(9), [1])], []);

    private static readonly RegisterEntry[] Within =
    [
        Entry("maker", "supplier") with { Jurisdiction = "FR" },
        Entry("racks", "hardware") with { Supplier = "maker", Carries = [new("postgres")] },
        Entry("site", "service") with { Supplier = "maker", Hosting = Role },
        // A program of the images, without which nobody knows what they consist of.
        Entry("debian:patroni", "software") with { Source = "image", Version = "4", LicenceKind = "free" },
        Entry("postgres", "beffroi-service"),
    ];

    [Fact]
    public void The_framework_is_whole_and_each_rule_has_its_source_in_both_languages()
    {
        var book = SealBook.This;
        Assert.Equal(Enumerable.Range(1, 8).Select(n => $"SOV-{n}"), book.Objectives.Select(o => o.Id));
        // Cloud Sovereignty Framework 1.2.1.
        Assert.Equal([15, 10, 10, 15, 20, 15, 10, 5], book.Objectives.Select(o => o.Weight));
        Assert.Equal([0, 1, 2, 3, 4], book.Levels.Select(l => l.Level));
        Assert.Equal(book.Rules.Select(r => r.Id).Distinct(), book.Rules.Select(r => r.Id));
        // All that code can look at is asked for, and nothing else.
        Assert.Equal(SealRules.Known.Order(StringComparer.Ordinal), book.Rules.Select(r => r.Asks).Order(StringComparer.Ordinal));
        Assert.All(book.Rules, r =>
        {
            Assert.InRange(r.From, 1, 4);
            Assert.NotEmpty(r.Objectives);
            Assert.All(r.Objectives, o => Assert.NotNull(book.Find(o)));
            Assert.Equal(r.Asks == "holdings", r.Holdings is not null);
        });
        Assert.All(
            [.. book.Levels.Select(l => l.Text), .. book.Objectives.Select(o => o.Title), .. book.Rules.SelectMany(r => new[] { r.Text, r.Source })],
            t => Assert.False(string.IsNullOrWhiteSpace(t.En) || string.IsNullOrWhiteSpace(t.Fr)));
    }

    [Fact]
    public void Nothing_contradicts_the_highest_level_where_all_is_declared_and_within_the_Union()
    {
        var sheet = Sheet(Sovereign, Within, All(4));
        Assert.All(sheet.Objectives, o => Assert.Empty(o.ContradictedBy.Concat(o.NotDeclared)));
        Assert.Equal(new SovereigntyTotal(4, 4, 0), sheet.Total);
    }

    [Fact]
    public void An_objective_of_which_nothing_is_stated_has_no_level_no_doubt_and_the_sheet_no_total()
    {
        var seven = All(4);
        seven.Remove("SOV-8");
        var sheet = Sheet(new ZoneDeclaration("US"), Within, seven);
        Assert.Equal(["SOV-8"], sheet.NotStated);
        Assert.Null(sheet.Total);
        Assert.Null(sheet.Objectives[7].Stated);

        var nothing = Sheet(new ZoneDeclaration("US"), Within, []);
        Assert.Equal(8, nothing.NotStated.Count);
        Assert.All(nothing.Objectives, o => Assert.Empty(o.ContradictedBy.Concat(o.NotDeclared)));
        // What is known is told all the same, and of the environment nothing is.
        Assert.All(nothing.Objectives, o => Assert.Equal(o.Id == "SOV-8", o.Facts.Count == 0));
    }

    [Fact]
    public void A_total_weighs_every_objective_and_says_how_low_the_lowest_is()
    {
        var stated = All(2);
        stated["SOV-5"] = Stated(0);
        stated["SOV-8"] = Stated(4);
        // (80 - 5) of 100 have 2, 20 have none, 5 have 4.
        Assert.Equal(new SovereigntyTotal(1.7m, 0, 0), Sheet(Sovereign, Within, stated).Total);
        Assert.Equal(3, Sheet(Sovereign with { Country = "US" }, Within, All(3)).Total!.Contradicted);
    }

    public static TheoryData<string, string[], int, string> Contradictions => new()
    {
        { "controls", ["SOV-1"], 3, "seal-holder-controls" },
        { "large", ["SOV-1"], 4, "seal-holdings" },
        { "through", ["SOV-1"], 4, "seal-holdings" },
        { "many", ["SOV-1"], 4, "seal-holdings" },
        { "country", ["SOV-1", "SOV-2", "SOV-4"], 3, "seal-operator-country" },
        { "law", ["SOV-2"], 4, "seal-foreign-law" },
        { "party-law", ["SOV-2"], 4, "seal-foreign-law" },
        { "party-told", ["SOV-2"], 4, "seal-foreign-law" },
        { "site", ["SOV-3"], 4, "seal-storage" },
        { "access", ["SOV-4"], 4, "seal-access" },
        { "supplier", ["SOV-5"], 4, "seal-suppliers" },
        { "owner", ["SOV-5"], 4, "seal-suppliers" },
        { "licence", ["SOV-6"], 4, "seal-licences" },
    };

    [Theory, MemberData(nameof(Contradictions))]
    public void What_can_not_be_with_a_level_is_told_beside_it_from_that_level_on(string what, string[] objectives, int from, string rule)
    {
        var (zone, register) = Changed(what);
        Assert.All(objectives, id =>
        {
            var one = Objective(Sheet(zone, register, All(from)), id);
            var doubt = Assert.Single(one.ContradictedBy, d => d.Rule == rule);
            Assert.False(string.IsNullOrWhiteSpace(doubt.Found.En) || string.IsNullOrWhiteSpace(doubt.Found.Fr));
            Assert.DoesNotContain(one.NotDeclared, d => d.Rule == rule);
            // The level stays what the operator said.
            Assert.Equal(from, one.Stated!.Level);
            Assert.DoesNotContain(Objective(Sheet(zone, register, All(from - 1)), id).ContradictedBy, d => d.Rule == rule);
        });
        Assert.DoesNotContain(Sheet(zone, register, All(4)).Objectives.Where(o => !objectives.Contains(o.Id)).SelectMany(o => o.ContradictedBy), d => d.Rule == rule);
    }

    [Fact]
    public void What_nobody_declared_contradicts_nothing_and_bears_nothing_out()
    {
        var sheet = Sheet(new ZoneDeclaration(), [Entry("postgres", "beffroi-service")], All(4));
        Assert.All(sheet.Objectives, o => Assert.Empty(o.ContradictedBy));
        Assert.Equal(
            [
                "SOV-1 seal-holder-controls", "SOV-1 seal-holdings", "SOV-1 seal-operator-country", "SOV-2 seal-operator-country", "SOV-2 seal-foreign-law", "SOV-3 seal-storage",
                "SOV-4 seal-operator-country", "SOV-4 seal-access", "SOV-5 seal-suppliers",
            ],
            sheet.Objectives.SelectMany(o => o.NotDeclared.Select(d => $"{o.Id} {d.Rule}")));
        Assert.Equal(0, sheet.Total!.Contradicted);

        // A supplier of whom nobody told under which law it is, and shares that nobody declared.
        var unknown = Sheet(Sovereign with { Owners = [new("Region", false, 70, 70)] }, [.. Within, Entry("somebody", "supplier"), Entry("link", "service") with { Supplier = "somebody", Carries = [new("postgres")] }], All(4));
        Assert.Equal(["SOV-1 seal-holdings", "SOV-5 seal-suppliers"], unknown.Objectives.SelectMany(o => o.NotDeclared.Select(d => $"{o.Id} {d.Rule}")));
        Assert.Contains("postgres (at once, through somebody)", Objective(unknown, "SOV-5").NotDeclared[0].Found.En, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dependency_is_critical_if_a_service_stops_with_it_and_what_is_free_runs_on()
    {
        var library = Entry("library", "software") with { Supplier = "us", Stops = "never", LicenceKind = "free", Carries = [new("postgres")] };
        var us = Entry("us", "supplier") with { Jurisdiction = "US" };
        Assert.Empty(Sheet(Sovereign, [.. Within, us, library], All(4)).Objectives.SelectMany(o => o.ContradictedBy));
        var bought = Sheet(Sovereign, [.. Within, us, library with { Stops = "at-failure", LicenceKind = "subscription" }], All(4));
        Assert.Equal("Without suppliers outside the European Economic Area, these stop: postgres (at the next failure, through us).", Objective(bought, "SOV-5").ContradictedBy.Single().Found.En);
        Assert.Equal("seal-licences", Objective(bought, "SOV-6").ContradictedBy.Single().Rule);
    }

    [Fact]
    public void Facts_are_dated_and_say_from_where_they_are()
    {
        var (zone, register) = Changed("law");
        var sheet = Sheet(zone with { Owners = [new("Fund", true, 19.5m, 10, null, true)] }, [.. register.Select(e => e with { ChangedAt = Now.AddDays(-2) })], []);
        string[] Facts(string id) => [.. Objective(sheet, id).Facts.Select(f => $"{f.Source} {f.ChangedAt:yyyy-MM-dd} {f.Text.En}")];
        Assert.Contains("zone 2026-11-26 Fund, outside the European Union, has 19.5 % of the capital and 10 % of the votes of the operator, and a veto or most of a governing body.", Facts("SOV-1"));
        Assert.Contains("zone 2026-11-26 CLOUD Act (US), through maker, as of 2026-11-01: Encrypted.", Facts("SOV-2"));
        Assert.Contains("platform  Each organization has a key of its own, over every key of its data. What can hold it here: software, vault (transit).", Facts("SOV-3"));
        Assert.Contains("register 2026-12-01 site: Runs it. Access from outside the European Economic Area: none, says the operator.", Facts("SOV-4"));
        Assert.Contains("register 2026-12-01 Suppliers, by the law that they are under: FR 1.", Facts("SOV-5"));
        Assert.Contains("register 2026-12-01 What stops at once if one supplier does: maker (FR): postgres.", Facts("SOV-5"));
        Assert.Contains("register 2026-12-01 Of 1 programs, packages and licences, 1 are free (100 %), 0 are bought, and of 0 nobody told.", Facts("SOV-6"));
        Assert.Equal(["zone 2026-11-26 hds: attested by Body, H1, from 2026-11-24 until 2026-12-12."], Facts("SOV-7"));
        Assert.Contains("(expired)", Objective(Sheet(Sovereign with { Qualifications = [new("hds", "Body", "H1", Today.AddDays(-9), Today.AddDays(-1), [1])] }, Within, []), "SOV-7").Facts.Single().Text.En, StringComparison.Ordinal);
    }

    private static (ZoneDeclaration Zone, RegisterEntry[] Register) Changed(string what)
    {
        static RegisterEntry[] With(params RegisterEntry[] more) => [.. Within, .. more];
        return what switch
        {
            "controls" => (Sovereign with { Owners = [new("Fund", true, 1, 1, null, true), new("Region", false, 99, 99)] }, Within),
            "large" => (Sovereign with { Owners = [new("Fund", true, 25, 0), new("Region", false, 75, 100)] }, Within),
            "through" => (Sovereign with { Owners = [new("Holding", false, 100, 100), new("Fund", true, 10, 25, "Holding"), new("Region", false, 90, 75, "Holding")] }, Within),
            "many" => (Sovereign with { Owners = [new("A", true, 20, 0), new("B", true, 20, 0), new("Region", false, 60, 100)] }, Within),
            "country" => (Sovereign with { Country = "US" }, Within),
            "law" => (Sovereign with { ForeignLaws = [new("CLOUD Act", "US", "maker", new DateOnly(2026, 11, 1), new("Encrypted.", "Chiffré."))] }, Within),
            "party-law" => (Sovereign, With(Entry("office", "service") with { Jurisdiction = "CH", Hosting = Role })),
            "party-told" => (Sovereign, With(Entry("office", "service") with { Jurisdiction = "FR", Hosting = Role with { ForeignLaw = new("US law.", "Droit américain.") } })),
            "site" => (Sovereign with { Sites = [new("north", "FR"), new("far", "IS")] }, Within),
            "access" => (Sovereign, With(Entry("office", "service") with { Jurisdiction = "FR", Hosting = Role with { Access = ["US"] } })),
            "supplier" => (Sovereign, With(Entry("us", "supplier") with { Jurisdiction = "US" }, Entry("link", "service") with { Supplier = "us", Carries = [new("postgres")] })),
            "owner" => (Sovereign, With(Entry("us", "supplier") with { Jurisdiction = "US" }, Entry("fr", "supplier") with { Jurisdiction = "FR", Supplier = "us" }, Entry("link", "service") with { Supplier = "fr", Carries = [new("postgres")] })),
            "licence" => (Sovereign, With(Entry("us", "supplier") with { Jurisdiction = "US" }, Entry("hypervisor", "software") with { Supplier = "us", LicenceKind = "subscription", Carries = [new("postgres")] })),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
    }

    private static SovereigntySheet Sheet(ZoneDeclaration zone, RegisterEntry[] register, Dictionary<string, StatedLevel> stated) => SovereigntySheets.Of(
        SealBook.This, new SealBasis(new Zone("local", zone, 0, 0, Then), register, [("software", "software"), ("vault", "transit")], Today), stated, Now);

    private static SovereigntyObjective Objective(SovereigntySheet sheet, string id) => sheet.Objectives.Single(o => o.Id == id);

    private static Dictionary<string, StatedLevel> All(int level) => SealBook.This.Objectives.ToDictionary(o => o.Id, _ => Stated(level));

    private static StatedLevel Stated(int level) => new(level, new LocalText("Because.", "Parce que."), "operator:olga", Then);

    private static RegisterEntry Entry(string id, string kind) => new(id, kind, id, kind == "beffroi-service" ? "product" : "operator", kind == "beffroi-service" ? "never" : "at-once", new LocalText("why", "pourquoi"), []);
}
