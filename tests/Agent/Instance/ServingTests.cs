using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Agent.Postgres;
using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>What a customer can and can't do with a configured database, and how changes arrive.</summary>
public sealed class ServingTests(TestInstance instance, ITestOutputHelper output) : IClassFixture<TestInstance>
{
    private const string NotPermitted = "42501";

    [Fact]
    public async Task It_enrols_and_says_that_it_is_ready()
    {
        output.WriteLine($"PostgreSQL answered over TLS {instance.Took.Answers.TotalSeconds:F2} s after the start; reported ready after {instance.Took.Reported.TotalSeconds:F2} s.");
        foreach (var (call, at) in instance.Plane.Calls.Take(8))
        {
            output.WriteLine($"{at.TotalSeconds:F2} s {call}");
        }

        var facts = await instance.Plane.WaitAsync(f => f.Postgres.Ready && f.Postgres.State == "running", "Patroni has noticed");
        output.WriteLine(facts.ToString());
        Assert.Equal(1, instance.Plane.Count("Enroll"));
        Assert.StartsWith("17.", facts.Postgres.Version, StringComparison.Ordinal);
        Assert.StartsWith("4.", facts.Postgres.PatroniVersion, StringComparison.Ordinal);
        Assert.Equal("primary", facts.Postgres.Role);
        Assert.True(facts.Postgres.Timeline >= 1);
        Assert.Equal("", facts.Pending);
        Assert.InRange(facts.VolumeUsedBytes, 1, facts.VolumeSizeBytes);
        Assert.NotEmpty(facts.Boot);
        Assert.NotEmpty(facts.AgentVersion);
        Assert.Equal(32, facts.Postgres.ServerCertificateSha256.Length);
        Assert.True(facts.Postgres.ServerCertificateNotAfter > DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Assert.Equal(["client", "server"], facts.Certificates.Select(c => c.Use));
        Assert.All(facts.Certificates, c => Assert.Equal("P-256", c.Key));
        Assert.Equal(facts.Postgres.ServerCertificateNotAfter, facts.Certificates[1].NotAfter);
        var listener = facts.Postgres.Listener;
        Assert.Equal((true, false, false), (listener.Tls13, listener.Tls12, listener.Plain));
        Assert.InRange(listener.LookedAt, DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Connections_are_TLS_1_3_with_SCRAM()
    {
        Assert.Equal("TLSv1.3", await instance.ScalarAsync<string>("select version from pg_stat_ssl where pid = pg_backend_pid()"));
        Assert.True(await TlsProbe.AnswersAsync(instance.Address, CancellationToken.None));
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            var (stream, client) = await StartTlsAsync();
            using (client)
            await using (stream)
            {
#pragma warning disable CA5397, CA5398 // That it is refused is what is tested.
                await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "x", EnabledSslProtocols = SslProtocols.Tls12 });
#pragma warning restore CA5397, CA5398
            }
        });
        await RefusedToConnectAsync("28000", new NpgsqlConnectionStringBuilder { SslMode = SslMode.Disable, Username = "app", Password = instance.Password, Database = "app" });
        await RefusedToConnectAsync("28P01", new NpgsqlConnectionStringBuilder { SslMode = SslMode.Require, Username = "app", Password = "wrong", Database = "app" });
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("beffroi_replication")]
    public async Task The_platforms_own_roles_do_not_exist_over_the_network(string user) => await RefusedToConnectAsync(
        "28000", new NpgsqlConnectionStringBuilder { SslMode = SslMode.Require, Username = user, Password = instance.Password, Database = "postgres" });

    [Fact]
    public async Task The_application_administers_its_database_and_nothing_else()
    {
        const string rights = "select concat_ws(',', rolsuper, rolreplication, rolbypassrls, rolcreatedb, rolcreaterole) from pg_roles where rolname = current_user";
        Assert.Equal("f,f,f,t,t", await instance.ScalarAsync<string>(rights));
        await instance.ExecuteAsync("create table public.mine (x int); insert into public.mine values (1); drop table public.mine");
        await instance.ExecuteAsync("create role reader; drop role reader");
        await instance.ExecuteAsync("create database another");
        await instance.ExecuteAsync("drop database another");

        Assert.Equal(NotPermitted, await instance.RefusedAsync("copy (select 1) to program 'id'"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("select pg_read_file('/etc/passwd')"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("alter role app superuser"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("alter role postgres password 'x'"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("set role postgres"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("grant pg_execute_server_program to app"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("alter system set ssl = off"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("select rolpassword from pg_authid"));
        Assert.Equal(NotPermitted, await instance.RefusedAsync("load '$libdir/postgres_fdw'"));
    }

    [Fact]
    public async Task Extensions_on_the_list_can_be_made_and_no_others()
    {
        await instance.ExecuteAsync("create extension vector; create extension hstore");
        Assert.Equal(5d, await instance.ScalarAsync<double>("select '[0,0]'::vector <-> '[3,4]'::vector"));
        await instance.ExecuteAsync("drop extension vector; drop extension hstore");
        foreach (var extension in (string[])["file_fdw", "dblink", "postgres_fdw", "adminpack", "pageinspect", "plpython3u", "pgaudit"])
        {
            Assert.NotEqual("", await instance.RefusedAsync($"create extension {extension}"));
        }

        Assert.Equal(1L, await instance.ScalarAsync<long>("select count(*) from pg_extension"));
    }

    [Theory]
    [InlineData("session_preload_libraries", "''")]
    [InlineData("extwlist.extensions", "'file_fdw'")]
    public async Task The_list_cannot_be_changed_by_the_application(string setting, string value)
    {
        await using var connection = await instance.ConnectAsync();
        foreach (var sql in (string[])[$"set {setting} = {value}", $"alter role app set {setting} = {value}", $"alter database app set {setting} = {value}"])
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        }
    }

    [Fact]
    public async Task Nothing_but_PostgreSQL_listens_beyond_loopback()
    {
        var sockets = await instance.InAsync("ss", "--no-header", "--listening", "--tcp", "--udp", "--numeric");
        var outside = sockets.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4])
            .Where(local => !local.StartsWith("127.", StringComparison.Ordinal) && !local.StartsWith("[::1]", StringComparison.Ordinal));
        Assert.Equal(["0.0.0.0:5432"], outside);
    }

    [Fact]
    public async Task A_changed_configuration_arrives_without_a_restart()
    {
        var started = await instance.ScalarAsync<DateTime>("select pg_postmaster_start_time()");
        var other = new PostgresConfiguration.Types.Role { Name = "second", ScramVerifier = Scram.Verifier("first password") };
        await instance.Plane.ApplyAsync(c =>
        {
            c.Parameters["work_mem"] = "12MB";
            c.Roles.Add(other);
            c.Databases.Add(new PostgresConfiguration.Types.Database { Name = "second", Owner = "second" });
        });
        await EventuallyAsync(async () => await instance.ScalarAsync<string>("show work_mem") == "12MB");
        await (await instance.ConnectAsync("second", "first password", "second")).DisposeAsync();

        // A new password; the former one is over.
        await instance.Plane.ApplyAsync(c => c.Roles.Single(r => r.Name == "second").ScramVerifier = Scram.Verifier("second password"));
        await (await instance.ConnectAsync("second", "second password", "second")).DisposeAsync();
        await Assert.ThrowsAsync<PostgresException>(() => instance.ConnectAsync("second", "first password", "second"));
        Assert.Equal(started, await instance.ScalarAsync<DateTime>("select pg_postmaster_start_time()"));
    }

    [Fact]
    public async Task A_database_that_gets_another_name_serves_its_certificate_before_it_is_called_ready()
    {
        var started = await instance.ScalarAsync<DateTime>("select pg_postmaster_start_time()");
        foreach (var name in new[] { "taken-over.beffroi.test", "again.beffroi.test" })
        {
            instance.Plane.DatabaseName = name;
            await instance.Plane.ApplyAsync(c => c.ServerName = name);
            Assert.True((await PresentedAsync()).MatchesHostname(name));
        }

        Assert.Equal(started, await instance.ScalarAsync<DateTime>("select pg_postmaster_start_time()"));

        // The control plane signs for another name than it wants: not ready until it does.
        instance.Plane.Forget();
        var wanted = instance.Plane.Desired.Postgres.Clone();
        wanted.ServerName = "later.beffroi.test";
        instance.Plane.Want(wanted);
        var pending = await instance.Plane.WaitAsync(f => f.Pending.Length > 0, "it waits for its certificate");
        Assert.Contains("server certificate", pending.Pending, StringComparison.Ordinal);
        instance.Plane.DatabaseName = wanted.ServerName;
        await instance.Plane.WaitAsync(f => f.Pending.Length == 0 && f.Postgres.Ready, "it has it");
        Assert.True((await PresentedAsync()).MatchesHostname(wanted.ServerName));
    }

    /// <summary>The certificate that a new connection is shown.</summary>
    private async Task<X509Certificate2> PresentedAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(instance.Address, 5432);
        await client.GetStream().WriteAsync(new byte[] { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f });
        Assert.Equal('S', client.GetStream().ReadByte());
        // Only to see which it is.
#pragma warning disable CA5359
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync("any");
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
    }

    [Fact]
    public async Task A_configuration_that_asks_for_too_much_is_refused_and_told()
    {
        var before = instance.Plane.Desired.Postgres.Clone();
        var bad = before.Clone();
        bad.Roles.Add(new PostgresConfiguration.Types.Role { Name = "x\"; alter role app superuser; --", ScramVerifier = Scram.Verifier("x") });
        instance.Plane.Want(bad);
        var version = instance.Plane.Desired.Version;
        var facts = await instance.Plane.WaitAsync(f => f.Pending.Contains("not accepted", StringComparison.Ordinal), "the refusal is told");
        Assert.True(facts.AppliedVersion < version);
        Assert.False(await instance.ScalarAsync<bool>("select rolsuper from pg_roles where rolname = 'app'"));

        await instance.Plane.ApplyAsync(c => c.Roles.RemoveAt(c.Roles.Count - 1));
    }

    private async Task<(SslStream Stream, TcpClient Client)> StartTlsAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(instance.Address, 5432);
        var stream = client.GetStream();
        await stream.WriteAsync(new byte[] { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f });
        Assert.Equal('S', stream.ReadByte());
#pragma warning disable CA5359 // Whom it is spoken with is not what is tested.
        return (new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true), client);
#pragma warning restore CA5359
    }

    private async Task RefusedToConnectAsync(string state, NpgsqlConnectionStringBuilder how)
    {
        how.Host = instance.Address.ToString();
        how.Pooling = false;
        await using var connection = new NpgsqlConnection(how.ConnectionString);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());
        Assert.Equal(state, refusal.SqlState);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; !await condition(); i++)
        {
            Assert.True(i < 300, "not within a minute");
            await Task.Delay(200);
        }
    }
}
