using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>An operation on an organization's key, with what only its reconciler needs.</summary>
/// <param name="Shown">As the API shows it.</param>
/// <param name="Provider">Where a rotation's new generation goes; null for where the present one is.</param>
internal sealed record KeyOperation(Operation Shown, string? Provider);

/// <summary>The rows of operations on organizations' keys: the newest that runs is the one that is worked on.</summary>
internal static class KeyOperations
{
    public const string ResourceKind = "organization-key";

    /// <summary>Begins one that <paramref name="by"/> asked for (as the ledger names actors; null for nobody); those that still run are superseded.</summary>
    public static async Task<Guid> BeginAsync(NpgsqlConnection connection, Guid organizationId, string verb, string? provider, string? by, CancellationToken cancellationToken)
    {
        await connection.Statement("""
            update platform.key_operations set state = 'superseded', message = 'A later change took its place.', finished_at = now()
            where organization_id = $1 and state = 'running'
            """, organizationId).RunAsync(cancellationToken);
        var id = Guid.CreateVersion7();
        await connection.Statement(
            "insert into platform.key_operations (id, organization_id, verb, provider, requested_by) values ($1, $2, $3, $4::text, $5::text)", id, organizationId, verb, provider, by)
            .RunAsync(cancellationToken);
        return id;
    }

    /// <summary>The one that runs, or null.</summary>
    public static Task<KeyOperation?> FindRunningAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select k.id, k.verb, o.name, k.organization_id, k.state, k.message, k.steps::text, k.created_at, k.finished_at, k.provider
            from platform.key_operations k join platform.organizations o on o.id = k.organization_id
            where k.organization_id = $1 and k.state = 'running' order by k.id desc limit 1
            """, organizationId).FirstAsync(Read, cancellationToken);

    /// <summary>One of an organization's, or null.</summary>
    public static Task<KeyOperation?> FindAsync(NpgsqlConnection connection, Guid organizationId, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("""
            select k.id, k.verb, o.name, k.organization_id, k.state, k.message, k.steps::text, k.created_at, k.finished_at, k.provider
            from platform.key_operations k join platform.organizations o on o.id = k.organization_id
            where k.organization_id = $1 and k.id = $2
            """, organizationId, id).FirstAsync(Read, cancellationToken);

    /// <summary>The newest, running or not; null if there never was one.</summary>
    public static Task<KeyOperation?> FindNewestAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select k.id, k.verb, o.name, k.organization_id, k.state, k.message, k.steps::text, k.created_at, k.finished_at, k.provider
            from platform.key_operations k join platform.organizations o on o.id = k.organization_id
            where k.organization_id = $1 order by k.id desc limit 1
            """, organizationId).FirstAsync(Read, cancellationToken);

    /// <summary>Records progress; nothing happens to one that is over.</summary>
    public static Task SaveAsync(NpgsqlConnection connection, Operation operation, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.key_operations set state = $2, message = $3, steps = $4::jsonb, finished_at = case when $2 = 'running' then null else now() end
            where id = $1 and state = 'running'
            """, operation.Id, operation.State, operation.Message, JsonSerializer.Serialize(operation.Steps, WireJson.Default.IReadOnlyListOperationStep))
            .RunAsync(cancellationToken);

    private static KeyOperation Read(NpgsqlDataReader r) => new(
        new Operation(
            r.GetGuid(0), r.GetString(1), ResourceKind, r.GetString(2), r.GetGuid(3), r.GetString(4), r.GetString(5),
            JsonSerializer.Deserialize(r.GetString(6), WireJson.Default.IReadOnlyListOperationStep)!,
            r.GetFieldValue<DateTimeOffset>(7), r.Nullable<DateTimeOffset>(8)),
        r.IsDBNull(9) ? null : r.GetString(9));
}
