using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Platform.Tests.Ledger;

/// <summary>What an entry can hold is a closed list: whoever adds to it says in decision 4 what of people comes in by it, as nothing can be taken out of a log again.</summary>
public sealed class LedgerEntryTests(PostgresServer server)
{
    private static readonly Guid Organization = Guid.Parse("01900000-0000-7000-8000-000000000001");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Its_members_are_these_and_of_these_types() => Assert.Equal(
        [
            ("Action", typeof(string)), ("Actor", typeof(string)), ("ApprovedBy", typeof(string)), ("Generation", typeof(long?)), ("OnBehalfOf", typeof(string)), ("OperationId", typeof(Guid?)),
            ("OrganizationId", typeof(Guid?)), ("Origin", typeof(string)), ("Outcome", typeof(string)), ("Reason", typeof(LedgerReason)), ("RequestId", typeof(string)), ("Resource", typeof(string)),
            ("ResourceId", typeof(Guid?)),
        ],
        typeof(LedgerEntry).GetProperties().Select(p => (p.Name, p.PropertyType)).OrderBy(p => p.Name, StringComparer.Ordinal));

    [Fact]
    public async Task In_the_log_it_has_those_its_version_and_its_two_times_and_nothing_else()
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.InTransactionAsync(async connection =>
        {
            var (resource, operation) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            await store.Get<ILedger>().AppendAsync(
                connection,
                new LedgerEntry("customer:a", "postgres.create", "accepted", Organization, "/v1/x", resource, 1, $"unchanged", "request", operation, "192.0.2.1", "customer:b", "customer:c"), Cancel);
            return 0;
        });
        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        await using var connection = await store.OpenAsync();
        await using var command = new NpgsqlCommand("select entry from platform.ledger_entries", connection);
        using var entry = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(Cancel))!);
        Assert.Equal(
            "action,actor,approvedBy,at,generation,loggedAt,onBehalfOf,operationId,organizationId,origin,outcome,reason,requestId,resource,resourceId,version",
            string.Join(',', entry.RootElement.EnumerateObject().Select(m => m.Name)));
    }
}
