using System.Net;
using Beffroi.Contracts.Agents;
using Beffroi.Infrastructure;
using Beffroi.Services.Isolation;
using Beffroi.Services.Isolation.Attempts;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Isolation.Tests;

/// <summary>The catalog of attacks and what is made of their results.</summary>
public sealed class JudgementTests
{
    private static readonly Guid Space = Guid.NewGuid();
    private static readonly Guid Adversary = Guid.NewGuid();
    private static readonly SpaceSubnet Subnet = new(IPNetwork.Parse("10.93.0.0/16"));
    private static readonly ProbeNote[] Probes =
        [.. Role.All.Select((r, i) => new ProbeNote(r, Guid.NewGuid(), Role.IsInside(r) ? Space : Adversary, Guid.Empty, Role.IsInside(r) ? 0 : 1, 10 + i))];

    private static readonly Plan Everything = new(
        ["10.93.0.2", "10.93.0.10", "10.93.0.11"], ["192.0.2.1"], [22, 7443, 8443], 7443, [new Sibling("other", ["10.93.2.2"], [new PortRange(5432, 5432)])], "192.0.2.254", [53], []);

    private static readonly IReadOnlyList<Planned> Catalogued = Catalog.Of(Everything, Probes, Subnet, Role.All.ToDictionary(r => r, r => "token-" + r));

    public static TheoryData<int> Attacks => [.. Catalogued.Where(p => !p.IsControl).Select(p => (int)p.Attempt.Number)];

    [Fact]
    public void The_same_plan_gives_the_same_attempts_within_what_a_probe_takes()
    {
        var again = Catalog.Of(Everything, Probes, Subnet, Role.All.ToDictionary(r => r, r => "token-" + r));
        Assert.Equal(Catalogued.Select(p => p.Attempt), again.Select(p => p.Attempt));
        Assert.Equal(Catalogued.Count, Catalogued.Select(p => p.Attempt.Number).Distinct().Count());
        foreach (var role in Role.All)
        {
            Assert.InRange(Catalogued.Count(p => p.Role == role), 1, 64);
        }

        Assert.All(Catalogued, p => Assert.All(p.Attempt.Addresses, a => Assert.True(IPAddress.TryParse(a, out _))));
        Assert.All(Catalogued.Where(p => p.Control is not null), p => Assert.True(Catalogued.First(c => c.Attempt.Number == p.Control).IsControl));
        // From the outside, everything that is in use; never a port that a peering opens.
        Assert.Contains("10.93.0.2", Catalogued.First(p => p.Name == "tcp" && p.Role == Role.Outside).Attempt.Addresses);
        Assert.DoesNotContain(5432u, Catalogued.First(p => p.Name == "sibling-other").Attempt.Ports);
        Assert.DoesNotContain(7443u, Catalogued.First(p => p.Name == "host-gateway").Attempt.Ports);
    }

    /// <summary>One less is a decision, and so is one more.</summary>
    [Fact]
    public void These_attacks_are_tried_and_each_from_both_sides()
    {
        string[] both =
        [
            "arp", "arp-claim", "dns", "egress", "gateway", "guest-api", "host", "host-gateway", "host-surface", "icmp", "ipv6", "metadata", "no-certificate", "other-name",
            "router-advertisement", "self-signed", "spoofed-gateway", "spoofed-ip", "spoofed-mac", "spoofed-source", "stolen-token", "tcp", "udp", "used-token",
        ];
        Assert.Equal(both, Names(Role.Outside));
        Assert.Equal(both.Append("sibling-other").Order(StringComparer.Ordinal), Names(Role.Inside));
        Assert.All(Catalogued.Where(p => !p.IsControl), p => Assert.Contains(p.Role, (string[])[Role.Inside, Role.Outside]));

        static IEnumerable<string> Names(string role) => Catalogued.Where(p => !p.IsControl && p.Role == role).Select(p => p.Name).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void All_blocked_with_every_control_is_passed()
    {
        var attempts = Judgement.Of(Catalogued, Facts());
        Assert.Equal("passed", Judgement.Verdict(attempts));
        Assert.All(attempts, a => Assert.Equal("passed", a.Verdict));
    }

    [Theory, MemberData(nameof(Attacks))]
    public void Any_attack_that_gets_an_answer_fails_the_whole_and_is_named(int number)
    {
        var facts = Facts(reached: [number]);
        var attempts = Judgement.Of(Catalogued, facts);
        var attack = Catalogued.First(p => p.Attempt.Number == number);
        Assert.Equal("failed", Judgement.Verdict(attempts));
        Assert.Contains(attack.Name, Judgement.Sentence(attempts), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Attacks))]
    public void A_packet_that_arrives_without_an_answer_counts_too(int number)
    {
        var attack = Catalogued.First(p => p.Attempt.Number == number);
        foreach (var receiver in attack.Receivers)
        {
            Assert.Equal("failed", Judgement.Verdict(Judgement.Of(Catalogued, Facts(arrived: (receiver, number)))));
        }
    }

    [Theory, MemberData(nameof(Attacks))]
    public void What_was_not_told_or_could_not_be_tried_is_never_passed(int number)
    {
        foreach (var outcome in (Outcome?[])[null, Outcome.Unable, Outcome.Unspecified])
        {
            var facts = Facts();
            var own = facts[Catalogued.First(p => p.Attempt.Number == number).Role].Results;
            own.Remove(own.First(r => r.Number == number));
            if (outcome is { } told)
            {
                own.Add(new Result { Number = (uint)number, Outcome = told });
            }

            Assert.Equal("inconclusive", Judgement.Verdict(Judgement.Of(Catalogued, facts)));
        }
    }

    [Fact]
    public void A_control_that_fails_makes_what_it_controls_inconclusive()
    {
        foreach (var control in Catalogued.Where(p => p.IsControl))
        {
            var attempts = Judgement.Of(Catalogued, Facts(silent: (int)control.Attempt.Number));
            Assert.Equal("inconclusive", Judgement.Verdict(attempts));
            Assert.Contains(attempts, a => a.Control == "failed");
        }
    }

    [Fact]
    public void A_probe_that_heard_nothing_because_it_did_not_listen_proves_nothing()
    {
        var facts = Facts();
        facts[Role.Inside].Phase = Phase.Attempt;
        Assert.Equal("inconclusive", Judgement.Verdict(Judgement.Of(Catalogued, facts)));
        Assert.Equal("inconclusive", Judgement.Verdict([]));
    }

    [Fact]
    public void The_host_is_judged_by_its_rules_repairs_and_instances()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var instance = new InstanceIsolation(Guid.NewGuid(), Space, true, true, true, true, true);
        string Of(IsolationFacts facts) => Judgement.Verdict([.. Judgement.OfHost(facts, [Space], now)]);
        var good = new IsolationFacts(true, null, [instance]);
        Assert.Equal("passed", Of(good));
        Assert.Equal("passed", Of(good with { LastRepair = new(now.AddHours(-1), "Gone.") }));
        Assert.Equal("failed", Of(good with { LastRepair = new(now.AddHours(1), "Gone.") }));
        Assert.Equal("failed", Of(good with { RulesIntact = false }));
        Assert.Equal("inconclusive", Of(good with { Instances = [] }));
        foreach (var bad in (InstanceIsolation[])[instance with { Unprivileged = false }, instance with { OwnIds = false }, instance with { PortFiltered = false }, instance with { Restricted = false }, instance with { OnlyOwnDevices = false }])
        {
            Assert.Equal("failed", Of(good with { Instances = [instance, bad] }));
            Assert.Equal("passed", Of(good with { Instances = [instance, bad with { SpaceId = Guid.NewGuid() }] }));
        }
    }

    /// <summary>What probes tell when all is well, but for these.</summary>
    private static Dictionary<string, ProbeFacts> Facts(int[]? reached = null, (string Receiver, int Number)? arrived = null, int silent = 0)
    {
        var facts = Role.All.ToDictionary(r => r, _ => new ProbeFacts { Phase = Phase.Collect });
        foreach (var planned in Catalogued)
        {
            var number = (int)planned.Attempt.Number;
            var works = planned.IsControl && number != silent;
            var answered = (works && planned.Receivers.Count == 0) || reached?.Contains(number) == true;
            facts[planned.Role].Results.Add(new Result { Number = (uint)number, Outcome = answered ? Outcome.Reached : Outcome.Blocked, Tried = 1 });
            foreach (var receiver in works ? planned.Receivers : [])
            {
                facts[receiver].Received.Add((uint)number);
            }
        }

        if (arrived is var (where, which))
        {
            facts[where].Received.Add((uint)which);
        }

        return facts;
    }
}
