using System.Globalization;
using Dapper;
using Npgsql;

namespace Beffroi.Reconciling;

/// <summary>
/// The statements on leases: taking, renewing, holding during a write, releasing. Each is one atomic statement or transaction, decided by
/// the database's clock and the epoch alone. Safe for concurrent use.
/// </summary>
internal sealed class LeaseTable(NpgsqlDataSource store, ReconcilingOptions options)
{
    // In one order everywhere, as two workers that insert the same rows wait for each other's.
    private const string Adopt = """
        insert into reconciling.work (kind, id)
        select distinct kind, id from reconciling.signals s
        where kind = any(@kinds) and not exists (select 1 from reconciling.work w where w.kind = s.kind and w.id = s.id)
        order by kind, id
        on conflict do nothing
        """;

    // SKIP LOCKED: a row that someone is taking or writing under is not due. A concurrently changed row is checked again by PostgreSQL
    // before it is locked (READ COMMITTED), so a lease is never taken twice.
    private const string Take = """
        with due as (
            select kind, id from reconciling.work w
            where kind = any(@kinds)
              and (leased_until is null or leased_until <= clock_timestamp())
              and (due_at <= clock_timestamp() or exists (select 1 from reconciling.signals s where s.kind = w.kind and s.id = w.id))
            order by due_at
            limit @count
            for no key update skip locked),
        consumed as (
            delete from reconciling.signals s using due where s.kind = due.kind and s.id = due.id
            returning s.kind, s.id, s.signaled_at + s.deadline as deadline_at),
        signaled as (
            select kind, id, min(deadline_at) as deadline_at from consumed group by kind, id)
        update reconciling.work w
        set epoch = nextval('reconciling.epochs'),
            leased_until = clock_timestamp() + @duration,
            leased_by = @owner,
            due_at = least(w.due_at, clock_timestamp()),
            failed_attempts = case when s.kind is null then w.failed_attempts else 0 end,
            deadline_at = coalesce(s.deadline_at, w.deadline_at),
            alerted_at = case when s.deadline_at is null or s.deadline_at < w.alerted_at then w.alerted_at end
        from due left join signaled s on s.kind = due.kind and s.id = due.id
        where w.kind = due.kind and w.id = due.id
        returning w.kind as Kind, w.id as Id, w.epoch as Epoch, w.failed_attempts as FailedAttempts
        """;

    private const string Owners = """
        select distinct leased_by from reconciling.work
        where leased_until > clock_timestamp() and starts_with(leased_by, @machine)
        """;

    private const string Expire = """
        update reconciling.work set leased_until = clock_timestamp()
        where leased_by = any(@owners) and leased_until > clock_timestamp()
        """;

    private const string Renew = """
        update reconciling.work set leased_until = clock_timestamp() + @duration
        where kind = @Kind and id = @Id and epoch = @epoch and leased_until > clock_timestamp()
        returning exists (select 1 from reconciling.signals s where s.kind = work.kind and s.id = work.id)
        """;

    // A worker that is paused or cut off in the middle of a write must not keep the row for ever: after a lease's time of silence the
    // database ends its transaction.
    private const string Hold = """
        select set_config('idle_in_transaction_session_timeout', @silence, true) from reconciling.work
        where kind = @Kind and id = @Id and epoch = @epoch and leased_until > clock_timestamp()
        for no key update
        """;

    private const string Release = """
        update reconciling.work
        set leased_until = null, leased_by = null, due_at = clock_timestamp() + @delay, failed_attempts = @failedAttempts,
            deadline_at = case when @settled then null else deadline_at end,
            alerted_at = case when @settled then null else alerted_at end
        where kind = @Kind and id = @Id and epoch = @epoch and leased_until is not null
        """;

    private const string Remove = """
        delete from reconciling.work where kind = @Kind and id = @Id and epoch = @epoch and leased_until is not null
        """;

    // Rows that are being written are left to the next look, so that no writer holds up everyone's alerts. A signal that nobody took yet
    // counts too: its reconciler may hang.
    private const string Alert = """
        update reconciling.work w set alerted_at = clock_timestamp()
        from (
            select kind, id from reconciling.work
            where alerted_at is null and (kind, id) in (
                select kind, id from reconciling.work where deadline_at < clock_timestamp() and alerted_at is null
                union
                select kind, id from reconciling.signals where deadline is not null and signaled_at + deadline < clock_timestamp())
            for no key update skip locked) late
        where w.kind = late.kind and w.id = late.id
        returning w.kind as Kind, w.id as Id
        """;

    internal async Task<IReadOnlyList<TakenLease>> TakeAsync(IReadOnlyList<string> kinds, int count, string owner, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Adopt, new { kinds }, cancellationToken: cancellationToken));
        return (await connection.QueryAsync<TakenLease>(new CommandDefinition(
            Take, new { kinds, count, owner, duration = options.LeaseDuration }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Who holds leases now, of the workers whose names start so.</summary>
    internal async Task<IReadOnlyList<string>> OwnersAsync(string machine, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<string>(new CommandDefinition(Owners, new { machine }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Ends the leases of workers that are known to be dead. One that is not after all is fenced off, like any that is late.</summary>
    internal async Task<int> ExpireAsync(IReadOnlyList<string> owners, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(Expire, new { owners }, cancellationToken: cancellationToken));
    }

    /// <summary>Whether a signal waits for the work's next run; null when the lease is lost.</summary>
    internal async Task<bool?> RenewAsync(WorkKey key, long epoch, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool?>(new CommandDefinition(
            Renew, new { key.Kind, key.Id, epoch, duration = options.LeaseDuration }, cancellationToken: cancellationToken));
    }

    internal async Task WriteAsync(WorkKey key, long epoch, Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // From here to the commit the row is locked: even if the lease runs out meanwhile nobody can take it before the commit, and whoever
        // takes it then sees what was written. So holding it now is enough.
        var silence = Math.Max(1, (long)options.LeaseDuration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        var held = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            Hold, new { key.Kind, key.Id, epoch, silence }, transaction, cancellationToken: cancellationToken));
        if (held is null)
        {
            throw new LeaseLostException(key, epoch);
        }

        await write(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    internal async Task ReleaseAsync(
        WorkKey key, long epoch, TimeSpan delay, int failedAttempts, bool settled, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            Release, new { key.Kind, key.Id, epoch, delay, failedAttempts, settled }, cancellationToken: cancellationToken));
    }

    internal async Task RemoveAsync(WorkKey key, long epoch, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Remove, new { key.Kind, key.Id, epoch }, cancellationToken: cancellationToken));
    }

    /// <summary>The work whose deadline was missed, each told once.</summary>
    internal async Task<IReadOnlyList<WorkKey>> AlertAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<WorkKey>(new CommandDefinition(Alert, cancellationToken: cancellationToken))).AsList();
    }
}

/// <summary>A lease that was just taken.</summary>
internal sealed record TakenLease(string Kind, Guid Id, long Epoch, int FailedAttempts)
{
    internal WorkKey Key => new(Kind, Id);
}
