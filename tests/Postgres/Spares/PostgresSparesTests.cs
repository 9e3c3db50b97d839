using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres.Spares;

namespace Beffroi.Postgres.Tests.Spares;

public sealed class PostgresSparesTests
{
    [Theory]
    [InlineData("s1", "10GiB", false, true)]
    [InlineData("s1", "20GiB", false, false)]
    [InlineData("s1", "20GiB", true, true)]
    [InlineData("s1", "9GiB", true, false)]
    [InlineData("s2", "10GiB", true, false)]
    public void A_spare_fits_what_it_can_become_without_a_restart(string size, string storage, bool growsInUse, bool fits) =>
        Assert.Equal(fits, PostgresSpares.Fits(new PostgresSpec("17", "s1", "10GiB"), growsInUse, new PostgresSpec("17", size, storage)));

    [Theory]
    [InlineData("work_mem", "8MB", true)]
    [InlineData("max_connections", "50", false)]
    public void Settings_that_need_no_restart_are_no_hindrance(string parameter, string value, bool fits)
    {
        var wanted = new PostgresSpec("17", "s1", "10GiB", Parameters: new Dictionary<string, string> { [parameter] = value }, Extensions: ["vector"]);
        Assert.Equal(fits, PostgresSpares.Fits(PostgresSpares.Beside([wanted]), growsInUse: false, wanted with { DeletionProtection = false }));
        Assert.Null(PostgresSpares.Beside([wanted]).Parameters);
    }

    [Fact]
    public void A_spare_has_no_pooler_and_can_get_one()
    {
        var wanted = new PostgresSpec("17", "s1", "10GiB", Pooler: new("session", 50));
        Assert.Null(PostgresSpares.Beside([wanted]).Pooler);
        Assert.True(PostgresSpares.Fits(PostgresSpares.Beside([wanted]), growsInUse: false, wanted));
        Assert.NotEqual(wanted, wanted with { Pooler = null });
        Assert.NotEqual(wanted, wanted with { Pooler = new("session") });
    }

    [Fact]
    public void A_spare_of_another_version_fits_nothing() =>
        Assert.False(PostgresSpares.Fits(new PostgresSpec("16", "s1", "10GiB"), true, new PostgresSpec("17", "s1", "10GiB")));

    [Fact]
    public void A_spare_is_as_small_as_the_smallest_database_beside_it_and_never_protected()
    {
        var spare = PostgresSpares.Beside([new("17", "s4", "2GiB"), new("17", "s2", "1536MiB"), new("17", "s8", "1TiB")]);
        Assert.Equal(new PostgresSpec("17", "s2", "1536MiB", DeletionProtection: false), spare);
    }

    [Fact]
    public void A_spare_could_have_become_one_of_the_databases_beside_it_else_it_would_come_and_go()
    {
        PostgresSpec[] databases = [new("17", "s1", "50GiB"), new("17", "s2", "10GiB")];
        var spare = PostgresSpares.Beside(databases);
        Assert.Contains(databases, database => PostgresSpares.Fits(spare, growsInUse: false, database));
    }
}
