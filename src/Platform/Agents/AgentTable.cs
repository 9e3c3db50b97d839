using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.Platform.Agents;

internal sealed class AgentTable : IAgents
{
    /// <summary>The notification channel; the payload is the instance's id.</summary>
    public const string Channel = "beffroi_agents";

    public Task EnsureAsync(NpgsqlConnection connection, Guid instanceId, Guid resourceId, Guid spaceId, CancellationToken cancellationToken) =>
        connection.Statement("insert into platform.agents (instance_id, resource_id, space_id) values ($1, $2, $3) on conflict do nothing", instanceId, resourceId, spaceId)
            .RunAsync(cancellationToken);

    public async Task SetTokenAsync(NpgsqlConnection connection, Guid instanceId, Secret token, CancellationToken cancellationToken)
    {
        var sha256 = Identity.TokenHash.Of(token.RevealText()) ?? throw new ArgumentException("A token is 1 to 256 printable ASCII characters.", nameof(token));
        // The same token again keeps what it has enrolled, and stays used up if it is: the step that sets it may be repeated.
        var updated = await connection.Statement("""
            update platform.agents set
                token_expires_at = now() + interval '1 hour',
                enrolled_key_sha256 = case when token_sha256 = $2 then enrolled_key_sha256 end,
                certificate_used_at = case when token_sha256 = $2 then certificate_used_at end,
                token_sha256 = $2
            where instance_id = $1
            """, instanceId, sha256).RunAsync(cancellationToken);
        if (updated == 0)
        {
            throw Unknown(instanceId);
        }
    }

    public async Task<long> SetDesiredAsync(NpgsqlConnection connection, Guid instanceId, DesiredConfiguration desired, CancellationToken cancellationToken)
    {
        var row = await connection.Statement("select desired_version, desired from platform.agents where instance_id = $1 for no key update", instanceId)
            .FirstAsync(r => Tuple.Create(r.GetInt64(0), r.Bytes(1)), cancellationToken) ?? throw Unknown(instanceId);
        // Compared as messages: the order of a map's entries on the wire isn't fixed.
        var content = new DesiredConfiguration(desired) { Version = 0 };
        if (row.Item2 is not null && DesiredConfiguration.Parser.ParseFrom(row.Item2).Equals(content))
        {
            return row.Item1;
        }

        await connection.Statement("update platform.agents set desired_version = $2, desired = $3 where instance_id = $1", instanceId, row.Item1 + 1, content.ToByteArray())
            .RunAsync(cancellationToken);
        await connection.Statement("select pg_notify($1, $2)", Channel, instanceId.ToString("N")).RunAsync(cancellationToken);
        return row.Item1 + 1;
    }

    public Task ForgetFactsAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken) =>
        connection.Statement("update platform.agents set facts = null where instance_id = $1", instanceId).RunAsync(cancellationToken);

    public Task<AgentRecord?> FindAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select instance_id, resource_id, space_id, certificate_not_after, desired_version, facts, last_seen_at from platform.agents where instance_id = $1
            """, instanceId).FirstAsync(
            r => new AgentRecord(
                r.GetGuid(0), r.GetGuid(1), r.GetGuid(2), r.Nullable<DateTimeOffset>(3), r.GetInt64(4),
                r.Bytes(5) is { } facts ? Facts.Parser.ParseFrom(facts) : null, r.Nullable<DateTimeOffset>(6)),
            cancellationToken);

    public Task RemoveAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.agents where instance_id = $1", instanceId).RunAsync(cancellationToken);

    private static InvalidOperationException Unknown(Guid instanceId) => new($"No agent is known for instance {instanceId}.");
}
