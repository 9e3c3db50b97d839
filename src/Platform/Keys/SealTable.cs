using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>Whether an organization is sealed.</summary>
/// <param name="IsSealed">Whether nothing of it may be opened.</param>
/// <param name="Epoch">Grows with every change.</param>
/// <param name="Reason">Who sealed it, or why the key's provider refuses: a sentence.</param>
/// <param name="ChangedAt">UTC.</param>
/// <param name="Operation">The operation that carries it out now, or lifts it; null if none does.</param>
public sealed record SealState(bool IsSealed, long Epoch, string Reason, DateTimeOffset ChangedAt, Guid? Operation = null)
{
    /// <summary>Of an organization that was never sealed.</summary>
    public static SealState Open { get; } = new(false, 0, "", default);

    /// <summary>Which operation has a reconciler do something with a resource that is in this state: close it, or bring it back; null if none does.</summary>
    public Guid? CauseOf(string state) => IsSealed || state is "sealed" or "starting" ? Operation : null;

    /// <summary>What a request is answered that would need a key.</summary>
    public Problem Refusal => Problem.Conflict(
        "organization-sealed", "The organization is sealed",
        Reason + " While it is sealed, nothing of it is started, created, restored or read. Unseal it first: beffroi key unseal.");
}

/// <summary>The rows of seals.</summary>
internal static class SealTable
{
    public static async Task<SealState> FindAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select s.sealed, s.epoch, s.reason, s.changed_at,
                (select k.id from platform.key_operations k where k.organization_id = s.organization_id and k.state = 'running' and k.verb in ('seal', 'unseal') order by k.id desc limit 1)
            from platform.organization_seals s where s.organization_id = $1
            """, organizationId)
            .FirstAsync(r => new SealState(r.GetBoolean(0), r.GetInt64(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.Nullable<Guid>(4)), cancellationToken)
        ?? SealState.Open;

    /// <summary>Seals or unseals; the epoch grows.</summary>
    public static Task SetAsync(NpgsqlConnection connection, Guid organizationId, bool isSealed, string reason, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.organization_seals as s (organization_id, sealed, reason) values ($1, $2, $3)
            on conflict (organization_id) do update set sealed = $2, reason = $3, epoch = s.epoch + 1, changed_at = now()
            """, organizationId, isSealed, reason).RunAsync(cancellationToken);
}

/// <summary>For services: whether they must be stopped and closed. Safe for concurrent use.</summary>
public interface ISeals
{
    /// <summary>As it is now.</summary>
    Task<SealState> FindAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken);
}

internal sealed class Seals : ISeals
{
    public Task<SealState> FindAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        SealTable.FindAsync(connection, organizationId, cancellationToken);
}
