using Beffroi.Platform.Store;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>
/// What was opened and is not used any more, such as a password that somebody was given, lies in memory until something else comes to lie there. At the end of a sealing every replica of
/// beffroid, as any of them may have opened it, collects everything unused and gives it back to the kernel, which clears it; each pauses for that moment.
/// </summary>
internal sealed partial class MemoryClearing(NpgsqlDataSource store, TimeProvider time, ILogger<MemoryClearing> log) : PeriodicService(Interval, time)
{
    /// <summary>A replica that was not heard for so long is down, or stopped: it clears its memory as soon as it goes on.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Guid _replica = Guid.CreateVersion7();

    /// <summary>Asks every replica, once for each sealing; returns how many have still to do it.</summary>
    public static async Task<long> DemandAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        await connection.Statement(
            "update platform.organization_seals set memory_due_at = now() where organization_id = $1 and (memory_due_at is null or memory_due_at < changed_at)", organizationId).RunAsync(cancellationToken);
        return (await connection.Statement("""
            select count(*) filter (where r.cleared_at is null or r.cleared_at < s.memory_due_at)
            from platform.organization_seals s left join platform.replicas r on r.heard_at > now() - $2::interval where s.organization_id = $1
            """, organizationId, Patience).ListAsync(r => r.GetInt64(0), cancellationToken))[0];
    }

    /// <summary>Says that this replica is there, and clears its memory if it was asked to.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        var (isDue, now) = (await connection.Statement("""
            insert into platform.replicas (id) values ($1) on conflict (id) do update set heard_at = now()
            returning coalesce(cleared_at < (select max(memory_due_at) from platform.organization_seals), false), now()
            """, _replica).ListAsync(r => (r.GetBoolean(0), r.GetFieldValue<DateTimeOffset>(1)), cancellationToken))[0];
        if (isDue)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            await connection.Statement("update platform.replicas set cleared_at = $2 where id = $1", _replica, now).RunAsync(cancellationToken);
        }
    }

    protected override Task RoundAsync(CancellationToken cancellationToken) => LookAsync(cancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "It could not be asked whether memory is to be cleared; asked again in a moment.")]
    protected override partial void Failed(Exception e);
}
