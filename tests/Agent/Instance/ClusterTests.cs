using System.Net;
using System.Security.Cryptography;
using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>Three nodes form a database by themselves, lose nothing when one fails, and the endpoint follows without the control plane.</summary>
public sealed class ClusterTests(PostgresImage image, ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _password = RandomNumberGenerator.GetHexString(32);
    private readonly string _authority = Path.GetTempFileName();
    private readonly TestAuthority _databases = new("test databases");
    private readonly TestAuthority _peers = new("test peers");
    private readonly List<ClusterNode> _nodes = [];

    public async ValueTask InitializeAsync()
    {
        await image.EnsureAsync();
        await File.WriteAllTextAsync(_authority, _databases.Pem);
        _nodes.AddRange(Enumerable.Range(0, 3).Select(i => new ClusterNode(i, _databases, _peers)));
        Want(_ => { });
        await Task.WhenAll(_nodes.Select(node => node.StartAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        _databases.Dispose();
        _peers.Dispose();
        File.Delete(_authority);
    }

    [Fact]
    public async Task Three_nodes_lose_nothing_when_one_fails()
    {
        try
        {
            await WholeAsync("they form");
            await StrangersLearnNothingAsync();
            await ExecuteAsync("create table kept (what text primary key)");

            var control = _nodes.Select(node => node.Plane.StopAsync());
            await Task.WhenAll(control);
            await FailsOverAsync("postgres killed", primary => primary.InAsync("sh", "-c", "kill -KILL $(head -n1 /data/postgresql/17/postmaster.pid)"), _ => Task.CompletedTask);
            await FailsOverAsync("patroni killed", primary => primary.SignalAsync("KILL", "beffroi-patroni.service"), _ => Task.CompletedTask);
            await FreezesAsync();
            await FailsOverAsync("link down", primary => primary.InAsync("ip", "link", "set", "eth0", "down"), primary => primary.InAsync(
                "sh", "-c", "ip link set eth0 up && ip route replace default via " + PostgresImage.Gateway));
            await Task.WhenAll(_nodes.Select(node => node.Plane.StartAsync()));

            await HandsOverAsync();
            await NobodyElseAcknowledgesAsync();
            await ShrinksAsync();
        }
        catch (Exception)
        {
            foreach (var node in _nodes)
            {
                output.WriteLine($"--- {node.Address}\n{await node.JournalAsync()}");
            }

            throw;
        }
    }

    private static string? Text(object? value) => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);

    private void Want(Action<PostgresConfiguration> change)
    {
        var role = new PostgresConfiguration.Types.Role { Name = "app", ScramVerifier = Scram.Verifier(_password) };
        role.MemberOf.Add("pg_monitor");
        foreach (var node in _nodes)
        {
            var configuration = new PostgresConfiguration
            {
                ClusterName = "three",
                MajorVersion = 17,
                MemoryBytes = 1L << 30,
                Cpus = 1,
                ListenAddress = node.Address.ToString(),
                Roles = { role },
                Databases = { new PostgresConfiguration.Types.Database { Name = "app", Owner = "app" } },
                Cluster = new PostgresConfiguration.Types.Cluster { WriterAddress = ClusterNode.Writer.ToString(), ReaderAddress = ClusterNode.Reader.ToString() },
            };
            configuration.Cluster.Members.AddRange(_nodes.Select(n => new PostgresConfiguration.Types.Member { Name = n.Member, Address = n.Address.ToString(), Founder = true }));
            change(configuration);
            node.Plane.Want(configuration);
        }
    }

    private async Task StrangersLearnNothingAsync()
    {
#pragma warning disable CA5399, CA5359 // That the server insists on a certificate is what is tested.
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
#pragma warning restore CA5399, CA5359
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
        foreach (var port in (string[])["8008/patroni", "2379/version", "2380/members"])
        {
            await Assert.ThrowsAnyAsync<Exception>(() => client.GetStringAsync(new Uri($"https://{_nodes[0].Address}:{port}")));
        }

        await using var replication = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = _nodes[0].Address.ToString(),
            Username = "beffroi_rewind",
            Password = "x",
            Database = "postgres",
            SslMode = SslMode.Require,
            Pooling = false,
        }.ConnectionString);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => replication.OpenAsync());
    }

    private async Task FailsOverAsync(string what, Func<ClusterNode, Task> begin, Func<ClusterNode, Task> end)
    {
        var before = await PrimaryAsync();
        await ExecuteAsync($"insert into kept values ('{what}')");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await begin(before);
        while (await AskAsync(ClusterNode.Writer, $"insert into kept values ('{what} {clock.ElapsedMilliseconds}') returning true") != "True"
            || await AskAsync(ClusterNode.Writer, "select inet_server_addr() is not null and not pg_is_in_recovery()") != "True")
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), what + ": no primary within a minute");
            await Task.Delay(50);
        }

        output.WriteLine($"{what}: writing again after {clock.Elapsed.TotalSeconds:F1} s");
        await end(before);
        await WholeAsync(what);
        Assert.Equal("1", await AskAsync(ClusterNode.Writer, $"select count(*) from kept where what = '{what}'"));
        // Who became primary may have had the readers' address, which it leaves to another within moments.
        await EventuallyAsync(what + ": readers reach a replica", async () => await AskAsync(ClusterNode.Reader, "select pg_is_in_recovery()") == "True");
    }

    // The database itself goes on at first: the fault is over only once the agent has put another Patroni in place of the frozen one.
    private async Task FreezesAsync()
    {
        var frozen = "";
        await FailsOverAsync(
            "patroni frozen",
            async primary =>
            {
                frozen = await PatroniAsync(primary);
                await primary.SignalAsync("STOP", "beffroi-patroni.service");
            },
            primary => EventuallyAsync("a frozen Patroni is replaced", async () => await PatroniAsync(primary) is var now && now != "0" && now != frozen));

        static async Task<string> PatroniAsync(ClusterNode node) => (await node.InAsync("systemctl", "show", "--property=MainPID", "--value", "beffroi-patroni.service")).Trim();
    }

    private async Task HandsOverAsync()
    {
        var before = await PrimaryAsync();
        var next = _nodes.First(node => node != before);
        Want(c => c.Primary = next.Member);
        await EventuallyAsync("it hands over", async () => await FindPrimaryAsync() == next);
        await WholeAsync("handed over");
    }

    // Patroni 4.0.7 would let anybody acknowledge here, see images/postgres/files/usr/lib/beffroi/patroni.
    private async Task NobodyElseAcknowledgesAsync()
    {
        Want(c => c.Cluster.Strict = true);
        await EventuallyAsync("strictness arrives", async () => (await _nodes[0].InAsync("sh", "-c", "patronictl -c /data/patroni/patroni.yml show-config")).Contains("synchronous_mode_strict: true", StringComparison.Ordinal));
        var primary = await PrimaryAsync();
        var replicas = _nodes.Where(node => node != primary).ToList();
        await Task.WhenAll(replicas.Select(node => node.InAsync("systemctl", "stop", "beffroi-agent.service", "beffroi-patroni.service")));
        await EventuallyAsync("it is alone", async () => (await AskAsync(primary.Address, "show synchronous_standby_names"))?.Contains("nobody", StringComparison.Ordinal) == true);
        Assert.DoesNotContain('*', await AskAsync(primary.Address, "show synchronous_standby_names") ?? "*");
        Assert.Null(await AskAsync(primary.Address, "insert into kept values ('alone') returning true"));
        await Task.WhenAll(replicas.Select(node => node.InAsync("systemctl", "start", "beffroi-patroni.service", "beffroi-agent.service")));
        await WholeAsync("strict");
    }

    private async Task ShrinksAsync()
    {
        Want(c => c.Primary = _nodes[0].Member);
        await EventuallyAsync("the first takes over", async () => await FindPrimaryAsync() == _nodes[0]);
        await WholeAsync("before shrinking");
        var alone = _nodes[0].Plane.Desired.Postgres.Clone();
        alone.Cluster.Members.RemoveAt(2);
        alone.Cluster.Members.RemoveAt(1);
        _nodes[0].Plane.Want(alone);
        var version = _nodes[0].Plane.Desired.Version;
        await _nodes[0].Plane.WaitAsync(f => f.AppliedVersion == version && f.Postgres.Ready, "it lets go of the others");
        await Task.WhenAll(_nodes.Skip(1).Select(node => node.InAsync("systemctl", "stop", "beffroi-agent.service", "beffroi-patroni.service", "beffroi-etcd.service")));
        await EventuallyAsync("it writes alone", async () => await AskAsync(ClusterNode.Writer, $"insert into kept values ('{Guid.NewGuid()}') returning true") == "True");
    }

    // What PostgreSQL waits for, and whom Patroni would let take over: it writes that down a moment later.
    private async Task WholeAsync(string what)
    {
        await EventuallyAsync(what + ": all replicate", async () =>
            await AskAsync(ClusterNode.Writer, "select count(*) from pg_stat_replication where state = 'streaming' and sync_state = 'quorum'") == "2");
        await EventuallyAsync(what + ": both may take over", async () => (await MembersAsync()).Split("Quorum Standby").Length == 3);
    }

    // Nothing while etcd is away here.
    private async Task<string> MembersAsync()
    {
        try
        {
            return await _nodes[0].InAsync("patronictl", "-c", "/data/patroni/patroni.yml", "list", "-f", "json");
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private async Task<ClusterNode> PrimaryAsync() => await FindPrimaryAsync() ?? throw new InvalidOperationException("There is no primary.");

    // Null for the moment of a handover.
    private async Task<ClusterNode?> FindPrimaryAsync()
    {
        foreach (var node in _nodes)
        {
            if (await AskAsync(node.Address, "select pg_is_in_recovery()") == "False")
            {
                return node;
            }
        }

        return null;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync(ClusterNode.Writer);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A value; null if there is no answer within three seconds.</summary>
    private async Task<string?> AskAsync(IPAddress address, string sql)
    {
        try
        {
            await using var connection = await ConnectAsync(address);
            await using var command = new NpgsqlCommand(sql, connection);
            return Text(await command.ExecuteScalarAsync());
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(IPAddress address)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = address.ToString(),
            Username = "app",
            Password = _password,
            Database = "app",
            SslMode = SslMode.VerifyFull,
            RootCertificate = _authority,
            Pooling = false,
            Timeout = 3,
            CommandTimeout = 3,
            // A cancelled wait for a replica ends as a commit, with a warning only: no cancellation that is waited for.
            CancellationTimeout = -1,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !await holds(); await Task.Delay(100))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3), "not within three minutes: " + what);
        }
    }
}
