using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Platform.Sovereignty;
using CsCheck;

namespace Beffroi.Platform.Tests.Sovereignty;

/// <summary>What stops and when: by examples, and for graphs of any shape by the definition, written here without the order in which the product settles it.</summary>
public sealed class OutageTests
{
    private static readonly DateOnly Today = new(2026, 11, 27);

    private static readonly Gen<RegisterEntry> AnyEntry = Gen.Select(
        OneOf("supplier", "software", "hardware", "beffroi-service"),
        OneOf("at-once", "at-expiry", "at-failure", "never"),
        Gen.Int[-1, 14],
        Gen.Select(Gen.Int[0, 14], OneOf("at-once", "at-failure", null)).Array[0, 4],
        OneOf<string?>(null, null, "pair", "other"),
        Gen.Int[-40, 400],
        (kind, stops, supplier, carries, redundancy, days) => Entry(
            "", kind, stops, supplier < 0 ? null : "e" + supplier, redundancy, days > 300 ? null : Today.AddDays(days), [.. carries.Select(c => new CarriedEntry("e" + c.Item1, c.Item2))]));

    private static readonly Gen<RegisterEntry[]> Registers = AnyEntry.Array[1, 15].Select(all => all.Select((e, i) => e with { Id = "e" + i }).ToArray());

    [Fact]
    public void Each_way_to_fail_reaches_what_depends_on_it_with_the_chain_and_the_reason()
    {
        RegisterEntry[] register =
        [
            Entry("maker", "supplier", "at-once"),
            Entry("owned", "supplier", "at-once", "maker"),
            Entry("portal", "service", "at-once", "owned", carries: [new("console")]),
            Entry("racks", "hardware", "at-failure", "maker", carries: [new("hosts")]),
            Entry("hosts", "software", "never", carries: [new("postgres"), new("keys")]),
            Entry("contract", "licence", "at-expiry", "maker", expires: Today.AddDays(30), carries: [new("keys")]),
            Entry("library", "software", "never", "maker", carries: [new("ledger")]),
            .. Services("console", "postgres", "keys", "ledger"),
        ];
        var simulation = Simulations.Run(register, ["maker"], [], Today);

        Assert.Equal(
            [
                "console at-once  maker>owned>portal>console",
                "keys at-expiry 2026-12-27 maker>contract>keys",
                "keys at-failure  maker>racks>hosts>keys",
                "postgres at-failure  maker>racks>hosts>postgres",
                "ledger never  ",
            ],
            simulation.Services.Select(Line));
        Assert.Equal(["owned", "portal", "contract", "racks", "hosts"], simulation.Stopping.Select(s => s.Id));
        Assert.Equal("why racks", simulation.Services[3].Reason.En);
        Assert.Equal(["library"], simulation.GoingOn.Select(s => s.Id));
        Assert.Equal(["maker"], simulation.Suppliers);
    }

    [Fact]
    public void What_has_expired_already_stops_at_once_and_an_unknown_expiry_may_be_any_day()
    {
        RegisterEntry[] register =
        [
            Entry("s", "supplier", "at-once"),
            Entry("over", "licence", "at-expiry", "s", expires: Today.AddDays(-1)),
            Entry("last-day", "licence", "at-expiry", "s", expires: Today),
            Entry("untold", "licence", "at-expiry", "s"),
        ];
        Assert.Equal(["over at-once  s>over", "untold at-expiry  s>untold", "last-day at-expiry 2026-11-27 s>last-day"], Simulations.Run(register, ["s"], [], Today).Stopping.Select(Line));
    }

    [Fact]
    public void What_two_carry_together_stops_when_the_second_has()
    {
        RegisterEntry[] register =
        [
            Entry("a", "supplier", "at-once"), Entry("b", "supplier", "at-once"),
            Entry("link-a", "service", "at-once", "a", "network", carries: [new("console")]),
            Entry("link-b", "service", "at-failure", "b", "network", carries: [new("console")]),
            .. Services("console"),
        ];
        Assert.Equal("never", Simulations.Run(register, ["a"], [], Today).Services.Single().When);
        Assert.Equal("never", Simulations.Run(register, ["b"], [], Today).Services.Single().When);
        var both = Simulations.Run(register, ["a", "b"], [], Today).Services.Single();
        Assert.Equal(("at-failure", "b>link-b>console"), (both.When, string.Join('>', both.Chain)));
    }

    [Fact]
    public void A_country_takes_its_suppliers_and_what_is_itself_under_its_law()
    {
        RegisterEntry[] register =
        [
            Entry("us", "supplier", "at-once") with { Jurisdiction = "US" },
            Entry("fr", "supplier", "at-once") with { Jurisdiction = "FR" },
            Entry("who", "supplier", "at-once"),
            Entry("daughter", "supplier", "at-once", "us"),
            Entry("site", "service", "at-once", "fr", carries: [new("postgres")]) with { Jurisdiction = "US" },
            Entry("desk", "service", "at-once", "fr", carries: [new("keys")]),
            Entry("tool", "software", "never", "who"),
            .. Services("postgres", "keys"),
        ];
        var simulation = Simulations.Run(register, [], ["US"], Today);
        Assert.Equal(["us"], simulation.Suppliers);
        Assert.Equal(["daughter", "site"], simulation.Stopping.Select(s => s.Id).Order(StringComparer.Ordinal));
        Assert.Equal(["at-once", "never"], simulation.Services.Select(s => s.When));
        Assert.Equal(["who"], simulation.UnknownJurisdiction);
        Assert.Empty(Simulations.Run(register, ["us"], [], Today).UnknownJurisdiction);
    }

    [Fact]
    public void Any_graph_is_settled_as_the_definition_says_whatever_its_cycles() => Gen.Select(Registers, Gen.Int[0, 14].HashSet[0, 6], Gen.Bool).Sample((register, gone, ignoring) =>
    {
        var ids = gone.Select(i => "e" + i).ToHashSet();
        var settled = Outage.Of(register, ids, Today, ignoring);
        var defined = Definition(register, ids, ignoring);
        Assert.Equal(defined.Order(), settled.Select(s => (s.Key, s.Value.Moment)).Order());
        foreach (var stopped in settled.Values)
        {
            // A chain begins where the outage does, has nothing twice, and never gets sooner on its way.
            var chain = stopped.Chain();
            Assert.Contains(chain[0], ids);
            Assert.Equal(chain.Distinct(), chain);
            Assert.Equal(stopped.Entry.Id, chain[^1]);
            Assert.True(stopped.Through is null || stopped.Through.Moment.CompareTo(stopped.Moment) <= 0);
        }
    });

    [Fact]
    public void More_suppliers_gone_never_means_that_less_stops_or_later() => Gen.Select(Registers, Gen.Int[0, 14].HashSet[0, 6], Gen.Int[0, 14].HashSet[0, 6], Gen.Bool).Sample((register, some, others, ignoring) =>
    {
        var few = Outage.Of(register, some.Select(i => "e" + i).ToHashSet(), Today, ignoring);
        var many = Outage.Of(register, some.Concat(others).Select(i => "e" + i).ToHashSet(), Today, ignoring);
        Assert.All(few, stopped => Assert.True(many[stopped.Key].Moment.CompareTo(stopped.Value.Moment) <= 0));
    });

    [Fact]
    public void Everything_asked_of_is_told_once_and_nothing_both_stops_and_goes_on() => Gen.Select(Registers, Gen.Int[0, 14].HashSet[1, 6]).Sample((register, gone) =>
    {
        var suppliers = register.Where(e => e.Kind == "supplier").Select(e => e.Id).Intersect(gone.Select(i => "e" + i)).ToList();
        var simulation = Simulations.Run(register, suppliers, [], Today);
        Assert.Equal(register.Where(e => e.Kind == "beffroi-service").Select(e => e.Id).Order(StringComparer.Ordinal), simulation.Services.Select(s => s.Id).Distinct().Order(StringComparer.Ordinal));
        var stopping = simulation.Stopping.Concat(simulation.Services).Where(s => s.When != "never").ToList();
        Assert.Empty(stopping.Select(s => s.Id).Intersect(simulation.GoingOn.Select(s => s.Id)));
        Assert.Equal(stopping.Count, stopping.DistinctBy(s => (s.Id, s.When)).Count());
        Assert.All(stopping, s => Assert.Contains(s.Chain[0], suppliers));
    });

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string Line(SimulatedStop stop) => FormattableString.Invariant($"{stop.Id} {stop.When} {stop.On:yyyy-MM-dd} {string.Join('>', stop.Chain)}");

    private static IEnumerable<RegisterEntry> Services(params string[] ids) => ids.Select(id => Entry(id, "beffroi-service", "never"));

    private static RegisterEntry Entry(
        string id, string kind, string stops, string? supplier = null, string? redundancy = null, DateOnly? expires = null, CarriedEntry[]? carries = null) =>
        new(id, kind, id, "operator", stops, new LocalText("why " + id, "pourquoi " + id), carries ?? [], Supplier: supplier, Expires: expires, Redundancy: redundancy);

    /// <summary>The latest state that its rules allow: everything begins as never and is made sooner until nothing changes.</summary>
    private static HashSet<(string Id, Moment Moment)> Definition(RegisterEntry[] register, HashSet<string> gone, bool ignoring)
    {
        var moments = register.ToDictionary(e => e.Id, _ => Moment.NoMoment);
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var entry in register)
            {
                var own = Moment.Of(entry, Today, ignoring);
                var ways = new List<Moment>();
                if (gone.Contains(entry.Id))
                {
                    ways.Add(entry.Kind == "supplier" ? Moment.Now : own);
                }

                if (entry.Supplier is { } supplier && moments.TryGetValue(supplier, out var its))
                {
                    ways.Add(Moment.Later(its, own));
                }

                foreach (var together in register.Where(e => e.Carries.Any(c => c.Id == entry.Id)).GroupBy(e => e.Redundancy ?? "alone " + e.Id))
                {
                    ways.Add(together.Max(e => Moment.Later(moments[e.Id], e.Carries.Where(c => c.Id == entry.Id).Min(c => Moment.Of(c)))));
                }

                var soonest = ways.Append(Moment.NoMoment).Min();
                changed |= soonest.CompareTo(moments[entry.Id]) < 0;
                moments[entry.Id] = soonest;
            }
        }

        return [.. moments.Where(m => m.Value != Moment.NoMoment).Select(m => (m.Key, m.Value))];
    }
}
