using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>Real probes between real instances.</summary>
public sealed class IsolationTests(HostProcess host)
{
    private const int OtherPort = 17999;

    [Fact]
    public async Task An_instance_reaches_the_agent_channel_and_its_own_space_and_nothing_else()
    {
        await using var a = new Resource(host, 6);
        await a.UpAsync();
        await using var neighbour = new Resource(host, 6, 11, a.Space);
        await neighbour.UpAsync();
        await using var stranger = new Resource(host, 7);
        await stranger.UpAsync();
        using var agentChannel = Listen(HostProcess.AgentPort);
        using var other = Listen(OtherPort);
        await stranger.RunAsync("(while :; do echo hello | nc -l -p 5432; done) >/dev/null 2>&1 &");
        await neighbour.RunAsync("(while :; do echo hello | nc -l -p 5432; done) >/dev/null 2>&1 &");

        Assert.True(await ReachesAsync(a, a.Gateway, HostProcess.AgentPort), "the agent channel");
        Assert.True(await ReachesAsync(a, neighbour.Address, 5432), "an instance of the same space");
        Assert.True(await HostReachesAsync(stranger.Address, 5432), "the host reaches an instance");

        Assert.True(await HostReachesAsync("127.0.0.1", OtherPort), "the port answers on the host itself");
        Assert.False(await ReachesAsync(a, a.Gateway, OtherPort), "another port of the host");
        Assert.False(await ReachesAsync(a, stranger.Gateway, HostProcess.AgentPort), "another space's gateway");
        Assert.False(await ReachesAsync(a, stranger.Address, 5432), "another space");
        Assert.False(await ReachesAsync(stranger, a.Address, 5432), "another space, the other way");
        foreach (var address in HostAddresses())
        {
            Assert.False(await ReachesAsync(a, address, HostProcess.AgentPort), "the host's address " + address);
        }

        Assert.Equal("no\n", await a.RunAsync($"ping -c 1 -W 1 {a.Gateway} > /dev/null && echo yes || echo no"));

        // Under an address that isn't its own, not even the agent channel.
        await a.RunAsync($"ip addr del {a.Address}/24 dev eth0; ip addr add 10.94.6.200/24 dev eth0");
        Assert.False(await ReachesAsync(a, a.Gateway, HostProcess.AgentPort), "with a stolen address");
    }

    [Fact]
    public async Task Root_in_an_instance_is_not_root_on_the_host_nor_in_another_instance()
    {
        await using var one = new Resource(host, 6);
        await one.AllAsync();
        await using var two = new Resource(host, 6, 11, one.Space);
        await two.AllAsync();
        var (a, b) = (await UserOfAsync(one), await UserOfAsync(two));
        Assert.True(a > 65535, "the host's user of instance root: " + a);
        Assert.True(Math.Abs(a - b) >= 65536, "instances share no users");

        // Its own files are root's inside; the host's root is nobody there.
        await one.RunAsync("echo x > /data/x; chmod 600 /data/x");
        Assert.Equal("0\n", await one.RunAsync("stat -c %u /data/x"));
        Assert.Equal("65534\n", await one.RunAsync("stat -c %u /dev/incus/sock"));
    }

    [Fact]
    public async Task Instances_that_are_made_at_the_same_time_share_no_user_id()
    {
        var resources = Enumerable.Range(0, 6).Select(i => new Resource(host, 10 + i)).ToList();
        try
        {
            await Task.WhenAll(resources.Select(r => r.AllAsync()));
            var users = await Task.WhenAll(resources.Select(UserOfAsync));
            Assert.Equal(users.Length, users.Distinct().Count());
        }
        finally
        {
            foreach (var resource in resources)
            {
                await resource.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task The_token_is_handed_over_changed_and_taken_away()
    {
        await using var resource = new Resource(host, 6);
        await resource.AllAsync();
        Assert.Equal("one-time-token", await GetAsync(resource, "user.beffroi.token"));
        Assert.Equal(resource.Address + "/24", await GetAsync(resource, "user.beffroi.address"));
        Assert.Equal(resource.Gateway, await GetAsync(resource, "user.beffroi.gateway"));
        Assert.Equal(resource.Instance.ToString("D"), await GetAsync(resource, "user.beffroi.instance"));

        await host.Client.SetTokenAsync(new SetToken(resource.Fence, resource.Instance, resource.Space, Secret.FromText("another")), CancellationToken.None);
        Assert.Equal("another", await GetAsync(resource, "user.beffroi.token"));
        await host.Client.SetTokenAsync(new SetToken(resource.Fence, resource.Instance, resource.Space, Secret.FromText("")), CancellationToken.None);
        Assert.Equal("", await GetAsync(resource, "user.beffroi.token"));
        Assert.Equal("Running", (await resource.InstanceAsync()).Status);
    }

    /// <summary>Says hello to who connects, until disposed.</summary>
    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Any, port);
        listener.Start();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await listener.AcceptSocketAsync();
                await client.SendAsync("hello\n"u8.ToArray());
            }
        });
        return listener;
    }

    private static async Task<bool> ReachesAsync(Resource from, string address, int port) =>
        await from.RunAsync($"timeout 2 nc -w 1 {address} {port} < /dev/null 2> /dev/null; true") == "hello\n";

    private static async Task<bool> HostReachesAsync(string address, int port)
    {
        using var client = new TcpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await client.ConnectAsync(address, port, patience.Token);
        return client.Connected;
    }

    private static IEnumerable<string> HostAddresses() =>
        System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .Where(n => !n.Name.StartsWith("bfr-t1-", StringComparison.Ordinal) && n.NetworkInterfaceType != System.Net.NetworkInformation.NetworkInterfaceType.Loopback)
            .SelectMany(n => n.GetIPProperties().UnicastAddresses)
            .Where(u => u.Address.AddressFamily == AddressFamily.InterNetwork)
            .Select(u => u.Address.ToString());

    private async Task<long> UserOfAsync(Resource resource)
    {
        var state = await Commands.RunAsync("incus", ["query", $"/1.0/instances/{Installation.InstanceName(resource.Instance)}/state?project={host.Installation.ProjectName(resource.Space)}"]);
        var pid = JsonDocument.Parse(state).RootElement.GetProperty("pid").GetInt32();
        var line = (await File.ReadAllLinesAsync($"/proc/{pid}/status")).Single(l => l.StartsWith("Uid:", StringComparison.Ordinal));
        return long.Parse(line.Split('\t')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<string> GetAsync(Resource resource, string key) =>
        (await Commands.RunAsync("incus", ["config", "get", "--project", host.Installation.ProjectName(resource.Space), Installation.InstanceName(resource.Instance), key])).TrimEnd('\n');
}
