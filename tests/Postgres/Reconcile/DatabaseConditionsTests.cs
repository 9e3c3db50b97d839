using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Services.Postgres.Reconcile;

namespace Beffroi.Postgres.Tests.Reconcile;

public sealed class DatabaseConditionsTests
{
    private const string Roles = "RolesAndDatabasesAsSpecified";

    [Fact]
    public void What_keeps_a_role_from_being_as_specified_is_said()
    {
        const string spec = """{"roles":[{"name":"kept"}]}""";
        var facts = new PostgresFacts { Role = "primary", RetiredRoles = { "former", "with space" }, Refusals = { new PostgresFacts.Types.Refusal { Kind = "role", Name = "kept", SqlState = "0LP01" } } };
        Assert.Equal(("Refused", "PostgreSQL refuses role kept (SQLSTATE 0LP01)."), Said(spec, facts, Roles) is { } refused ? (refused.Reason, refused.Message) : default);
        facts.Refusals.Clear();
        var retired = Said(spec, facts, Roles)!;
        Assert.Equal((false, "RolesRetired"), (retired.Holds, retired.Reason));
        Assert.Contains("former", retired.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("with space", retired.Message, StringComparison.Ordinal);
        facts.RetiredRoles.Clear();
        Assert.True(Said(spec, facts, Roles)!.Holds);

        // Nothing asked for, nothing said; but what was asked for once is not forgotten as long as it is there.
        Assert.Null(Said("{}", facts, Roles));
        facts.RetiredRoles.Add("former");
        Assert.False(Said("{}", facts, Roles)!.Holds);
    }

    [Fact]
    public void A_metric_beyond_a_bound_is_said_while_it_is()
    {
        const string spec = """{"alerts":[{"metric":"storage-share","above":0.9,"forMinutes":10},{"metric":"commits","below":1}]}""", Within = "MetricsWithinThresholds";
        var facts = new PostgresFacts { Role = "primary" };
        Assert.Null(Said("{}", facts, Within));
        Assert.True(Said(spec, facts, Within)!.Holds);
        facts.Crossed.Add(new PostgresConfiguration.Types.Threshold { Series = "storage-share", Bound = 0.9, Minutes = 10 });
        Assert.Equal(
            (false, "Crossed", "storage-share has been above 0.9 (share) in the mean of 10 min."),
            Said(spec, facts, Within) is { } crossed ? (crossed.Holds, crossed.Reason, crossed.Message) : default);
        // Of a bound that is no more, and of a replica, which takes no commits, nothing is said.
        Assert.Null(Said("{}", facts, Within));
        Assert.True(Said("""{"alerts":[{"metric":"storage-share","above":0.95,"forMinutes":10}]}""", facts, Within)!.Holds);
        facts.Role = "replica";
        Assert.True(Said(spec, facts, Within)!.Holds);
    }

    [Fact]
    public void Whether_the_pooler_serves_is_said_and_nothing_where_there_is_none()
    {
        const string spec = """{"pooler":{"mode":"session"}}""", Ready = "PoolerReady";
        var facts = new PostgresFacts { Role = "primary" };
        Assert.Null(Said("{}", facts, Ready));

        // The agent says nothing of it, and that all is applied.
        var old = Said(spec, facts, Ready)!;
        Assert.Equal((false, "NewerImage"), (old.Holds, old.Reason));
        Assert.Contains("apply-updates first", old.Message, StringComparison.Ordinal);
        facts.Pooler = new() { Serving = true, Mode = "transaction" };
        Assert.Equal((false, "NotServing"), Said(spec, facts, Ready) is { } other ? (other.Holds, other.Reason) : default);
        facts.Pooler = new() { Serving = false, Mode = "session", Problem = "What is\nwrong" };
        Assert.EndsWith(": What is wrong", Said(spec, facts, Ready)!.Message, StringComparison.Ordinal);
        facts.Pooler = new() { Serving = true, Mode = "session" };
        Assert.Equal((true, "Serving", "PgBouncer answers at port 6432, in session mode."), Said(spec, facts, Ready) is { } good ? (good.Holds, good.Reason, good.Message) : default);
    }

    [Fact]
    public void Extensions_are_told_by_their_database()
    {
        const string spec = """{"extensions":["hstore"],"databases":[{"name":"records","owner":"app","extensions":["hstore","vector"]}]}""";
        var facts = new PostgresFacts
        {
            Role = "primary",
            Extensions =
            {
                new PostgresFacts.Types.Extension { Name = "hstore", Version = "1.8", Database = "app" },
                new PostgresFacts.Types.Extension { Name = "hstore", Version = "1.8", Database = "records" },
                new PostgresFacts.Types.Extension { Name = "vector", Refused = "42710", Database = "records" },
            },
        };
        var (condition, status) = Tell(spec, facts, "ExtensionsInstalled");
        Assert.Equal([new PostgresExtension("hstore", "1.8"), new PostgresExtension("hstore", "1.8", "records")], status.Extensions);
        Assert.Contains("vector in records (SQLSTATE 42710)", condition!.Message, StringComparison.Ordinal);
        facts.Extensions[2].Refused = "";
        facts.Extensions[2].Version = "0.8.0";
        Assert.True(Said(spec, facts, "ExtensionsInstalled")!.Holds);
    }

    private static Condition? Said(string spec, PostgresFacts facts, string type) => Tell(spec, facts, type).Condition;

    private static (Condition? Condition, PostgresStatus Status) Tell(string spec, PostgresFacts facts, string type)
    {
        var instance = Guid.NewGuid();
        var row = new ResourceRow(
            Guid.NewGuid(), "postgres", new SpaceRecord(Guid.NewGuid(), "eval", Guid.NewGuid(), "demo", "local", 0), "first", new Dictionary<string, string>(), 1, 1,
            spec, """{"state":"ready","observedGeneration":1,"conditions":[]}""", $$"""{"nodes":[{"instanceId":"{{instance}}","volumeId":"{{instance}}","hostNumber":2}]}""", null,
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null);
        var agent = new AgentRecord(instance, Guid.Empty, Guid.Empty, null, 1, new Facts { Postgres = facts }, null);
        var context = new PostgresContext(row, null!, null, new Dictionary<Guid, AgentRecord> { [instance] = agent }, SealState.Open);
        DatabaseConditions.Tell(context, facts, DateTimeOffset.UnixEpoch);
        return (context.Conditions.FirstOrDefault(c => c.Type == type), context.Status);
    }
}
