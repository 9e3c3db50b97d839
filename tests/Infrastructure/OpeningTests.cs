using System.Net.Sockets;
using Beffroi.Infrastructure.Network;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>What an allow-list and a peering open, with real packets; and that nothing else opens, and all of it closes at once.</summary>
public sealed class OpeningTests(HostProcess host)
{
    private const string Outside = "bfrt1out";

    [Fact]
    public async Task Egress_is_closed_until_an_allow_list_opens_it_and_what_is_taken_away_is_cut()
    {
        await using var a = new Resource(host, 6);
        await a.UpAsync();
        await using var network = await OutsideNetwork.CreateAsync();
        Assert.False(await ReachesAsync(a, "198.51.100.2", 443), "closed by default");

        await PolicyAsync(a, 6, egress: [new EgressRule("198.51.100.2/32", "tcp", 443, 443)]);
        Assert.True(await ReachesAsync(a, "198.51.100.2", 443), "opened, and masqueraded: nothing outside knows a way back into a space");
        Assert.False(await ReachesAsync(a, "198.51.100.2", 444), "another port");
        Assert.False(await ReachesAsync(a, "198.51.100.3", 443), "another address");
        Assert.False(await ReachesAsync(a, "198.51.100.1", 443), "the host's own side");

        // A connection that is open when its entry is taken away: what is sent from then on does not arrive.
        await PolicyAsync(a, 6, egress: [new EgressRule("198.51.100.0/24", "tcp", 9000, 9010)]);
        await a.RunAsync("(echo one; sleep 3; echo two; sleep 3) | timeout 8 nc 198.51.100.2 9000 > /dev/null 2>&1 &");
        await EventuallyAsync(async () => (await network.ReceivedAsync()).Contains("one", StringComparison.Ordinal));
        await PolicyAsync(a, 6);
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("two", await network.ReceivedAsync(), StringComparison.Ordinal);
        Assert.False(await ReachesAsync(a, "198.51.100.2", 9000), "closed again");
    }

    [Fact]
    public async Task A_peering_opens_its_ports_in_its_direction_and_closes_at_once()
    {
        await using var a = new Resource(host, 6);
        await a.UpAsync();
        await using var b = new Resource(host, 7);
        await b.UpAsync();
        foreach (var instance in (Resource[])[a, b])
        {
            await instance.RunAsync("for p in 5432 8080; do (while :; do echo hello | nc -l -p $p; done) >/dev/null 2>&1 & done");
        }

        Assert.False(await ReachesAsync(a, b.Address, 5432), "closed by default");
        await PolicyAsync(a, 6, peers: [new PeerRule(7, "tcp", 5432, 5432)]);
        Assert.True(await ReachesAsync(a, b.Address, 5432), "the peered port");
        Assert.False(await ReachesAsync(a, b.Address, 8080), "another port");
        Assert.False(await ReachesAsync(b, a.Address, 5432), "the other direction");
        await PolicyAsync(a, 6);
        Assert.False(await ReachesAsync(a, b.Address, 5432), "closed");

        // A number that was peered with and is given to another space next has nothing of it.
        await PolicyAsync(a, 6, peers: [new PeerRule(8, "tcp", 5432, 5432)]);
        await using (var c = new Resource(host, 8))
        {
            await c.NetworkAsync();
        }

        Assert.DoesNotContain("bfr-t1-8\" . tcp", await Commands.RunAsync("nft", ["list", "set", "inet", "beffroi-t1", "peering"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.94.7.0/24")]
    [InlineData("10.0.0.0/8")]
    [InlineData("0.0.0.0/0")]
    [InlineData("169.254.169.254/32")]
    public async Task No_allow_list_opens_other_spaces_or_metadata(string destination)
    {
        await using var a = new Resource(host, 6);
        await a.UpAsync();
        await using var b = new Resource(host, 7);
        await b.UpAsync();
        await b.RunAsync("(while :; do echo hello | nc -l -p 5432; done) >/dev/null 2>&1 &");
        await PolicyAsync(a, 6, egress: [new EgressRule(destination, "tcp", 1, 65535)]);
        Assert.False(await ReachesAsync(a, b.Address, 5432));
        Assert.False(await ReachesAsync(a, a.Gateway, 22));
    }

    [Fact]
    public async Task Rules_that_somebody_removed_are_missed_and_put_back()
    {
        await using var a = new Resource(host, 6);
        await a.UpAsync();
        await using var b = new Resource(host, 7);
        await b.UpAsync();
        await b.RunAsync("(while :; do echo hello | nc -l -p 5432; done) >/dev/null 2>&1 &");
        Assert.True((await host.Client.InspectIsolationAsync(CancellationToken.None)).RulesIntact);

        await Commands.RunAsync("nft", ["flush", "chain", "inet", "beffroi-t1", "forward"]);
        Assert.True(await ReachesAsync(a, b.Address, 5432), "it is this rule, and nothing else by chance, that keeps spaces apart");
        Assert.False((await host.Client.InspectIsolationAsync(CancellationToken.None)).RulesIntact);

        await a.NetworkAsync();
        Assert.False(await ReachesAsync(a, b.Address, 5432));
        var facts = await host.Client.InspectIsolationAsync(CancellationToken.None);
        Assert.True(facts.RulesIntact);
        Assert.Equal("The rules had been changed.", facts.LastRepair?.What);
        Assert.All(facts.Instances, i => Assert.True(i is { Unprivileged: true, PortFiltered: true, Restricted: true, OnlyOwnDevices: true }, i.ToString()));
        Assert.Contains(facts.Instances, i => i.InstanceId == a.Instance && i.SpaceId == a.Space);
    }

    [Fact]
    public async Task A_port_filter_that_is_off_is_seen_and_the_address_of_another_space_still_opens_nothing()
    {
        await using var a = new Resource(host, 6);
        await a.UpAsync();
        await Commands.RunAsync("incus", ["config", "device", "set", "--project", host.Installation.ProjectName(a.Space), Kernel.Installation.InstanceName(a.Instance), "eth0", "security.ipv4_filtering=false", "ipv4.address="]);
        Assert.False(Assert.Single((await host.Client.InspectIsolationAsync(CancellationToken.None)).Instances, i => i.InstanceId == a.Instance).PortFiltered);

        using var listener = new TcpListener(System.Net.IPAddress.Any, HostProcess.AgentPort);
        listener.Start();
        var greeting = GreetAsync(listener);
        Assert.True(await ReachesAsync(a, a.Gateway, HostProcess.AgentPort), "under its own address");
        await a.RunAsync("ip link set eth0 up; ip addr flush dev eth0; ip addr add 10.94.7.10/24 dev eth0; ip route add 10.94.6.1 dev eth0; ip neigh flush dev eth0 2>/dev/null; true");
        Assert.False(await ReachesAsync(a, a.Gateway, HostProcess.AgentPort), "under another space's, that the third layer checks too");
        listener.Stop();
        await greeting;
    }

    [Fact]
    public async Task The_host_answers_arp_for_a_spaces_own_gateway_and_for_nothing_else()
    {
        await using var a = new Resource(host, 6);
        await a.UpAsync();
        await using var b = new Resource(host, 7);
        await b.UpAsync();
        Assert.True(await AnsweredAsync(a, a.Gateway), "its own gateway");
        Assert.False(await AnsweredAsync(a, b.Gateway), "another space's: who may ask for it learns which spaces there are");
        var own = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .Where(n => n.NetworkInterfaceType != System.Net.NetworkInformation.NetworkInterfaceType.Loopback && !n.Name.StartsWith("bfr-t1-", StringComparison.Ordinal))
            .SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(u => u.Address).First(x => x.AddressFamily == AddressFamily.InterNetwork);
        Assert.False(await AnsweredAsync(a, own.ToString()), "the host's own address");
    }

    [Theory]
    [InlineData("192.0.2.1/24", "tcp", 1, 1)]
    [InlineData("2001:db8::/32", "tcp", 1, 1)]
    [InlineData("192.0.2.0/24 }", "tcp", 1, 1)]
    [InlineData("192.0.2.0/24", "icmp", 1, 1)]
    [InlineData("192.0.2.0/24", "tcp", 0, 1)]
    [InlineData("192.0.2.0/24", "tcp", 2, 1)]
    [InlineData("192.0.2.0/24", "tcp", 1, 65536)]
    public async Task The_host_takes_no_entry_that_is_not_one(string destination, string protocol, int first, int last)
    {
        await using var a = new Resource(host, 6);
        Assert.NotNull(EgressRules.Check(new EgressRule(destination, protocol, first, last)));
        await Assert.ThrowsAsync<InfrastructureException>(() => PolicyAsync(a, 6, egress: [new EgressRule(destination, protocol, first, last)]));
        var good = new EgressRule("192.0.2.0/24", "tcp", 1, 100);
        await Assert.ThrowsAsync<InfrastructureException>(() => PolicyAsync(a, 6, egress: [good, good with { Destination = "192.0.2.7/32", FirstPort = 50 }]));
    }

    private Task PolicyAsync(Resource of, int index, EgressRule[]? egress = null, PeerRule[]? peers = null) =>
        host.Client.EnsurePolicyAsync(new EnsurePolicy(of.Fence, of.Space, index, egress ?? [], peers ?? []), CancellationToken.None);

    private static async Task<bool> ReachesAsync(Resource from, string address, int port) =>
        await from.RunAsync($"timeout 2 nc -w 1 {address} {port} < /dev/null 2> /dev/null; true") == "hello\n";

    private static async Task GreetAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
                await client.GetStream().WriteAsync("hello\n"u8.ToArray(), TestContext.Current.CancellationToken);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private static async Task<bool> AnsweredAsync(Resource from, string address) =>
        await from.RunAsync($"arping -c 2 -w 2 -I eth0 {address} > /dev/null && echo yes || echo no") == "yes\n";

    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!await holds())
        {
            await Task.Delay(50, patience.Token);
        }
    }

    /// <summary>A network beyond the host, in a network namespace of its own: 198.51.100.0/24 (RFC 5737), with listeners.</summary>
    private sealed class OutsideNetwork : IAsyncDisposable
    {
        private readonly string _received = Path.GetTempFileName();

        public static async Task<OutsideNetwork> CreateAsync()
        {
            var network = new OutsideNetwork();
            await network.DisposeAsync();
            await IpAsync("netns", "add", Outside);
            await IpAsync("link", "add", Outside, "type", "veth", "peer", "name", "eth0", "netns", Outside);
            await IpAsync("addr", "add", "198.51.100.1/24", "dev", Outside);
            await IpAsync("link", "set", Outside, "up");
            await IpAsync("-n", Outside, "addr", "add", "198.51.100.2/24", "dev", "eth0");
            await IpAsync("-n", Outside, "addr", "add", "198.51.100.3/24", "dev", "eth0");
            await IpAsync("-n", Outside, "link", "set", "eth0", "up");
            await InsideAsync("for p in 443 444; do (while :; do echo hello | busybox nc -l -p $p; done) >/dev/null 2>&1 & done");
            await InsideAsync($"(while :; do busybox nc -l -p 9000; done) > {network._received} 2>/dev/null &");
            return network;
        }

        public Task<string> ReceivedAsync() => File.ReadAllTextAsync(_received);

        public async ValueTask DisposeAsync()
        {
            // Whatever listens in it, it alone.
            foreach (var process in (await QuietAsync("netns", "pids", Outside)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                await Commands.RunAsync("sh", ["-c", "kill -9 " + process + " 2>/dev/null || true"]);
            }

            await QuietAsync("link", "delete", Outside);
            await QuietAsync("netns", "delete", Outside);
            File.Delete(_received);
        }

        private static Task<string> IpAsync(params string[] arguments) => Commands.RunAsync("ip", arguments);

        /// <summary>In its network alone: <c>ip netns exec</c> would copy the host's mounts, and with them a hold on every volume.</summary>
        private static Task<string> InsideAsync(string script) => Commands.RunAsync("nsenter", ["--net=/run/netns/" + Outside, "setsid", "sh", "-c", script]);

        private static async Task<string> QuietAsync(params string[] arguments)
        {
            try
            {
                return await IpAsync(arguments);
            }
            catch (InvalidOperationException)
            {
                return "";
            }
        }
    }
}
