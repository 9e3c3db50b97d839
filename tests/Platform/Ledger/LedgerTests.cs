using System.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Beffroi.Platform.Ledger;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Platform.Tests.Ledger;

public sealed class LedgerTests(PostgresServer server)
{
    private static readonly Guid Hospital = Guid.Parse("01900000-0000-7000-8000-000000000001");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Concurrent_entries_form_one_chain_that_verifies()
    {
        await using var store = await TestStore.CreateAsync(server);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            for (var i = 0; i < 5; i++)
            {
                await AppendAsync(store, worker % 2 == 0 ? Hospital : null);
            }
        }));
        var verified = await VerifyAsync(store);
        Assert.Null(verified.Break);
        Assert.Equal(40, verified.Entries);
        Assert.Equal(20, (await store.Get<LedgerReader>().PageAsync(Hospital, 0, 100, Cancel)).Count);
    }

    [Fact]
    public async Task An_entry_that_is_rolled_back_leaves_no_gap()
    {
        await using var store = await TestStore.CreateAsync(server);
        await AppendAsync(store, null);
        await using (var connection = await store.OpenAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            Assert.Equal(2, await store.Get<ILedger>().AppendAsync(connection, new("system:test", "test", "done"), Cancel));
            await transaction.RollbackAsync(Cancel);
        }

        Assert.Equal(2, await AppendAsync(store, null));
        Assert.Null((await VerifyAsync(store)).Break);
    }

    [Fact]
    public async Task Entries_are_paged_and_an_organization_sees_only_its_own()
    {
        await using var store = await TestStore.CreateAsync(server);
        foreach (var organization in new Guid?[] { Hospital, null, Hospital, Guid.NewGuid(), Hospital })
        {
            await AppendAsync(store, organization);
        }

        var reader = store.Get<LedgerReader>();
        var first = await reader.PageAsync(Hospital, 0, 2, Cancel);
        var rest = await reader.PageAsync(Hospital, first[^1].Sequence, 2, Cancel);
        Assert.Equal([1, 3, 5], first.Concat(rest).Select(r => r.Sequence));
        Assert.Equal([2], (await reader.PageAsync(null, 0, 10, Cancel)).Select(r => r.Sequence));
    }

    // Computed here as the decision record tells it, without the product's code.
    [Fact]
    public async Task The_hash_is_the_documented_one()
    {
        await using var store = await TestStore.CreateAsync(server);
        await AppendAsync(store, Hospital);
        var row = Assert.Single(await store.Get<LedgerReader>().PageAsync(Hospital, 0, 10, Cancel));
        Assert.Equal(SHA256.HashData([2, .. new byte[32], .. Encoding.UTF8.GetBytes(row.Entry)]), row.Sha256);
        using var entry = JsonDocument.Parse(row.Entry);
        Assert.Equal("action,actor,at,generation,organizationId,outcome,sequence,version", string.Join(',', entry.RootElement.EnumerateObject().Select(p => p.Name)));
    }

    [Theory]
    [InlineData("update platform.ledger set entry = entry || ' '")]
    [InlineData("delete from platform.ledger")]
    [InlineData("truncate platform.ledger")]
    public async Task The_store_refuses_to_change_the_ledger(string sql)
    {
        await using var store = await TestStore.CreateAsync(server);
        await AppendAsync(store, null);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => store.ExecuteAsync(sql));
        Assert.Contains("append-only", refusal.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete from platform.ledger where sequence = 4", 4, LedgerTampering.Removed)]
    [InlineData("delete from platform.ledger where sequence = 1", 1, LedgerTampering.Removed)]
    [InlineData("delete from platform.ledger where sequence >= 6", 6, LedgerTampering.Removed)]
    [InlineData("truncate platform.ledger", 1, LedgerTampering.Removed)]
    [InlineData("delete from platform.ledger where sequence = 4; update platform.ledger set sequence = -sequence where sequence > 4; update platform.ledger set sequence = -sequence - 1 where sequence < 0", 4, LedgerTampering.Removed)]
    [InlineData("update platform.ledger set entry = replace(entry, 'done', 'failed') where sequence = 3", 3, LedgerTampering.Changed)]
    [InlineData("update platform.ledger set sha256 = sha256(sha256) where sequence = 3", 3, LedgerTampering.Changed)]
    [InlineData("update platform.ledger set previous_sha256 = sha256(sha256) where sequence = 3", 3, LedgerTampering.Changed)]
    [InlineData("update platform.ledger set organization_id = null where sequence = 2", 2, LedgerTampering.Changed)]
    [InlineData("update platform.ledger set entry = replace(entry, 'done', 'failed') where sequence = 3; " + Rehash + " where sequence = 3", 3, LedgerTampering.Changed)]
    [InlineData("update platform.ledger set entry = replace(entry, 'done', 'failed') where sequence = 7; " + Rehash + " where sequence = 7", 7, LedgerTampering.Changed)]
    [InlineData("update platform.ledger set sequence = -sequence where sequence > 3; update platform.ledger set sequence = 1 - sequence where sequence < 0; insert into platform.ledger select 4, organization_id, replace(entry, 'done', 'failed'), previous_sha256, sha256('x') from platform.ledger where sequence = 5; " + Rehash + " where sequence = 4", 5, LedgerTampering.Inserted)]
    [InlineData("update platform.ledger set sequence = -3 where sequence = 3; update platform.ledger set sequence = 3 where sequence = 5; update platform.ledger set sequence = 5 where sequence = -3", 3, LedgerTampering.Reordered)]
    public async Task Tampering_is_named_with_its_place(string sql, long at, LedgerTampering tampering)
    {
        await using var store = await TestStore.CreateAsync(server);
        for (var i = 0; i < 7; i++)
        {
            await AppendAsync(store, Hospital);
        }

        var before = await VerifyAsync(store);
        Assert.Null(before.Break);
        await store.ExecuteAsync("alter table platform.ledger disable trigger all; " + sql);
        var broken = (await VerifyAsync(store, before.Head)).Break;
        Assert.NotNull(broken);
        Assert.Equal((at, tampering), (broken.Sequence, broken.Tampering));
    }

    // What an intruder who knows the format would do: hash the changed entry anew.
    private const string Rehash =
        "update platform.ledger set sha256 = sha256('\\x02'::bytea || previous_sha256 || convert_to(entry, 'UTF8'))";

    private static Task<long> AppendAsync(TestStore store, Guid? organization) =>
        store.InTransactionAsync(c => store.Get<ILedger>().AppendAsync(c, new("system:test", "volume.create", "done", organization, Generation: 1), Cancel));

    private static Task<LedgerVerification> VerifyAsync(TestStore store, LedgerHead? known = null) => store.Get<LedgerVerifier>().VerifyAsync(known, Cancel);
}
