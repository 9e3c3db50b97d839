using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;
using Npgsql;
using Role = Beffroi.Contracts.Agents.PostgresConfiguration.Types.Role;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>Roles and databases of a customer's spec in a real database.</summary>
public sealed class RoleTests(TestInstance instance) : IClassFixture<TestInstance>
{
    private const string CannotConnect = "28P01";
    private const string Refused = "28000";
    private const string Odd = "\"A customer's, \"\"quoted\"\"\"";
    private const string TooManyConnections = "53300";

    [Fact]
    public async Task A_role_is_as_the_spec_says_and_nothing_that_sql_made_is_touched()
    {
        await instance.ExecuteAsync("create role byhand");
        var reporting = Managed("reporting", "pg_read_all_data");
        reporting.Managed.ConnectionLimit = 1;
        await WantAsync([reporting, Managed("writers", login: false), Managed("nightly", "writers")], ("records", "nightly"));
        await instance.ExecuteAsync("create table secret as select 1 as id; create table shared (id int); grant insert on shared to writers");
        Assert.Equal(1, await OneAsync<int>("select id from secret", "reporting"));
        Assert.Equal("42501", await RefusedAsync("insert into secret values (2)", "reporting"));
        Assert.Equal("42501", await RefusedAsync("create role mine", "reporting"));
        await using (var only = await instance.ConnectAsync("reporting", PasswordOf("reporting")))
        {
            Assert.Equal(TooManyConnections, await RefusedAsync("select 1", "reporting"));
        }

        await OneAsync<object?>("insert into shared values (1)", "nightly");
        await OneAsync<object?>("create table mine (id int)", "nightly", "records");
        Assert.Equal(CannotConnect, await RefusedAsync("select 1", "writers"));
        Assert.Equal("nightly", await instance.ScalarAsync<string>("select pg_get_userbyid(datdba)::text from pg_database where datname = 'records'"));

        // The other way round, which is a circle for as long as the first way holds.
        await WantAsync([Managed("reporting"), Managed("writers", "nightly", login: false), Managed("nightly")], ("records", "app"));
        Assert.Equal("42501", await RefusedAsync("select id from secret", "reporting"));
        Assert.Equal("42501", await RefusedAsync("insert into shared values (1)", "nightly"));
        await using (var first = await instance.ConnectAsync("reporting", PasswordOf("reporting")))
        await using (var second = await instance.ConnectAsync("reporting", PasswordOf("reporting")))
        {
            Assert.Equal("app", await instance.ScalarAsync<string>("select pg_get_userbyid(datdba)::text from pg_database where datname = 'records'"));
        }

        // A circle with what was granted by SQL is told and stops nothing else.
        await instance.ExecuteAsync("create role outside; grant byhand to app with inherit true, set true granted by app");
        var told = await WantAsync([Managed("nightly"), Managed("byhand", "app", login: false)], ("records", "app"), ("more", "nightly"));
        Assert.Equal(("role", "byhand", "0LP01"), Assert.Single(told.Postgres.Refusals) is var refusal ? (refusal.Kind, refusal.Name, refusal.SqlState) : default);
        Assert.Equal("nightly", await instance.ScalarAsync<string>("select pg_get_userbyid(datdba)::text from pg_database where datname = 'more'"));
        await WantAsync([], ("records", "app"));
        Assert.True(await instance.ScalarAsync<bool>("select exists (select from pg_roles where rolname = 'outside')"));
        Assert.True(await instance.ScalarAsync<bool>("select exists (select from pg_database where datname = 'more')"));
        await instance.ExecuteAsync("drop table secret, shared");
    }

    [Fact]
    public async Task A_role_that_is_no_longer_wanted_is_signed_out_and_goes_once_nothing_is_its_own()
    {
        await WantAsync([Managed("granted", "pg_read_all_data"), Managed("owning", "app")], ("archive", "app"));
        await instance.ExecuteAsync("create table papers (id int); grant select on papers to granted; alter table papers enable row level security; create policy all_of on papers to granted using (true)");
        await instance.ExecuteAsync("create database " + Odd);
        await instance.ExecuteAsync($"grant connect on database archive to granted; grant create on database {Odd} to granted");
        await OneAsync<object>("create table theirs as select 7 as id", "owning");
        await using var open = await instance.ConnectAsync("granted", PasswordOf("granted"));
        var facts = await WantAsync([], ("archive", "app"));
        Assert.Equal(["owning"], facts.Postgres.RetiredRoles);
        await using (var command = new NpgsqlCommand("select 1", open))
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        Assert.False(await ExistsAsync("granted"));
        Assert.Equal(CannotConnect, await RefusedAsync("select 1", "owning"));
        Assert.False(await instance.ScalarAsync<bool>("select pg_has_role('owning', 'app', 'usage')"));

        // What it owned is still there, and the first role gives it away.
        Assert.Equal(7, await instance.ScalarAsync<int>("select id from theirs"));
        await instance.ExecuteAsync("reassign owned by owning to app");
        await instance.Plane.WaitAsync(f => f.Postgres is { RetiredRoles.Count: 0 }, "nothing keeps it any more");
        Assert.False(await ExistsAsync("owning"));
        Assert.Equal(7, await instance.ScalarAsync<int>("select id from theirs"));

        // Back in time for another life: a new password, and nobody is a member of it.
        await WantAsync([Managed("owning", "app")]);
        await OneAsync<object>("create table again (id int)", "owning");
        await WantAsync([]);
        await WantAsync([Managed("owning", "app")]);
        Assert.False(await instance.ScalarAsync<bool>("select pg_has_role('app', 'owning', 'member')"));
        Assert.Equal(7, await OneAsync<int>("select id from theirs", "owning"));
        await instance.ExecuteAsync("drop table papers, theirs");
        await instance.ExecuteAsync("drop database " + Odd);
    }

    [Fact]
    public async Task A_role_ends_when_it_shall()
    {
        var passing = Managed("passing");
        passing.Managed.ValidUntil = DateTimeOffset.UtcNow.AddSeconds(8).ToUnixTimeSeconds();
        await WantAsync([passing]);
        await using var open = await instance.ConnectAsync("passing", PasswordOf("passing"));
        await using var command = new NpgsqlCommand("select pg_sleep(60)", open);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.True(DateTimeOffset.UtcNow.ToUnixTimeSeconds() >= passing.Managed.ValidUntil);
        await Assert.ThrowsAsync<PostgresException>(() => OneAsync<int>("select 1", "passing"));

        // It goes on where its end is put off.
        passing.Managed.ValidUntil = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds();
        await WantAsync([passing]);
        Assert.Equal(1, await OneAsync<int>("select 1", "passing"));
    }

    [Fact]
    public async Task One_connects_from_the_allowed_networks_and_whoever_is_connected_from_elsewhere_is_signed_out()
    {
        await WantAsync([]);
        await using var open = await instance.ConnectAsync();
        await AllowAsync("192.0.2.0/24", "10.97.0.1/32");
        await using (var command = new NpgsqlCommand("select 1", open))
        {
            Assert.Equal(1, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
            await AllowAsync("192.0.2.0/24", "10.97.0.2/32");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal("28000", (await Assert.ThrowsAsync<PostgresException>(() => instance.ConnectAsync())).SqlState);
        await AllowAsync();
        Assert.Equal(1, await instance.ScalarAsync<int>("select 1"));

        async Task AllowAsync(params string[] networks)
        {
            var configuration = instance.Configuration();
            configuration.AllowedNetworks.AddRange(networks);
            instance.Plane.Want(configuration);
            var version = instance.Plane.Desired.Version;
            await instance.Plane.WaitAsync(f => f.AppliedVersion >= version && f.Postgres.Ready, "it is applied");
        }
    }

    [Fact]
    public async Task A_certificate_of_the_customers_authority_signs_its_role_in_and_nobody_else()
    {
        using var first = new TestAuthority("Clients");
        using var second = new TestAuthority("Clients");
        using var own = first.Client("machine");
        using var others = second.Client("machine");
        using var wrong = first.Client("app");
        using var node = first.Client(Guid.NewGuid().ToString());
        var machine = Managed("machine", login: false);
        (machine.Managed.Login, machine.Managed.Certificate) = (true, true);
        await TrustAsync(first);
        await using (var open = await instance.ConnectAsync("machine", certificate: own))
        {
            await using var command = new NpgsqlCommand("select 1", open);
            Assert.Equal(1, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));

            // No password, also one that SQL has given it; no other name; no other authority; and the platform's own roles not at all.
            Assert.Equal(Refused, (await Assert.ThrowsAsync<PostgresException>(() => instance.ConnectAsync("machine", PasswordOf("machine")))).SqlState);
            Assert.Equal(Refused, (await Assert.ThrowsAsync<PostgresException>(() => instance.ConnectAsync("machine", certificate: wrong))).SqlState);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => instance.ConnectAsync("machine", certificate: others));
            foreach (var role in (string[])["postgres", "beffroi_replication", "beffroi_rewind"])
            {
                Assert.Equal(Refused, (await Assert.ThrowsAsync<PostgresException>(() => instance.ConnectAsync(role, certificate: node, database: "postgres"))).SqlState);
            }

            // Who has a password needs no certificate, and none is as good as it.
            Assert.Equal(1, await instance.ScalarAsync<int>("select 1"));
            Assert.Equal(CannotConnect, (await Assert.ThrowsAsync<PostgresException>(() => instance.ConnectAsync("app", "wrong", certificate: wrong))).SqlState);

            // The authority is another of the same name: who came by the one of before is signed out, though its certificate has not expired.
            await TrustAsync(second);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => instance.ConnectAsync("machine", certificate: own));
        await using (var open = await instance.ConnectAsync("machine", certificate: others))
        {
            // Both: nobody is signed out without need twice.
            await TrustAsync(second);
            await using var command = new NpgsqlCommand("select 1", open);
            Assert.Equal(1, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        // With a password from now on, and none is believed any more.
        await WantAsync([Managed("machine")]);
        Assert.Equal(1, await OneAsync<int>("select 1", "machine"));
        Assert.Equal("", await instance.ScalarAsync<string>("select current_setting('ssl_ca_file')"));

        // Back again, with a session by password still open.
        await using (var open = await instance.ConnectAsync("machine", PasswordOf("machine")))
        {
            await TrustAsync(first);
            await using var command = new NpgsqlCommand("select 1", open);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        await WantAsync([]);

        async Task TrustAsync(TestAuthority authority)
        {
            var configuration = instance.Configuration();
            configuration.Roles.Add(machine);
            configuration.ClientAuthorities.Add(authority.Pem);
            instance.Plane.Want(configuration);
            var version = instance.Plane.Desired.Version;
            await instance.Plane.WaitAsync(f => f.AppliedVersion >= version && f.Postgres.Ready, "it is applied");
        }
    }

    private Task<bool> ExistsAsync(string role) => instance.ScalarAsync<bool>($"select exists (select from pg_roles where rolname = '{role}')");

    private async Task<Facts> WantAsync(Role[] roles, params (string Name, string Owner)[] databases)
    {
        var configuration = instance.Configuration();
        configuration.Roles.AddRange(roles);
        configuration.Databases.AddRange(databases.Select(d => new PostgresConfiguration.Types.Database { Name = d.Name, Owner = d.Owner }));
        instance.Plane.Want(configuration);
        var version = instance.Plane.Desired.Version;
        return await instance.Plane.WaitAsync(f => f.AppliedVersion >= version && f.Postgres.Ready, "it is applied");
    }

    private static Role Managed(string name, string? memberOf = null, bool login = true)
    {
        var role = new Role { Name = name, ScramVerifier = login ? Scram.Verifier(PasswordOf(name)) : "", Managed = new PostgresConfiguration.Types.Managed { Login = login } };
        role.MemberOf.AddRange(memberOf is null ? [] : [memberOf]);
        return role;
    }

    private static string PasswordOf(string name) => "password-of-" + name;

    private async Task<T?> OneAsync<T>(string sql, string user, string database = "app")
    {
        await using var connection = await instance.ConnectAsync(user, PasswordOf(user), database);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T?)await command.ExecuteScalarAsync();
    }

    private async Task<string> RefusedAsync(string sql, string user, string database = "app") =>
        (await Assert.ThrowsAsync<PostgresException>(() => OneAsync<object>(sql, user, database))).SqlState;
}
