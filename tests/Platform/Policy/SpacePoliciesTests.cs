using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Kernel;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Tenancy;
using Beffroi.Platform.Tests.Identity;
using Beffroi.Testing;

namespace Beffroi.Platform.Tests.Policy;

/// <summary>What time, and changes of zones, do to spaces that are there.</summary>
public sealed class SpacePoliciesTests(PostgresServer server)
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(DateTime.UtcNow);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_qualification_that_lapses_shows_on_each_space_it_covers_until_it_is_renewed()
    {
        await using var store = await TestStore.CreateAsync(server);
        await DeclareAsync(store, Today.AddDays(3));
        var hospital = (await store.InTransactionAsync(c => store.Get<IOrganizations>().CreateAsync(c, "hospital", new PutOrganization("alice", IdentityTests.Hash("token")), Cancel))).Value!.Value;
        var patients = await SpaceAsync(store, hospital, "patients", "health");
        var news = await SpaceAsync(store, hospital, "news", "open");
        var (there, also) = (await ConditionAsync(store, patients), await ConditionAsync(store, news));
        Assert.Equal((true, "Holds"), (there.Holds, there.Reason));
        Assert.Contains($"hds-certificate until {Today.AddDays(3):O}", there.Message, StringComparison.Ordinal);
        Assert.Equal((true, "No rule applies to the label."), (also.Holds, also.Message));

        await EvaluateAsync(store, 3);
        Assert.True((await ConditionAsync(store, patients)).Holds);
        Assert.Equal(0, await EvaluationsAsync(store));
        await EvaluateAsync(store, 4);
        await EvaluateAsync(store, 4);
        var lapsed = await ConditionAsync(store, patients);
        Assert.Equal((false, "Refused"), (lapsed.Holds, lapsed.Reason));
        Assert.Contains("hds-certificate", lapsed.Message, StringComparison.Ordinal);
        Assert.True((await ConditionAsync(store, news)).Holds);
        // The ledger is told once, and on nobody's behalf: only a day has passed.
        Assert.Equal(1, await EvaluationsAsync(store));
        Assert.Equal(0, await store.CountAsync("platform.ledger where entry::jsonb ? 'onBehalfOf'"));

        await using (var connection = await store.OpenAsync())
        {
            var refusal = (await Policies(store, 4).AdmitAsync(connection, patients, Cancel)).Refusal;
            Assert.Equal("policy-refused", refusal?.Type);
            Assert.Null((await Policies(store, 4).AdmitAsync(connection, news, Cancel)).Refusal);
        }

        await DeclareAsync(store, Today.AddDays(400));
        await EvaluateAsync(store, 4);
        Assert.True((await ConditionAsync(store, patients)).Holds);
        Assert.Equal(2, await EvaluationsAsync(store));
    }

    [Fact]
    public async Task Only_the_space_that_a_derogation_names_has_it()
    {
        await using var store = await TestStore.CreateAsync(server);
        var ministry = (await store.InTransactionAsync(c => store.Get<IOrganizations>().CreateAsync(c, "ministry", new PutOrganization("alice", IdentityTests.Hash("token")), Cancel))).Value!.Value;
        string[] rules = ["r9-qualification", "secnumcloud-19.6-holdings", "secnumcloud-19.2-eu"];
        await store.InTransactionAsync(async c =>
        {
            await PolicyTable.DerogateAsync(c, ministry.Id, "granted", new PutDerogation(rules, "archive", "Minister", "2026-1", "https://a.example", Today.AddDays(30)), "customer:alice", Cancel);
            return 0;
        });
        var archive = await SpaceAsync(store, ministry, "archive", "sensitive");
        Assert.Equal((true, "Derogated"), await ConditionAsync(store, archive) is var c ? (c.Holds, c.Reason) : default);
        Assert.Equal("policy-refused", (await CreateAsync(store, ministry, "other", "sensitive")).Problem?.Type);
        await EvaluateAsync(store, 31);
        Assert.Equal((false, "Refused"), await ConditionAsync(store, archive) is var later ? (later.Holds, later.Reason) : default);
    }

    [Fact]
    public async Task A_space_made_while_the_zone_changes_is_judged_by_what_the_zone_is_then()
    {
        await using var store = await TestStore.CreateAsync(server);
        await DeclareAsync(store, Today.AddDays(3));
        var hospital = (await store.InTransactionAsync(c => store.Get<IOrganizations>().CreateAsync(c, "hospital", new PutOrganization("alice", IdentityTests.Hash("token")), Cancel))).Value!.Value;
        Task<Result<Creation<SpaceRecord>>> creation;
        await using (var connection = await store.OpenAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await ZoneTable.TakeTurnAsync(connection, "local", Cancel);
            await ZoneTable.KeepAsync(connection, "local", "{}", "operator:olga", Cancel);
            creation = CreateAsync(store, hospital, "patients", "health");
            await Task.Delay(300, Cancel);
            Assert.False(creation.IsCompleted);
            await transaction.CommitAsync(Cancel);
        }

        Assert.Equal("policy-refused", (await creation).Problem?.Type);
    }

    private static Task<Result<Creation<SpaceRecord>>> CreateAsync(TestStore store, Organization organization, string name, string classification) =>
        store.InTransactionAsync(c => store.Get<ISpaces>().CreateAsync(c, organization, name, new PutSpace(classification), "customer:alice", Cancel));

    private static async Task<Guid> SpaceAsync(TestStore store, Organization organization, string name, string classification)
    {
        var made = await CreateAsync(store, organization, name, classification);
        Assert.True(made.Ok, made.Problem?.Detail);
        return made.Value.Value.Id;
    }

    private static Task<Zone> DeclareAsync(TestStore store, DateOnly until) => store.InTransactionAsync(c => ZoneTable.KeepAsync(
        c, "local",
        $$"""
        { "country": "FR", "isolation": "vm", "sites": [{ "name": "north", "country": "FR" }],
          "qualifications": [{ "kind": "hds", "by": "Body", "reference": "H1", "from": "2026-01-01", "until": "{{until:O}}", "activities": [1, 2, 3, 4, 6] }] }
        """, "operator:olga", Cancel));

    private static SpacePolicies Policies(TestStore store, int days) => new(store.Get<ISpaceConditions>(), store.Get<ILedger>(), new Later(days));

    private static Task<int> EvaluateAsync(TestStore store, int days) => store.InTransactionAsync(async c =>
    {
        await Policies(store, days).EvaluateAsync(c, Cancel);
        return 0;
    });

    private static async Task<Condition> ConditionAsync(TestStore store, Guid space)
    {
        await using var connection = await store.OpenAsync();
        return Assert.Single(await store.Get<ISpaceConditions>().ListAsync(connection, space, Cancel), c => c.Type == "PolicyHolds");
    }

    private static async Task<long> EvaluationsAsync(TestStore store)
    {
        await using var command = store.Source.CreateCommand("select count(*) from platform.ledger where entry::jsonb->>'action' = 'policy.evaluate'");
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private sealed class Later(int days) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow.AddDays(days);
    }
}
