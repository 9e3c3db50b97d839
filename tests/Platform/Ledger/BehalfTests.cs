using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Testing;
using Beffroi.Transparency;

namespace Beffroi.Platform.Tests.Ledger;

/// <summary>On whose behalf, as far as the ledger knows it by itself.</summary>
public sealed class BehalfTests(PostgresServer server)
{
    private const string Alice = "customer:alice";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operations_requester_is_named_in_what_the_platform_and_agents_do_for_it_and_in_nothing_else()
    {
        await using var store = await TestStore.CreateAsync(server);
        var (organization, asked) = await OperationAsync(store, Alice);
        var (_, due) = await OperationAsync(store, null);
        var key = await store.InTransactionAsync(c => KeyOperations.BeginAsync(c, organization, "rotate", null, "customer:bob", Cancel));
        LedgerEntry Entry(string actor, Guid? operation) => new(actor, "postgres.volume", "done", organization, OperationId: operation);
        (LedgerEntry Entry, string? OnBehalfOf)[] cases =
        [
            (Entry("system:postgres", asked), Alice),
            (Entry("agent:0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", asked), Alice),
            (Entry("system:organization-key", key), "customer:bob"),
            (Entry("system:postgres", due), null),
            (Entry("system:postgres", Guid.NewGuid()), null),
            (Entry("system:postgres", null), null),
            // Whoever sends a request sends it in their own name.
            (Entry("customer:bob", asked), null),
            (Entry(Alice, asked), null),
            (Entry("system:policy", asked) with { OnBehalfOf = "operator:olga" }, "operator:olga"),
        ];
        foreach (var (entry, _) in cases)
        {
            await store.InTransactionAsync(async c =>
            {
                await store.Get<ILedger>().AppendAsync(c, entry, Cancel);
                return 0;
            });
        }

        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        await using var connection = await store.OpenAsync();
        var rows = await LedgerReader.PageAsync(connection, organization, 0, 100, new LedgerFilter(Action: "postgres.volume"), Cancel);
        Assert.Equal(cases.Select(c => c.OnBehalfOf), rows.Select(r => Member(r, "onBehalfOf")));
        Assert.Equal(2, (await LedgerReader.PageAsync(connection, organization, 0, 100, new LedgerFilter(OnBehalfOf: Alice), Cancel)).Count);
    }

    [Fact]
    public async Task Only_who_begins_an_operation_is_its_requester_and_one_begun_for_another_has_the_same()
    {
        await using var store = await TestStore.CreateAsync(server);
        var (organization, asked) = await OperationAsync(store, Alice);
        var (_, repository) = await OperationAsync(store, null);
        await store.InTransactionAsync(async c =>
        {
            await Requesters.NoteAsync(c, asked, "customer:mallory", Cancel);
            await Requesters.NoteAsync(c, repository, "customer:mallory", Cancel);
            Assert.Equal(Alice, await Requesters.FindAsync(c, asked, Cancel));
            Assert.Null(await Requesters.FindAsync(c, repository, Cancel));
            await Requesters.InheritAsync(c, repository, asked, Cancel);
            Assert.Equal(Alice, await Requesters.FindAsync(c, repository, Cancel));
            return 0;
        });
    }

    [Fact]
    public async Task Entries_from_before_the_new_members_stay_as_they_were_and_the_log_goes_on()
    {
        const string Before = """{"action":"volume.create","actor":"system:test","outcome":"done","version":2}""";
        await using var store = await TestStore.CreateAsync(server);
        await store.ExecuteAsync($"insert into platform.ledger_pending (log_id, members) values ('{Guid.Empty}', '{Before}')");
        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        await store.InTransactionAsync(async c =>
        {
            await store.Get<ILedger>().AppendAsync(c, new LedgerEntry("operator:olga", "lockbox.open", "accepted", OnBehalfOf: Alice, ApprovedBy: "customer:bob"), Cancel);
            await store.Get<ILedger>().AppendAsync(c, new LedgerEntry("system:test", "volume.create", "done"), Cancel);
            return 0;
        });
        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        await using var connection = await store.OpenAsync();
        var rows = await LedgerReader.PageAsync(connection, null, 0, 10, new LedgerFilter(), Cancel);
        Assert.Equal(["action,actor,at,loggedAt,outcome,version", "action,actor,approvedBy,at,loggedAt,onBehalfOf,outcome,version", "action,actor,at,loggedAt,outcome,version"], rows.Select(Members));
        var head = (await LedgerReader.FindHeadAsync(connection, null, Cancel))!;
        var report = await new LogVerifier(new LedgerTiles(connection, Guid.Empty), NoteKey.Parse(head.PublicKey)!).VerifyAsync(head.Checkpoint, null, null, Cancel);
        Assert.Empty(report.Findings);
        Assert.Equal(3, report.Entries);
    }

    /// <summary>An organization with an operation of its own that runs, and perhaps somebody who asked for it.</summary>
    private static async Task<(Guid Organization, Guid Operation)> OperationAsync(TestStore store, string? by)
    {
        var (resource, operation) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        return await store.InTransactionAsync(async connection =>
        {
            var name = "o" + operation.ToString("N")[20..];
            var organization = (await store.Get<IOrganizations>().CreateAsync(connection, name, new PutOrganization("alice", operation.ToString("N") + operation.ToString("N")), Cancel)).Value!.Value;
            var space = (await store.Get<ISpaces>().CreateAsync(connection, organization, "eval", new PutSpace("open"), "system:test", Cancel)).Value!.Value;
            await new OperationStore().CreateAsync(connection, new NewOperation(operation, space.Id, resource, "test", "thing", "create", 1, "Waiting."), Cancel);
            if (by is not null)
            {
                await Requesters.NoteAsync(connection, operation, by, Cancel);
            }

            return (organization.Id, operation);
        });
    }

    private static string Members(LedgerRow row)
    {
        using var json = JsonDocument.Parse(row.Entry);
        return string.Join(',', json.RootElement.EnumerateObject().Select(m => m.Name));
    }

    private static string? Member(LedgerRow row, string name)
    {
        using var json = JsonDocument.Parse(row.Entry);
        return json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
