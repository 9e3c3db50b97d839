using Dapper;
using Npgsql;

namespace Beffroi.Reconciling;

/// <summary>
/// The statements on leases: taking, renewing, holding during a write, releasing. Each is one atomic statement or transaction, decided by
/// the database's clock and the epoch alone. Safe for concurrent use.
/// </summary>
internal sealed class LeaseTable(NpgsqlDataSource store, ReconcilingOptions options)
{
    private const string Adopt = """
        insert into reconciling.work (kind, id)
        select distinct kind, id from reconciling.signals s
        where kind = any(@kinds) and not exists (select 1 from reconciling.work w where w.kind = s.kind and w.id = s.id)
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
            returning s.kind, s.id, s.deadline),
        signaled as (
            select kind, id, min(deadline) as deadline from consumed group by kind, id)
        update reconciling.work w
        set epoch = w.epoch + 1,
            leased_until = clock_timestamp() + @duration,
            leased_by = @owner,
            due_at = least(w.due_at, clock_timestamp()),
            failed_attempts = case when s.kind is null then w.failed_attempts else 0 end,
            deadline_at = coalesce(clock_timestamp() + s.deadline, w.deadline_at),
            alerted_at = case when s.deadline is null then w.alerted_at end
        from due left join signaled s on s.kind = due.kind and s.id = due.id
        where w.kind = due.kind and w.id = due.id
        returning w.kind as Kind, w.id as Id, w.epoch as Epoch, w.failed_attempts as FailedAttempts
        """;

    private const string Renew = """
        update reconciling.work set leased_until = clock_timestamp() + @duration
        where kind = @Kind and id = @Id and epoch = @epoch and leased_until > clock_timestamp()
        """;

    private const string Hold = """
        select 1 from reconciling.work
        where kind = @Kind and id = @Id and epoch = @epoch and leased_until > clock_timestamp()
        for no key update
        """;

    private const string Release = """
        update reconciling.work
        set leased_until = null, leased_by = null, due_at = clock_timestamp() + @delay, failed_attempts = @failedAttempts,
            deadline_at = case when @settled then null else deadline_at end,
            alerted_at = case when @settled then null else alerted_at end
        where kind = @Kind and id = @Id and epoch = @epoch
        """;

    private const string Remove = "delete from reconciling.work where kind = @Kind and id = @Id and epoch = @epoch";

    private const string Alert = """
        update reconciling.work set alerted_at = clock_timestamp()
        where deadline_at < clock_timestamp() and alerted_at is null
        returning kind as Kind, id as Id
        """;

    internal async Task<IReadOnlyList<TakenLease>> TakeAsync(IReadOnlyList<string> kinds, int count, string owner, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Adopt, new { kinds }, cancellationToken: cancellationToken));
        return (await connection.QueryAsync<TakenLease>(new CommandDefinition(
            Take, new { kinds, count, owner, duration = options.LeaseDuration }, cancellationToken: cancellationToken))).AsList();
    }

    internal async Task<bool> RenewAsync(WorkKey key, long epoch, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            Renew, new { key.Kind, key.Id, epoch, duration = options.LeaseDuration }, cancellationToken: cancellationToken)) == 1;
    }

    internal async Task WriteAsync(WorkKey key, long epoch, Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // From here to the commit the row is locked: even if the lease runs out meanwhile nobody can take it before the commit, and whoever
        // takes it then sees what was written. So holding it now is enough.
        var held = await connection.ExecuteScalarAsync<int?>(new CommandDefinition(
            Hold, new { key.Kind, key.Id, epoch }, transaction, cancellationToken: cancellationToken));
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
