using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Beffroi.Agent.Postgres;
using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;
using Npgsql;
using Role = Beffroi.Contracts.Agents.PostgresConfiguration.Types.Role;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>A connection pooler beside a real database: who gets in, what it pools, and how it comes and goes.</summary>
public sealed class PoolerTests(TestInstance instance, ITestOutputHelper output) : IClassFixture<TestInstance>
{
    private const int Port = 6432;

    // What PgBouncer says of a wrong password.
    private const string Wrong = "08P01";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_signs_in_with_TLS_1_3_and_SCRAM_and_nobody_else_does()
    {
        var machine = Managed("machine", "machine password");
        machine.Managed.Certificate = true;
        var certified = machine.Clone();
        certified.ScramVerifier = "";
        using var authority = new TestAuthority("Clients");
        var facts = await WantAsync(c =>
        {
            c.Roles.Add([Managed("reporting", "reporting password"), certified]);
            c.ClientAuthorities.Add(authority.Pem);
        });
        Assert.Equal((true, "transaction", ""), (facts.Postgres.Pooler.Serving, facts.Postgres.Pooler.Mode, facts.Postgres.Pooler.Problem));
        Assert.Equal("app", await PooledAsync<string>("select current_user::text"));
        Assert.Equal("reporting", await PooledAsync<string>("select current_user::text", "reporting", "reporting password"));
        Assert.True(await PooledAsync<bool>("select client_addr is null from pg_stat_activity where pid = pg_backend_pid()"));

        Assert.Equal(Wrong, await RefusedAsync("app", "wrong"));
        Assert.NotEqual("", await RefusedAsync("nobody", "any"));
        foreach (var own in (string[])["postgres", "beffroi_replication", "beffroi_rewind", "beffroi_pooler"])
        {
            Assert.NotEqual("", await RefusedAsync(own, instance.Password, "postgres"));
            Assert.NotEqual("", await RefusedAsync(own, instance.Password, "pgbouncer"));
        }

        Assert.NotEqual("", await RefusedAsync("app", instance.Password, "pgbouncer"));

        // With a certificate or not at all, also where SQL has given it a password.
        Assert.NotEqual("", await RefusedAsync("machine", "machine password"));
        using var client = authority.Client("machine");
        await using (var direct = await instance.ConnectAsync("machine", certificate: client))
        {
            await ExecuteAsync(direct, "alter role machine password 'machine password'");
            Assert.NotEqual("", await RefusedAsync("machine", "machine password"));
        }

        Assert.NotEqual("", await PlainAsync());
        Assert.True(await TlsProbe.AnswersAsync(instance.Address, Token, Port));
        await Assert.ThrowsAnyAsync<Exception>(Tls12Async);

        // Nobody gets at secrets, neither as a customer nor as another account of the instance.
        await using (var connection = await instance.ConnectAsync(database: "postgres", port: Port))
        {
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, "select * from beffroi_pooler.secret('app')"))).SqlState);
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, "set role beffroi_pooler"))).SqlState);
        }

        foreach (var role in (string[])["beffroi_pooler", "postgres", "app"])
        {
            await Assert.ThrowsAnyAsync<Exception>(() => instance.InAsync(
                "setpriv", "--reuid=etcd", "--regid=etcd", "--clear-groups", "psql", "-X", "-w", "-h", "/run/postgresql", "-U", role, "-d", "postgres", "-c", "select 1"));
        }

        var log = await instance.InAsync("journalctl", "--no-pager", "--unit=beffroi-pooler@*.service");
        output.WriteLine(log[^Math.Min(log.Length, 4000)..]);
        Assert.Contains("process up", log, StringComparison.Ordinal);
        Assert.DoesNotContain("SCRAM-SHA-256$", log, StringComparison.Ordinal);
        Assert.DoesNotContain(instance.Password, log, StringComparison.Ordinal);
        Assert.DoesNotContain("reporting password", log, StringComparison.Ordinal);
        Assert.Equal("beffroi-pooler", (await instance.InAsync("stat", "--format=%U", "/run/beffroi-pooler")).Trim());
    }

    [Fact]
    public async Task Many_clients_share_few_connections()
    {
        await WantAsync(_ => { });
        var clients = new List<NpgsqlConnection>();
        try
        {
            // More than PostgreSQL takes.
            for (var i = 0; i < 150; i++)
            {
                clients.Add(await instance.ConnectAsync(port: Port));
            }

            var pids = await Task.WhenAll(clients.Select(async client => await OneAsync<int>(client, "select pg_backend_pid() from pg_sleep(0.01)")));
            output.WriteLine($"{clients.Count} clients had {pids.Distinct().Count()} connections.");
            Assert.InRange(pids.Distinct().Count(), 1, 68);
            var open = await instance.ScalarAsync<long>("select count(*) from pg_stat_activity where backend_type = 'client backend' and usename = 'app' and client_addr is null");
            Assert.InRange(open, 1, 68);
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Prepared_statements_go_along_with_their_client()
    {
        await WantAsync(_ => { });
        await using var first = await instance.ConnectAsync(port: Port);
        await using var command = new NpgsqlCommand("select pg_backend_pid(), $1::int + 1", first) { Parameters = { new() { Value = 41 } } };
        await command.PrepareAsync(Token);
        var seen = new HashSet<int>();
        var others = new List<(NpgsqlConnection Connection, NpgsqlTransaction Transaction)>();
        for (var i = 0; i < 12; i++)
        {
            await using (var reader = await command.ExecuteReaderAsync(Token))
            {
                await reader.ReadAsync(Token);
                seen.Add(reader.GetInt32(0));
                Assert.Equal(42, reader.GetInt32(1));
            }

            // Somebody else takes its connection for longer, so that it gets another.
            var other = await instance.ConnectAsync(port: Port);
            var transaction = await other.BeginTransactionAsync(Token);
            await OneAsync<int>(other, "select 1");
            others.Add((other, transaction));
        }

        Assert.True(seen.Count > 1, "It had always the same connection.");
        foreach (var (connection, transaction) in others)
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_request_to_cancel_arrives_whichever_process_gets_it()
    {
        await WantAsync(_ => { });
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            await using var connection = await instance.ConnectAsync(port: Port);
            await using var command = new NpgsqlCommand("select pg_sleep(60)", connection);
            var running = command.ExecuteNonQueryAsync(Token);
            await Task.Delay(500, Token);
            command.Cancel();
            var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            Assert.Equal("57014", Assert.IsType<PostgresException>(ended.InnerException).SqlState);
        }));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task One_connects_from_the_allowed_networks_only()
    {
        await WantAsync(_ => { });
        await using var open = await instance.ConnectAsync(port: Port);
        await WantAsync(c => c.AllowedNetworks.AddRange(["192.0.2.0/24", PostgresImage.Gateway + "/32"]));
        Assert.Equal(1, await OneAsync<int>(open, "select 1"));
        await WantAsync(c => c.AllowedNetworks.AddRange(["192.0.2.0/24"]));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => OneAsync<int>(open, "select 1"));
        Assert.NotEqual("", await RefusedAsync("app", instance.Password));
        await WantAsync(_ => { });
        Assert.Equal(1, await PooledAsync<int>("select 1"));
    }

    [Fact]
    public async Task A_replaced_password_and_a_role_that_is_gone_count_at_once()
    {
        await WantAsync(c => c.Roles.Add(Managed("passing", "first password")));
        await using var open = await instance.ConnectAsync("passing", "first password", port: Port);
        Assert.Equal(1, await OneAsync<int>(open, "select 1"));
        await WantAsync(c => c.Roles.Add(Managed("passing", "second password")));
        Assert.Equal(Wrong, await RefusedAsync("passing", "first password"));
        Assert.Equal("passing", await PooledAsync<string>("select current_user::text", "passing", "second password"));

        // By SQL, without the agent.
        await instance.ExecuteAsync("create role byhand login password 'third password'");
        Assert.Equal(1, await PooledAsync<int>("select 1", "byhand", "third password"));
        await instance.ExecuteAsync("alter role byhand password 'fourth password'");
        Assert.Equal(Wrong, await RefusedAsync("byhand", "third password"));
        Assert.Equal(1, await PooledAsync<int>("select 1", "byhand", "fourth password"));
        await instance.ExecuteAsync("drop role byhand");
        Assert.NotEqual("", await RefusedAsync("byhand", "fourth password"));

        await WantAsync(_ => { });
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => OneAsync<int>(open, "select 1"));
        Assert.NotEqual("", await RefusedAsync("passing", "second password"));
    }

    [Fact]
    public async Task It_comes_goes_and_changes_while_PostgreSQL_runs_on()
    {
        await WantAsync(_ => { });
        var started = await instance.ScalarAsync<DateTime>("select pg_postmaster_start_time()");
        await WantAsync(c => c.Pooler.Mode = "session");
        await using (var first = await instance.ConnectAsync(port: Port))
        await using (var second = await instance.ConnectAsync(port: Port))
        {
            // What a session sets stays its own.
            await ExecuteAsync(first, "set work_mem = '7MB'");
            Assert.NotEqual("7MB", await OneAsync<string>(second, "show work_mem"));
            Assert.Equal("7MB", await OneAsync<string>(first, "show work_mem"));
        }

        // Another certificate: the same as PostgreSQL's, for who connects from then on.
        var before = await TlsProbe.PresentedAsync(instance.Address, Token, Port);
        instance.Plane.DatabaseName = "pooled.beffroi.test";
        await WantAsync(c => c.ServerName = instance.Plane.DatabaseName);
        var after = await TlsProbe.PresentedAsync(instance.Address, Token, Port);
        Assert.NotEqual(before, after);
        Assert.Equal(await TlsProbe.PresentedAsync(instance.Address, Token), after);

        Assert.Null((await WantAsync(c => (c.Pooler, c.ServerName) = (null, instance.Plane.DatabaseName))).Postgres.Pooler);
        Assert.False(await TlsProbe.AnswersAsync(instance.Address, Token, Port));
        Assert.Equal("", await PidsAsync());
        Assert.DoesNotContain("beffroi-pooler", await instance.InAsync("ls", "/run"), StringComparison.Ordinal);
        Assert.Equal(0L, await instance.ScalarAsync<long>("select count(*) from pg_roles where rolname = 'beffroi_pooler'"));
        Assert.NotEqual("", await instance.InAsync("sh", "-c", "psql -X -w -h /run/postgresql -U app -d app -c 'select 1' 2>&1 || true"));

        await WantAsync(_ => { });
        Assert.Equal(1, await PooledAsync<int>("select 1"));
        Assert.Equal(started, await instance.ScalarAsync<DateTime>("select pg_postmaster_start_time()"));
    }

    [Fact]
    public async Task It_comes_back_when_it_is_killed()
    {
        await WantAsync(_ => { });
        var before = await PidsAsync();
        Assert.Equal(2, before.Split(' ').Length);
        await instance.InAsync(["kill", "-9", .. before.Split(' ')]);
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(100, Token))
        {
            try
            {
                Assert.Equal(1, await PooledAsync<int>("select 1"));
                break;
            }
            catch (NpgsqlException) when (clock.Elapsed < TimeSpan.FromSeconds(15))
            {
                // Not yet.
            }
        }

        Assert.NotEqual(before, await PidsAsync());
    }

    private async Task<string> PidsAsync() =>
        (await instance.InAsync("sh", "-c", "pidof pgbouncer || true")).Trim();

    private async Task<Facts> WantAsync(Action<PostgresConfiguration> change)
    {
        var configuration = instance.Configuration();
        configuration.ServerName = instance.Plane.DatabaseName;
        configuration.Pooler = new PostgresConfiguration.Types.Pooler { Mode = "transaction", MaxClients = 500 };
        change(configuration);
        instance.Plane.Want(configuration);
        var version = instance.Plane.Desired.Version;
        return await instance.Plane.WaitAsync(
            f => f.AppliedVersion >= version && f.Postgres.Ready && (configuration.Pooler is null ? f.Postgres.Pooler is null : f.Postgres.Pooler is { Serving: true } told && told.Mode == configuration.Pooler.Mode),
            "it is applied");
    }

    private static Role Managed(string name, string password) => new()
    {
        Name = name,
        ScramVerifier = Scram.Verifier(password),
        Managed = new PostgresConfiguration.Types.Managed { Login = true },
    };

    private async Task<T> PooledAsync<T>(string sql, string user = "app", string? password = null)
    {
        await using var connection = await instance.ConnectAsync(user, password, port: Port);
        return await OneAsync<T>(connection, sql);
    }

    private static async Task<T> OneAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<string> RefusedAsync(string user, string password, string database = "app")
    {
        try
        {
            await using var connection = await instance.ConnectAsync(user, password, database, port: Port);
            return "";
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private async Task<string> PlainAsync()
    {
        var how = new NpgsqlConnectionStringBuilder
        {
            Host = instance.Address.ToString(),
            Port = Port,
            SslMode = SslMode.Disable,
            Username = "app",
            Password = instance.Password,
            Database = "app",
            Pooling = false,
        };
        await using var connection = new NpgsqlConnection(how.ConnectionString);
        return (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Token))).SqlState;
    }

    private async Task Tls12Async()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(instance.Address, Port, Token);
        await client.GetStream().WriteAsync(new byte[] { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f }, Token);
        Assert.Equal('S', client.GetStream().ReadByte());
#pragma warning disable CA5359, CA5397, CA5398 // That it is refused is what is tested, not whom it is spoken with.
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: true, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "x", EnabledSslProtocols = SslProtocols.Tls12 }, Token);
#pragma warning restore CA5359, CA5397, CA5398
    }
}
