using Beffroi.Contracts.Policy;
using Beffroi.Platform.Policy;
using CsCheck;

namespace Beffroi.Platform.Tests.Policy;

public sealed class EvaluationTests
{
    private static readonly DateOnly Today = new(2026, 12, 1);
    private static readonly SpaceLabel Health = Labels.Of("health"), Sensitive = Labels.Of("sensitive");
    private static readonly ZoneDeclaration Fit = new(
        "FR", "Operator", true, "vm", [new ZoneSite("north", "FR"), new ZoneSite("south", "DE")], [new ZoneOwner("Region", false, 100, 100)],
        [new("secnumcloud", "ANSSI", "S1", Today.AddDays(-10), Today), new("hds", "Body", "H1", Today.AddDays(-10), Today.AddDays(5), [1, 2]), new("hds", "Body", "H2", Today.AddDays(-10), Today.AddDays(9), [3, 4, 6])]);

    [Fact]
    public void A_zone_of_which_nothing_is_declared_holds_nothing_that_a_rule_asks_for()
    {
        Assert.Equal(["hds-certificate", "hds-eea", "health-vm"], Those(Run(Health, new ZoneDeclaration()), "refused"));
        Assert.Equal(["r9-qualification", "secnumcloud-19.6-holdings", "secnumcloud-19.2-eu"], Those(Run(Sensitive, new ZoneDeclaration()), "refused"));
        Assert.Equal(["not-applicable"], Run(Labels.Of("internal"), new ZoneDeclaration()).Select(r => r.Outcome).Distinct());
    }

    [Fact]
    public void What_is_declared_holds_on_its_days_and_no_longer()
    {
        Assert.Equal(["hds-certificate", "hds-eea", "health-vm"], Those(Run(Health, Fit), "satisfied"));
        Assert.Equal(3, Those(Run(Sensitive, Fit), "satisfied").Count);
        Assert.Equal(Today, Run(Sensitive, Fit)[0].Until);
        // Activities 1 and 2 end first.
        Assert.Equal(Today.AddDays(5), Run(Health, Fit).Single(r => r.Rule == "hds-certificate").Until);
        var lapsed = Run(Health, Fit, Today.AddDays(6)).Single(r => r.Rule == "hds-certificate");
        Assert.Equal("refused", lapsed.Outcome);
        Assert.Contains("activities 1, 2", lapsed.Why!.En, StringComparison.Ordinal);
        Assert.Contains("H1 of Body lapsed after 2026-12-06", lapsed.Why.En, StringComparison.Ordinal);
        Assert.Equal("refused", Run(Sensitive, Fit, Today.AddDays(1))[0].Outcome);
        Assert.Equal("refused", Run(Sensitive, Fit, Today.AddDays(-11))[0].Outcome);
    }

    [Theory]
    [InlineData("IS", "satisfied", "refused")]
    [InlineData("RE", "satisfied", "satisfied")]
    [InlineData("CH", "refused", "refused")]
    public void Storage_in_the_economic_area_is_not_storage_in_the_Union(string country, string eea, string eu)
    {
        var zone = Fit with { Sites = [.. Fit.Sites!, new ZoneSite("far", country)] };
        Assert.Equal(eea, Run(Health, zone).Single(r => r.Rule == "hds-eea").Outcome);
        Assert.Equal(eu, Run(Sensitive, zone).Single(r => r.Rule == "secnumcloud-19.2-eu").Outcome);
    }

    [Theory]
    [InlineData("state", true, true, true, true)]
    [InlineData("operator", true, true, true, true)]
    [InlineData("listed-gip", true, true, true, true)]
    [InlineData("hospital", true, true, true, false)]
    [InlineData("other", true, true, true, false)]
    [InlineData("state", false, true, true, false)]
    [InlineData("state", true, false, true, false)]
    [InlineData("state", true, true, false, false)]
    public void R9_applies_to_a_commercial_zone_to_secrets_whose_breach_harms_and_to_those_it_binds(string controller, bool commercial, bool secret, bool harm, bool applies)
    {
        var label = new SpaceLabel(controller, secret ? ["business"] : null, Harms: harm ? ["ip"] : null);
        var zone = new ZoneDeclaration(Commercial: commercial);
        Assert.Equal(applies, Run(label, zone)[0].Outcome == "refused");
        Assert.Equal(applies, Run(label with { Secret = null, EssentialMission = secret }, zone)[0].Outcome == "refused");
        Assert.Equal("refused", Run(label with { R9Chosen = true }, zone)[0].Outcome);
        // How sensitive it is does not depend on whom a rule binds.
        Assert.Equal(secret ? "sensitive" : "open", Labels.Classify(label));
    }

    [Fact]
    public void HDS_applies_to_personal_health_data_hosted_for_another()
    {
        Assert.Equal("not-applicable", Run(Health with { SelfHosted = true }, new ZoneDeclaration()).Single(r => r.Rule == "hds-certificate").Outcome);
        Assert.Equal("not-applicable", Run(Health with { Personal = false }, new ZoneDeclaration()).Single(r => r.Rule == "hds-certificate").Outcome);
        Assert.Equal("refused", Run(Health with { SelfHosted = true }, Fit with { Isolation = "container" }).Single(r => r.Rule == "health-vm").Outcome);
        Assert.Equal("satisfied", Run(Health, Fit with { Isolation = "confidential-vm" }).Single(r => r.Rule == "health-vm").Outcome);
    }

    [Fact]
    public void What_the_SNDS_asks_for_is_told_of_its_data_alone_and_is_never_taken_for_checked()
    {
        string[] duties = ["snds-pseudonyms", "snds-exits", "snds-traces"];
        Assert.All(duties, id => Assert.Equal("not-applicable", Run(Health, Fit).Single(r => r.Rule == id).Outcome));
        var snds = Health with { Snds = true };
        // Whatever the zone is, for real data as for an evaluation: it neither holds them nor refuses for them.
        Assert.All(
            [Run(snds, Fit), Run(snds, new ZoneDeclaration()), Run(snds with { Evaluation = true }, new ZoneDeclaration())],
            outcomes => Assert.Equal(duties, Those(outcomes, "not-checked")));
        var exits = Run(snds, Fit).Single(r => r.Rule == "snds-exits");
        Assert.Contains("Système national des données de santé", exits.Applies.En, StringComparison.Ordinal);
        Assert.Contains("none below 11 at the CASD", exits.Why!.En, StringComparison.Ordinal);
        Assert.Contains("aucun sous 11 au CASD", exits.Why.Fr, StringComparison.Ordinal);

        var decision = new PolicyDecision(Run(snds, Fit));
        Assert.Null(decision.Refusal);
        Assert.Equal(
            "policy: hds-certificate satisfied, hds-eea satisfied, health-vm satisfied, snds-pseudonyms not-checked, snds-exits not-checked, snds-traces not-checked", decision.Note!.ToString());
        Assert.EndsWith("Not checked here: snds-pseudonyms, snds-exits, snds-traces.", decision.Condition(DateTimeOffset.UnixEpoch).Message, StringComparison.Ordinal);
        // A space of which a part is not checked doesn't count as one that holds.
        Assert.Equal("policy: 1 space not-checked, 1 space satisfied", PolicyDecision.NoteOf([decision, new PolicyDecision(Run(Health, Fit))])!.ToString());
    }

    [Fact]
    public void An_evaluation_is_warned_of_what_would_be_refused_and_of_nothing_else()
    {
        foreach (var zone in new[] { new ZoneDeclaration(), Fit })
        {
            foreach (var label in new[] { Health, Sensitive })
            {
                Assert.Equal(
                    Run(label, zone).Select(r => (r.Rule, r.Outcome == "refused" ? "warned" : r.Outcome)),
                    Run(label with { Evaluation = true }, zone).Select(r => (r.Rule, r.Outcome)));
            }
        }
    }

    [Fact]
    public void A_derogation_is_from_the_rules_that_it_names_and_ends()
    {
        var derogation = new Derogation("d", ["r9-qualification", "secnumcloud-19.2-eu"], "s", "Minister", "2026-1", "https://a.example", Today.AddDays(3), "alice", default);
        var outcomes = Evaluation.Run(RuleBook.This, Sensitive, new ZoneDeclaration(), new PolicyLimits(), [derogation], Today);
        Assert.Equal(["r9-qualification", "secnumcloud-19.2-eu"], Those(outcomes, "derogated"));
        Assert.Equal(["secnumcloud-19.6-holdings"], Those(outcomes, "refused"));
        Assert.Equal(("d", Today.AddDays(3)), (outcomes[0].Derogation, outcomes[0].Until));
        Assert.Equal(3, Those(Evaluation.Run(RuleBook.This, Sensitive, new ZoneDeclaration(), new PolicyLimits(), [derogation], Today.AddDays(4)), "refused").Count);
        // Never from a rule that has none, even if one were in the store.
        Assert.Contains("hds-certificate", Those(Evaluation.Run(RuleBook.This, Health, new ZoneDeclaration(), new PolicyLimits(), [derogation with { Rules = ["hds-certificate"] }], Today), "refused"));
    }

    [Theory]
    [InlineData("FR,DE", null, "satisfied", "not-applicable")]
    [InlineData("FR", null, "refused", "not-applicable")]
    [InlineData(null, "north,south,west", "not-applicable", "satisfied")]
    [InlineData(null, "north", "not-applicable", "refused")]
    public void An_organization_limits_countries_and_sites_for_any_label(string? countries, string? sites, string country, string site)
    {
        var outcomes = Evaluation.Run(RuleBook.This, Labels.Of("open"), Fit, new PolicyLimits(countries?.Split(','), sites?.Split(',')), [], Today);
        Assert.Equal((country, site), (outcomes.Single(r => r.Rule == "own-countries").Outcome, outcomes.Single(r => r.Rule == "own-sites").Outcome));
    }

    [Fact]
    public void A_classification_is_short_for_a_label_that_amounts_to_it()
    {
        Assert.All(Labels.Classifications, c => Assert.Equal(c, Labels.Classify(Labels.Of(c))));
        Assert.All(Labels.Classifications, c => Assert.Empty(Labels.Check(Labels.Of(c))));
    }

    [Fact]
    public void To_state_more_lessens_nothing_and_back_again_does() =>
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool).Sample((secret, essential, harm, personal, r9, real) =>
        {
            var less = new SpaceLabel("other", null, Evaluation: true);
            var more = less with
            {
                Secret = secret ? ["medical"] : null,
                EssentialMission = essential,
                Harms = harm ? ["ip"] : null,
                Personal = personal,
                R9Chosen = r9,
                Evaluation = !real,
            };
            Assert.False(Labels.Lessens(less, more));
            Assert.Equal(secret || essential || harm || personal || r9 || real, Labels.Lessens(more, less));
        });

    [Fact]
    public void A_label_that_lessens_nothing_makes_no_rule_apply_less() =>
        Gen.Select(AnyLabel, AnyLabel).Sample((before, more) =>
        {
            var after = new SpaceLabel(
                PolicyFacts.Binds(before.Controller) ? before.Controller : more.Controller, [.. (before.Secret ?? []).Union(more.Secret ?? [])], before.EssentialMission || more.EssentialMission,
                [.. (before.Harms ?? []).Union(more.Harms ?? [])], before.Personal || more.Personal, before.Health || more.Health, before.Snds || more.Snds, before.R9Chosen || more.R9Chosen,
                before.SelfHosted && more.SelfHosted, before.Evaluation && more.Evaluation);
            Assert.False(Labels.Lessens(before, after));
            Assert.Subset(PolicyFacts.Of(after, Fit, new PolicyLimits()).ToHashSet(), PolicyFacts.Of(before, Fit, new PolicyLimits()).ToHashSet());
        });

    [Fact]
    public void Rules_have_a_source_in_both_languages_ask_for_one_thing_and_depend_on_known_facts()
    {
        var ids = RuleBook.Shown.Select(r => r.Id).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(RuleBook.Shown, r => Assert.All([r.Title, r.Text, r.Source], t => Assert.False(string.IsNullOrWhiteSpace(t.En) || string.IsNullOrWhiteSpace(t.Fr))));
        Assert.All(RuleBook.This.Rules, r =>
        {
            Assert.Single(new object?[] { r.Qualification, r.Holdings, r.Storage, r.Isolation, r.Limit, r.Duty ? r : null }.OfType<object>());
            Assert.NotEmpty(r.Applies);
            Assert.All(r.Applies.SelectMany(all => all), fact => Assert.Contains(fact, RuleBook.This.Facts.Keys));
            if (!r.Duty)
            {
                Requirements.Check(r, Fit, new PolicyLimits(), Today);
            }
        });
        // And every fact that a rule may ask for is one that somebody computes.
        var all = PolicyFacts.Of(
            new SpaceLabel("state", ["medical"], true, ["ip"], true, true, true, true), new ZoneDeclaration(), new PolicyLimits(["FR"], ["north"]));
        Assert.Equal(RuleBook.This.Facts.Keys.Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
    }

    private static Gen<SpaceLabel> AnyLabel => Gen.Select(Gen.Int[0, 4].Select(i => new[] { "state", "operator", "listed-gip", "hospital", "other" }[i]), Gen.Bool.Array[9], (controller, b) => new SpaceLabel(
        controller, b[0] ? ["medical"] : null, b[1], b[2] ? ["ip"] : [], b[3], b[4], b[5], b[6], b[7], b[8]));

    private static IReadOnlyList<RuleOutcome> Run(SpaceLabel label, ZoneDeclaration zone, DateOnly? on = null) =>
        Evaluation.Run(RuleBook.This, label, zone, new PolicyLimits(), [], on ?? Today);

    private static List<string> Those(IEnumerable<RuleOutcome> outcomes, string outcome) => [.. outcomes.Where(r => r.Outcome == outcome).Select(r => r.Rule)];
}
