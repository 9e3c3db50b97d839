using Beffroi.Contracts.Policy;
using Beffroi.Platform.Policy;
using CsCheck;

namespace Beffroi.Platform.Tests.Policy;

public sealed class HoldingsTests
{
    [Fact]
    public void Shares_are_multiplied_along_chains_and_added()
    {
        // Fund holds 50 % of Holding, which has 60 % of the operator, and 5 % directly.
        ZoneOwner[] owners =
        [
            new("Holding", false, 60, 80), new("Region", false, 35, 15), new("Fund", true, 5, 5),
            new("Fund", true, 50, 25, "Holding"), new("Family", false, 50, 75, "Holding"),
        ];
        var (capital, votes) = (new Holdings(owners, o => o.Capital), new Holdings(owners, o => o.Votes));
        Assert.Equal(35m, capital.Of("Fund"));
        Assert.Equal(25m, votes.Of("Fund"));
        Assert.Equal((35m, 0m, 30m), (capital.Outside, capital.Undeclared, capital.Of("Family")));
        Assert.Equal(("Fund", 25m), votes.Largest);
    }

    [Fact]
    public void What_is_held_through_one_outside_the_EU_is_counted_once_and_what_is_not_declared_is_told()
    {
        ZoneOwner[] owners = [new("Subsidiary", true, 20, 20), new("Parent", true, 100, 100, "Subsidiary"), new("Fund", false, 50, 50), new("Bank", false, 60, 60, "Fund")];
        var held = new Holdings(owners, o => o.Capital);
        Assert.Equal((20m, 20m), (held.Of("Subsidiary"), held.Of("Parent")));
        Assert.Equal(20m, held.Outside);
        // 30 of the operator itself, and two fifths of what Fund has.
        Assert.Equal(50m, held.Undeclared);
        Assert.Equal((0m, 100m), (new Holdings([], o => o.Capital).Outside, new Holdings([], o => o.Capital).Undeclared));
    }

    [Fact]
    public void Any_declaration_is_resolved_as_a_walk_down_all_chains_would() =>
        Declarations.Sample(owners =>
        {
            Assert.Empty(ZoneChecks.Check(new ZoneDeclaration(Owners: owners), []));
            var held = new Holdings(owners, o => o.Capital);
            foreach (var name in owners.Select(o => o.Name).Distinct())
            {
                Near(Chains(owners, null, 100).Where(c => c.Last == name).Sum(c => c.Share), held.Of(name));
            }

            // What they have who are held by nobody, and what nobody declared, is all of it.
            var ends = owners.Select(o => o.Name).Distinct().Where(n => !owners.Any(o => o.Through == n));
            Near(100, ends.Sum(held.Of) + new Holdings([.. owners.Select(o => o with { OutsideEu = false })], o => o.Capital).Undeclared);
            Assert.InRange(held.Outside, 0m, 100.0001m);
            Assert.InRange(held.Undeclared, 0m, 100.0001m);
            Assert.True(held.Outside + held.Undeclared <= 100.0001m);
            Assert.All(owners.Where(o => o.OutsideEu), o => Assert.True(held.Of(o.Name) <= held.Outside + 0.0001m));
        });

    [Fact]
    public void One_more_owner_within_the_EU_never_makes_the_outside_more_and_moving_one_outside_never_makes_it_less() =>
        Gen.Select(Declarations, Gen.Int[0, 20]).Where(x => x.Item1.Length > 0).Sample((owners, pick) =>
        {
            var one = owners[pick % owners.Length].Name;
            ZoneOwner[] moved = [.. owners.Select(o => o.Name == one ? o with { OutsideEu = true } : o)];
            Assert.True(new Holdings(moved, o => o.Capital).Outside >= new Holdings(owners, o => o.Capital).Outside - 0.0001m);
            ZoneOwner[] more = [.. owners, new("Newcomer", false, 0, 0)];
            Near(new Holdings(owners, o => o.Capital).Outside, new Holdings(more, o => o.Capital).Outside);
        });

    [Theory]
    [InlineData(24, 0, 76, true)]
    [InlineData(24.01, 0, 75.99, false)]
    [InlineData(20, 19, 61, true)]
    [InlineData(20, 19.01, 60.99, false)]
    [InlineData(0, 0, 76, true)]
    [InlineData(0, 0, 75.99, false)]
    [InlineData(20, 0, 61, true)]
    [InlineData(20, 0, 60.99, false)]
    public void The_thresholds_are_met_up_to_and_with_them(double one, double other, double within, bool met)
    {
        var rule = RuleBook.This.Rules.Single(r => r.Holdings is not null);
        Assert.Equal((24m, 39m), (rule.Holdings!.Each, rule.Holdings.Together));
        ZoneOwner[] owners = [new("A", true, (decimal)one, 0), new("B", true, (decimal)other, 0), new("C", false, (decimal)within, 100)];
        Assert.Equal(met, Requirements.Check(rule, new ZoneDeclaration(Owners: owners), new PolicyLimits(), default).Met);
        // The same of votes.
        owners = [.. owners.Select(o => o with { Capital = o.Votes, Votes = o.Capital })];
        Assert.Equal(met, Requirements.Check(rule, new ZoneDeclaration(Owners: owners), new PolicyLimits(), default).Met);
    }

    [Fact]
    public void A_veto_outside_the_EU_is_refused_whatever_the_share()
    {
        var rule = RuleBook.This.Rules.Single(r => r.Holdings is not null);
        ZoneOwner[] owners = [new("Golden", true, 0, 0, Controls: true), new("C", false, 100, 100)];
        Assert.False(Requirements.Check(rule, new ZoneDeclaration(Owners: owners), new PolicyLimits(), default).Met);
        Assert.True(Requirements.Check(rule, new ZoneDeclaration(Owners: [owners[0] with { OutsideEu = false }, owners[1]]), new PolicyLimits(), default).Met);
    }

    [Theory]
    [InlineData("circle", "A:B:10", "B:A:10")]
    [InlineData("in B, who holds nothing", "A:B:10")]
    [InlineData("More than all of the operator", "A::60", "B::60")]
    [InlineData("More than all of A", "A::10", "B:A:60", "C:A:60")]
    public void A_declaration_that_cannot_be_resolved_is_refused(string says, params string[] shares)
    {
        var owners = shares.Select(s => s.Split(':')).Select(p => new ZoneOwner(p[0], false, decimal.Parse(p[2], System.Globalization.CultureInfo.InvariantCulture), 0, p[1].Length > 0 ? p[1] : null)).ToArray();
        Assert.Contains(says, Assert.Single(ZoneChecks.Check(new ZoneDeclaration(Owners: owners), [])).Message, StringComparison.Ordinal);
    }

    /// <summary>Owners in layers: each has shares of the operator or of owners before it; nobody's holders have more than all.</summary>
    private static Gen<ZoneOwner[]> Declarations =>
        Gen.Select(Gen.Int[0, 8], Gen.Bool.Array[8], Gen.Select(Gen.Int[0, 100], Gen.Int[0, 7], Gen.Bool).Array[8]).Select((count, outside, picks) =>
        {
            var owners = new List<ZoneOwner>();
            var left = new Dictionary<string, decimal>(StringComparer.Ordinal);
            for (var i = 0; i < count; i++)
            {
                var (share, at, twice) = picks[i];
                foreach (var through in new[] { i == 0 ? null : at % (i + 1) == i ? null : "o" + (at % (i + 1)), null }.Take(twice ? 2 : 1).Distinct())
                {
                    var free = left.GetValueOrDefault(through ?? "", 100m);
                    var some = free * share / 100;
                    left[through ?? ""] = free - some;
                    owners.Add(new ZoneOwner("o" + i, outside[i], some, 0, through));
                }
            }

            return owners.ToArray();
        });

    private static IEnumerable<(string Last, decimal Share)> Chains(ZoneOwner[] owners, string? company, decimal share) =>
        owners.Where(o => o.Through == company).SelectMany(o => Chains(owners, o.Name, share * o.Capital / 100).Prepend((o.Name, share * o.Capital / 100)));

    private static void Near(decimal expected, decimal found) => Assert.InRange(found, expected - 0.0001m, expected + 0.0001m);
}
