using Beffroi.Platform.Keys;
using Beffroi.Platform.Store;
using Beffroi.Transparency;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>
/// Takes the entries that wait into the Merkle logs and signs new checkpoints, twice a second. Any number of replicas may run it: one at a
/// time does the work, and each batch is one transaction, so that a replica that dies leaves nothing half done.
/// </summary>
internal sealed partial class LedgerIntegration(NpgsqlDataSource source, IOrganizationKeys keys, TimeProvider time, ILogger<LedgerIntegration> log) : PeriodicService(Interval, time)
{
    private const long Lock = 0x6265_6666_726f_696c;
    private const int BatchSize = 4096;
    private const string Savepoint = "log";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // A clock that was set back by less is waited for: its entries would else stand there as if someone had forged their time.
    private static readonly TimeSpan SmallStep = TimeSpan.FromMinutes(1);

    // Private keys, unsealed once; only the one integration that runs at a time uses them.
    private readonly Dictionary<Guid, NoteSigner> _signers = [];
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Integrates everything that waits now; returns how many entries that was. Another replica at it is no reason to wait.</summary>
    public async Task<int> IntegrateAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var all = 0;
            // Logs that have to wait hold up no other, however much waits for them.
            var held = new List<Guid>();
            bool more;
            do
            {
                (var done, more) = await IntegrateBatchAsync(held, cancellationToken);
                all += done;
            }
            while (more);
            return all;
        }
        finally
        {
            _one.Release();
        }
    }

    public override void Dispose()
    {
        foreach (var signer in _signers.Values)
        {
            signer.Dispose();
        }

        _one.Dispose();
        base.Dispose();
    }

    protected override Task RoundAsync(CancellationToken cancellationToken) => IntegrateAsync(cancellationToken);

    private async Task<(int Done, bool More)> IntegrateBatchAsync(List<Guid> held, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var locked = await connection.Statement("select pg_try_advisory_xact_lock($1)", Lock).ListAsync(r => r.GetBoolean(0), cancellationToken);
        if (!locked[0])
        {
            return (0, false);
        }

        var pending = await connection.Statement("select id, log_id, at, members from platform.ledger_pending where log_id <> all($2) order by id limit $1", BatchSize, held.ToArray())
            .ListAsync(r => new PendingEntry(r.GetInt64(0), r.GetGuid(1), r.GetFieldValue<DateTime>(2).ToUniversalTime(), r.GetString(3)), cancellationToken);
        if (pending.Count == 0)
        {
            return (0, false);
        }

        var now = (await connection.Statement("select clock_timestamp()").ListAsync(r => r.GetFieldValue<DateTime>(0).ToUniversalTime(), cancellationToken))[0];
        var done = new List<long>(pending.Count);
        foreach (var entries in pending.GroupBy(p => p.LogId))
        {
            if (await IntegrateAsync(connection, transaction, entries.Key, [.. entries], now, cancellationToken))
            {
                done.AddRange(entries.Select(e => e.Id));
            }
            else
            {
                held.Add(entries.Key);
            }
        }

        await connection.Statement("delete from platform.ledger_pending where id = any($1)", done.ToArray()).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (done.Count, pending.Count == BatchSize);
    }

    /// <summary>One log's part of a batch. False if it has to wait, which holds up no other log.</summary>
    private async Task<bool> IntegrateAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid id, IReadOnlyList<PendingEntry> entries, DateTime now, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            var merkle = await LedgerLog.OpenAsync(connection, id, keys, _signers, cancellationToken);
            if (merkle.LastLoggedAt is { } last && now < last && last - now < SmallStep)
            {
                LogClock(now, last);
                return false;
            }

            foreach (var entry in entries)
            {
                merkle.Append(entry, now);
            }

            await merkle.SaveAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException && (e is not NpgsqlException || e is PostgresException))
        {
            // Whatever is wrong with one log, its key or an entry that waits for it: the others go on.
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            if (_signers.Remove(id, out var signer))
            {
                signer.Dispose();
            }

            LogBroken(e.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Entries of the ledger could not be integrated; tried again.")]
    protected override partial void Failed(Exception e);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A log of the ledger is not continued. {Reason} Its entries wait until that is mended; `beffroi ledger verify` tells more.")]
    private partial void LogBroken(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store's clock says {Now}, but an entry was logged at {Last}: entries wait until it has passed that.")]
    private partial void LogClock(DateTime now, DateTime last);
}
