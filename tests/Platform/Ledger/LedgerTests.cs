using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Testing;
using Beffroi.Transparency;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Beffroi.Platform.Tests.Ledger;

public sealed partial class LedgerTests(PostgresServer server)
{
    private static readonly Guid Hospital = Guid.Parse("01900000-0000-7000-8000-000000000001");
    private static readonly LedgerFilter All = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Concurrent_entries_and_integrations_form_sound_logs_with_every_entry_once()
    {
        await using var store = await TestStore.CreateAsync(server);
        using var other = new LedgerIntegration(store.Source, store.Get<IOrganizationKeys>(), TimeProvider.System, NullLogger<LedgerIntegration>.Instance);
        using var stop = new CancellationTokenSource();
        var integrations = new[] { other, store.Get<LedgerIntegration>() }.Select(async integration =>
        {
            while (!stop.IsCancellationRequested)
            {
                await integration.IntegrateAsync(Cancel);
            }
        }).ToList();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            for (var i = 0; i < 50; i++)
            {
                await AppendAsync(store, worker % 2 == 0 ? Hospital : null, $"{worker}/{i}");
            }
        }));
        await stop.CancelAsync();
        await Task.WhenAll(integrations);
        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);

        foreach (var log in new Guid?[] { Hospital, null })
        {
            Assert.Empty((await VerifyAsync(store, log)).Findings);
            var entries = await PageAsync(store, log, 0, 1000, All, Cancel);
            Assert.Equal(Enumerable.Range(0, 200).Select(i => (long)i), entries.Select(e => e.Index));
            Assert.Equal(200, entries.Select(e => Member(e, "reason")).Distinct().Count());
        }

        Assert.Equal(0, await store.CountAsync("platform.ledger_pending"));
    }

    [Fact]
    public async Task An_entry_that_is_rolled_back_was_never_there()
    {
        await using var store = await TestStore.CreateAsync(server);
        await using (var connection = await store.OpenAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await store.Get<ILedger>().AppendAsync(connection, new("system:test", "test", "done"), Cancel);
            await transaction.RollbackAsync(Cancel);
        }

        Assert.Equal(0, await store.Get<LedgerIntegration>().IntegrateAsync(Cancel));
        Assert.Null(await HeadAsync(store, null, Cancel));
    }

    [Fact]
    public async Task Entries_are_paged_and_filtered_and_an_organizations_log_holds_its_own_only()
    {
        await using var store = await TestStore.CreateAsync(server);
        foreach (var (organization, reason) in new (Guid?, string)[] { (Hospital, "a"), (null, "b"), (Hospital, "c"), (Guid.NewGuid(), "d"), (Hospital, "e") })
        {
            await AppendAsync(store, organization, reason);
        }

        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        var first = await PageAsync(store, Hospital, 0, 2, All, Cancel);
        var rest = await PageAsync(store, Hospital, first[^1].Index + 1, 2, All, Cancel);
        Assert.Equal(["a", "c", "e"], first.Concat(rest).Select(r => Member(r, "reason")));
        Assert.Equal(["b"], (await PageAsync(store, null, 0, 10, All, Cancel)).Select(r => Member(r, "reason")));

        async Task<int> CountAsync(LedgerFilter filter) => (await PageAsync(store, Hospital, 0, 10, filter, Cancel)).Count;
        Assert.Equal(3, await CountAsync(new(Action: "volume.create", Actor: "system:test", Outcome: "done", Resource: "/v1/x", Since: DateTimeOffset.UtcNow.AddHours(-1))));
        Assert.Equal(0, await CountAsync(new(Action: "volume")));
        Assert.Equal(0, await CountAsync(new(Resource: "/v1/x/")));
        Assert.Equal(0, await CountAsync(new(Resource: "/v")));
        Assert.Equal(0, await CountAsync(new(Until: DateTimeOffset.UtcNow.AddHours(-1))));
        Assert.Equal("action,actor,at,generation,loggedAt,organizationId,outcome,reason,resource,version", string.Join(',', Members(first[0])));
    }

    [Theory]
    [InlineData("update platform.ledger_entries set entry = entry || ' '")]
    [InlineData("delete from platform.ledger_entries")]
    [InlineData("truncate platform.ledger_entries")]
    public async Task The_store_refuses_to_change_the_ledger(string sql)
    {
        await using var store = await TestStore.CreateAsync(server);
        await AppendAsync(store, null, "a");
        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => store.ExecuteAsync(sql));
        Assert.Contains("append-only", refusal.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete from platform.ledger_entries where index = 4", Fault.Removed, 4)]
    [InlineData("delete from platform.ledger_entries where index >= 255", Fault.Removed, 255)]
    [InlineData("truncate platform.ledger_entries", Fault.Removed, 0)]
    [InlineData("delete from platform.ledger_entries where index = 4; update platform.ledger_entries set index = index + 1000 where index > 4; update platform.ledger_entries set index = index - 1001 where index > 1000", Fault.Removed, 4)]
    [InlineData("update platform.ledger_entries set entry = replace(entry, 'done', 'failed') where index = 257", Fault.Changed, 257)]
    [InlineData("update platform.ledger_entries set index = index + 1001 where index > 4; update platform.ledger_entries set index = index - 1000 where index > 1000; insert into platform.ledger_entries select log_id, 5, replace(entry, 'done', 'failed') from platform.ledger_entries where index = 4", Fault.Inserted, 5)]
    [InlineData("update platform.ledger_entries set index = 1003 where index = 3; update platform.ledger_entries set index = 3 where index = 5; update platform.ledger_entries set index = 5 where index = 1003", Fault.Reordered, 3)]
    [InlineData("update platform.ledger_tiles set hashes = decode(repeat('00', 8192), 'hex') where level = 0 and index = 0", Fault.Changed, 0)]
    [InlineData("delete from platform.ledger_tiles where level = 0 and index = 0", Fault.Removed, 0)]
    [InlineData("update platform.ledger_tiles set hashes = sha256('x') where level = 1", Fault.Damaged, null)]
    [InlineData("update platform.ledger_logs set checkpoint = replace(checkpoint, E'\\n260\\n', E'\\n259\\n')", Fault.Forged, null)]
    [InlineData("update platform.ledger_logs set checkpoint = regexp_replace(checkpoint, E'\\n\\n.*', E'\\n')", Fault.NotSigned, null)]
    public async Task Tampering_with_the_store_is_named_with_its_place(string sql, Fault fault, int? at)
    {
        await using var store = await LogAsync();
        var known = await CheckpointAsync(store);
        Assert.Empty((await VerifyAsync(store, Hospital, known)).Findings);
        await store.ExecuteAsync("alter table platform.ledger_entries disable trigger all; " + sql);
        var finding = (await VerifyAsync(store, Hospital, known)).Findings[0];
        Assert.Equal((fault, at), (finding.Fault, finding.Index));
    }

    // An operator who owns the store and the platform's key can sign another past; whoever kept a checkpoint sees it.
    [Fact]
    public async Task A_past_rewritten_and_signed_anew_is_seen_by_who_kept_a_checkpoint()
    {
        await using var store = await LogAsync();
        var known = await CheckpointAsync(store);
        await store.ExecuteAsync("""
            alter table platform.ledger_entries disable trigger all;
            insert into platform.ledger_pending (log_id, members) select log_id, replace((entry::jsonb - 'at' - 'loggedAt')::text, 'done', 'failed') from platform.ledger_entries order by index;
            delete from platform.ledger_entries; delete from platform.ledger_tiles; update platform.ledger_logs set size = 0, checkpoint = null
            """);
        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        Assert.Empty((await VerifyAsync(store, Hospital)).Findings);
        Assert.Equal([Fault.Forked], (await VerifyAsync(store, Hospital, known)).Findings.Select(f => f.Fault));

        await store.ExecuteAsync("delete from platform.ledger_entries; delete from platform.ledger_tiles; update platform.ledger_logs set size = 0, checkpoint = null");
        await AppendAsync(store, Hospital, "short");
        await store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
        Assert.Equal([Fault.Removed], (await VerifyAsync(store, Hospital, known)).Findings.Select(f => f.Fault));
    }

    [Theory]
    [InlineData("update platform.ledger_tiles set hashes = sha256('x') where level = 1")]
    [InlineData("update platform.ledger_tiles set hashes = sha256('x') || substring(hashes from 33) where level = 0 and index = 1")]
    [InlineData("update platform.ledger_logs set size = 259")]
    [InlineData("update platform.ledger_logs set checkpoint = replace(checkpoint, E'\\n260\\n', E'\\n259\\n')")]
    [InlineData("update platform.ledger_logs set checkpoint = null")]
    [InlineData("insert into platform.ledger_entries values ('01900000-0000-7000-8000-000000000001', 260, 'forged')")]
    [InlineData("update platform.ledger_logs set sealed_key = sha256(sealed_key)")]
    [InlineData("update platform.ledger_logs set origin = 'a b', sealed_key = sealed_key")]
    [InlineData("insert into platform.ledger_pending (log_id, members) values ('01900000-0000-7000-8000-000000000001', 'no JSON')")]
    [InlineData("insert into platform.ledger_pending (log_id, members) values ('01900000-0000-7000-8000-000000000001', '{\"generation\":1.5}')")]
    public async Task A_log_that_was_tampered_with_is_not_signed_on_and_others_are(string sql)
    {
        await using var store = await LogAsync();
        await store.ExecuteAsync(sql);
        await AppendAsync(store, Hospital, "waits");
        await AppendAsync(store, null, "goes on");
        // As a server that starts now: it has no key in memory.
        using var integration = new LedgerIntegration(store.Source, store.Get<IOrganizationKeys>(), TimeProvider.System, NullLogger<LedgerIntegration>.Instance);
        Assert.Equal(1, await integration.IntegrateAsync(Cancel));
        Assert.InRange(await store.CountAsync("platform.ledger_pending"), 1, 2);
        Assert.Empty((await VerifyAsync(store, null)).Findings);
    }

    [Fact]
    public async Task However_much_waits_for_one_log_the_others_go_on()
    {
        await using var store = await LogAsync();
        await store.ExecuteAsync("""
            update platform.ledger_logs set size = 259;
            insert into platform.ledger_pending (log_id, members) select '01900000-0000-7000-8000-000000000001', '{}' from generate_series(1, 5000)
            """);
        await AppendAsync(store, null, "goes on");
        Assert.Equal(1, await store.Get<LedgerIntegration>().IntegrateAsync(Cancel));
    }

    [Fact]
    public async Task A_key_of_a_log_whose_creation_was_rolled_back_is_not_used_again()
    {
        await using var store = await TestStore.CreateAsync(server);
        var signers = new Dictionary<Guid, NoteSigner>();
        await using (var connection = await store.OpenAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await LedgerLog.OpenAsync(connection, Hospital, store.Get<IOrganizationKeys>(), signers, Cancel);
        }

        await store.InTransactionAsync(connection => LedgerLog.OpenAsync(connection, Hospital, store.Get<IOrganizationKeys>(), signers, Cancel));
    }

    [Fact]
    public async Task A_clock_set_back_a_little_is_waited_for_and_one_set_back_far_is_shown()
    {
        await using var store = await LogAsync();
        await store.ExecuteAsync("update platform.ledger_logs set logged_at = now() + interval '30 seconds'");
        await AppendAsync(store, Hospital, "later");
        Assert.Equal(0, await store.Get<LedgerIntegration>().IntegrateAsync(Cancel));
        await store.ExecuteAsync("update platform.ledger_logs set logged_at = now() + interval '1 hour'");
        Assert.Equal(1, await store.Get<LedgerIntegration>().IntegrateAsync(Cancel));
        Assert.Empty((await VerifyAsync(store, Hospital)).Findings);

        await store.InTransactionAsync(async connection =>
        {
            var log = await LedgerLog.OpenAsync(connection, Hospital, store.Get<IOrganizationKeys>(), new Dictionary<Guid, NoteSigner>(), Cancel);
            log.Append(new PendingEntry(1, Hospital, DateTime.UtcNow, "{}"), DateTime.UtcNow.AddHours(-1));
            await log.SaveAsync(Cancel);
            return 0;
        });
        var finding = Assert.Single((await VerifyAsync(store, Hospital)).Findings);
        Assert.Equal((Fault.ClockRewound, 261), (finding.Fault, finding.Index));
    }

    [Fact]
    public async Task A_tile_is_given_out_only_as_far_as_the_log_goes_and_the_private_key_is_sealed()
    {
        await using var store = await LogAsync();
        await using var connection = await store.OpenAsync();
        Assert.Equal(4 * TreeHash.Length, (await LedgerReader.FindTileAsync(connection, Hospital, new Tile(0, 1, 4), Cancel))!.Length);
        Assert.Equal(3 * TreeHash.Length, (await LedgerReader.FindTileAsync(connection, Hospital, new Tile(0, 1, 3), Cancel))!.Length);
        Assert.Null(await LedgerReader.FindTileAsync(connection, Hospital, new Tile(0, 1, 5), Cancel));
        Assert.Null(await LedgerReader.FindTileAsync(connection, Guid.NewGuid(), new Tile(0, 0, 1), Cancel));

        await AppendAsync(store, Hospital, "x");
        Directory.Delete(store.Options.KeysDirectory, recursive: true);
        using var without = new LedgerIntegration(store.Source, store.Get<IOrganizationKeys>(), TimeProvider.System, NullLogger<LedgerIntegration>.Instance);
        Assert.Equal(0, await without.IntegrateAsync(Cancel));
        Directory.CreateDirectory(store.Options.KeysDirectory);
    }

    /// <summary>A store in which the hospital's log has 260 entries: a full tile and a bit.</summary>
    private async Task<TestStore> LogAsync()
    {
        var store = await TestStore.CreateAsync(server);
        await store.InTransactionAsync(async connection =>
        {
            for (var i = 0; i < 260; i++)
            {
                await store.Get<ILedger>().AppendAsync(connection, Entry(Hospital, i.ToString(System.Globalization.CultureInfo.InvariantCulture)), Cancel);
            }

            return 0;
        });
        Assert.Equal(260, await store.Get<LedgerIntegration>().IntegrateAsync(Cancel));
        return store;
    }

    private static LedgerEntry Entry(Guid? organization, string reason) => new("system:test", "volume.create", "done", organization, "/v1/x/y", Generation: 1, Reason: LedgerReason.Name(reason));

    private static Task<int> AppendAsync(TestStore store, Guid? organization, string reason) => store.InTransactionAsync(async connection =>
    {
        await store.Get<ILedger>().AppendAsync(connection, Entry(organization, reason), Cancel);
        return 0;
    });

    private static async Task<IReadOnlyList<LedgerRow>> PageAsync(TestStore store, Guid? log, long from, int limit, LedgerFilter filter, CancellationToken cancel)
    {
        await using var connection = await store.OpenAsync();
        return await LedgerReader.PageAsync(connection, log, from, limit, filter, cancel);
    }

    private static async Task<LedgerHead?> HeadAsync(TestStore store, Guid? log, CancellationToken cancel)
    {
        await using var connection = await store.OpenAsync();
        return await LedgerReader.FindHeadAsync(connection, log, cancel);
    }

    private static async Task<Checkpoint> CheckpointAsync(TestStore store)
    {
        var head = (await HeadAsync(store, Hospital, Cancel))!;
        Assert.Null(Checkpoint.Open(head.Checkpoint, NoteKey.Parse(head.PublicKey)!, out var checkpoint));
        return checkpoint;
    }

    private static async Task<LogReport> VerifyAsync(TestStore store, Guid? log, Checkpoint? known = null)
    {
        var head = (await HeadAsync(store, log, Cancel))!;
        await using var connection = await store.OpenAsync();
        return await new LogVerifier(new LedgerTiles(connection, log ?? Guid.Empty), NoteKey.Parse(head.PublicKey)!).VerifyAsync(head.Checkpoint, known, null, Cancel);
    }

    private static string Member(LedgerRow row, string name)
    {
        using var json = JsonDocument.Parse(row.Entry);
        return json.RootElement.GetProperty(name).GetString()!;
    }

    private static IEnumerable<string> Members(LedgerRow row)
    {
        using var json = JsonDocument.Parse(row.Entry);
        return [.. json.RootElement.EnumerateObject().Select(p => p.Name)];
    }
}
