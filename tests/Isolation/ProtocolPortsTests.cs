using Beffroi.Infrastructure;
using Beffroi.Infrastructure.Network;
using CsCheck;
using Names = Beffroi.Services.Isolation.Policy.ProtocolPorts;

namespace Beffroi.Isolation.Tests;

public sealed class ProtocolPortsTests
{
    [Theory]
    [InlineData("tcp/5432", "tcp", 5432, 5432)]
    [InlineData("udp/1-65535", "udp", 1, 65535)]
    public void A_service_is_read(string text, string protocol, int first, int last) => Assert.Equal((protocol, first, last), Names.Parse(text));

    [Theory]
    [InlineData(null), InlineData(""), InlineData("tcp"), InlineData("tcp/"), InlineData("tcp/0"), InlineData("tcp/01"), InlineData("tcp/65536"), InlineData("tcp/2-1")]
    [InlineData("icmp/1"), InlineData("TCP/1"), InlineData("tcp/1\n"), InlineData("tcp/1 }"), InlineData("tcp/-1"), InlineData("tcp/1-2-3")]
    public void What_is_none_is_refused(string? text) => Assert.Null(Names.Parse(text));

    [Fact]
    public void Merging_keeps_exactly_the_same_ports_and_leaves_no_overlap()
    {
        var rule = Gen.Select(Gen.Int[0, 2], Gen.Bool.Select(udp => udp ? "udp" : "tcp"), Gen.Int[1, 60], Gen.Int[0, 20], (to, protocol, first, more) => new PeerRule(to, protocol, first, first + more));
        rule.Array[0, 12].Sample(rules =>
        {
            var merged = Names.Merge(rules);
            static HashSet<(int, string, int)> Ports(IEnumerable<PeerRule> all) =>
                [.. all.SelectMany(r => Enumerable.Range(r.FirstPort, r.LastPort - r.FirstPort + 1).Select(p => (r.ToIndex, r.Protocol, p)))];
            return Ports(rules).SetEquals(Ports(merged)) && !merged.Any(a => merged.Any(b => !ReferenceEquals(a, b) && EgressRules.Overlap(a, b)));
        });
    }
}
