using Dapper;
using Npgsql;

namespace Beffroi.Services.Isolation;

/// <summary>The slice's own queries. On the caller's connection. Safe for concurrent use.</summary>
internal static class VerificationStore
{
    /// <summary>An address in use.</summary>
    internal sealed record UsedAddress(Guid SpaceId, string SpaceName, int NetworkIndex, int HostNumber);

    /// <summary>The addresses in use in an organization's spaces.</summary>
    internal static async Task<IReadOnlyList<UsedAddress>> AddressesAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<UsedAddress>(new CommandDefinition("""
            select s.id as SpaceId, s.name as SpaceName, s.network_index as NetworkIndex, a.host_number as HostNumber
            from platform.addresses a join platform.spaces s on s.id = a.space_id where s.organization_id = @organizationId order by s.name, a.host_number limit 1024
            """, new { organizationId }, cancellationToken: cancellationToken))).AsList();

    /// <summary>When a verification of the space was last judged; null if never.</summary>
    internal static async Task<DateTimeOffset?> LastJudgedAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        await connection.ExecuteScalarAsync<DateTime?>(new CommandDefinition("""
            select max((status ->> 'finishedAt')::timestamptz) from platform.resources where space_id = @spaceId and kind = 'isolation-verification'
            """, new { spaceId }, cancellationToken: cancellationToken)) is { } at ? new DateTimeOffset(at) : null;

    /// <summary>Holds the space's row, so that two requests start one verification, and gives the one that runs; null if none does.</summary>
    internal static async Task<Guid?> LockRunningAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition("select 1 from platform.spaces where id = @spaceId for no key update", new { spaceId }, cancellationToken: cancellationToken));
        return await connection.ExecuteScalarAsync<Guid?>(new CommandDefinition("""
            select id from platform.resources where space_id = @spaceId and kind = 'isolation-verification' and status ->> 'verdict' = 'running'
            order by created_at limit 1
            """, new { spaceId }, cancellationToken: cancellationToken));
    }

    /// <summary>How many run in the installation.</summary>
    internal static Task<int> CountRunningAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<int>(new CommandDefinition("""
            select count(*)::int from platform.resources where kind = 'isolation-verification' and status ->> 'verdict' = 'running'
            """, cancellationToken: cancellationToken));

    /// <summary>
    /// A space that something lives in and whose isolation nobody has verified for so long; one that is new gets an hour first. Spaces of the
    /// platform's own and of sealed organizations don't count.
    /// </summary>
    internal static Task<Guid?> DueAsync(NpgsqlConnection connection, TimeSpan interval, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<Guid?>(new CommandDefinition("""
            select s.id from platform.spaces s
            where s.created_at < now() - interval '1 hour'
              and exists (select 1 from platform.addresses a where a.space_id = s.id)
              and not exists (select 1 from platform.throw_away_spaces t where t.space_id = s.id)
              and not exists (select 1 from platform.organization_seals o where o.organization_id = s.organization_id and o.sealed)
              and not exists (select 1 from platform.resources r where r.space_id = s.id and r.kind = 'isolation-verification' and r.created_at > now() - @interval)
            order by s.created_at limit 1
            """, new { interval }, cancellationToken: cancellationToken));

    /// <summary>Keeps the signed evidence.</summary>
    internal static Task KeepEvidenceAsync(NpgsqlConnection connection, Guid id, string note, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "insert into platform.isolation_evidence (verification_id, note) values (@id, @note) on conflict (verification_id) do update set note = excluded.note",
            new { id, note }, cancellationToken: cancellationToken));

    /// <summary>The signed evidence, or null.</summary>
    internal static Task<string?> FindEvidenceAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "select note from platform.isolation_evidence where verification_id = @id", new { id }, cancellationToken: cancellationToken));

    /// <summary>Removes results and evidence older than 400 days. The ledger keeps their digests.</summary>
    internal static Task PruneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition("""
            with old as (
                delete from platform.resources where kind = 'isolation-verification' and created_at < now() - interval '400 days' and status ->> 'verdict' <> 'running'
                returning id)
            delete from platform.isolation_evidence e using old where e.verification_id = old.id
            """, cancellationToken: cancellationToken));
}
