using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Conditions;

internal sealed class SpaceConditions : ISpaceConditions
{
    public Task SetAsync(NpgsqlConnection connection, Guid spaceId, Condition condition, TimeSpan? staleAfter, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.space_conditions as c (space_id, type, holds, reason, message, stale_after)
            values ($1, $2, $3::boolean, $4, $5, now() + $6::interval)
            on conflict (space_id, type) do update set
                holds = excluded.holds, reason = excluded.reason, message = excluded.message, stale_after = excluded.stale_after,
                since = case when c.holds is not distinct from excluded.holds then c.since else now() end
            """, spaceId, condition.Type, condition.Holds, condition.Reason, condition.Message, staleAfter).RunAsync(cancellationToken);

    public async Task<IReadOnlyList<Condition>> ListAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select type, holds, reason, message, since, stale_after < now(), stale_after from platform.space_conditions where space_id = $1 order by type
            """, spaceId).ListAsync(
            r => !r.IsDBNull(5) && r.GetBoolean(5)
                ? new Condition(r.GetString(0), null, "Stale", "Nobody has looked since long. It was: " + r.GetString(3), r.GetFieldValue<DateTimeOffset>(6))
                : new Condition(r.GetString(0), r.Nullable<bool>(1), r.GetString(2), r.GetString(3), r.GetFieldValue<DateTimeOffset>(4)),
            cancellationToken);
}
