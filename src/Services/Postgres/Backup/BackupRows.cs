using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>Backup's tables. Every method works on the caller's connection and in its transaction.</summary>
internal static class BackupRows
{
    /// <summary>Asked for and not made yet, oldest first, at most 50.</summary>
    public static async Task<IReadOnlyList<PostgresBackupRequest>> PendingAsync(NpgsqlConnection connection, Guid resource, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select id, type, label, requested_at from platform.backup_requests where resource_id = $1 and done_at is null order by requested_at, id limit 50", connection)
        { Parameters = { new() { Value = resource } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<PostgresBackupRequest>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new(reader.GetGuid(0), BackupView.TypeOf(reader.GetString(1)), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3)));
        }

        return rows;
    }

    public static Task AskAsync(NpgsqlConnection connection, Guid id, Guid resource, string type, string? label, string by, CancellationToken cancellationToken) => RunAsync(
        new NpgsqlCommand("insert into platform.backup_requests (id, resource_id, type, label, requested_by) values ($1, $2, $3, $4, $5)", connection)
        { Parameters = { new() { Value = id }, new() { Value = resource }, new() { Value = type }, new() { Value = (object?)label ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text }, new() { Value = by } } },
        cancellationToken);

    /// <summary>Who asked for it; null if it was due by itself.</summary>
    public static async Task<string?> RequesterAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var request))
        {
            return null;
        }

        await using var command = new NpgsqlCommand("select requested_by from platform.backup_requests where id = $1", connection) { Parameters = { new() { Value = request } } };
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    public static Task DoneAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) => RunAsync(
        new NpgsqlCommand("update platform.backup_requests set done_at = now() where id = $1 and done_at is null", connection) { Parameters = { new() { Value = id } } }, cancellationToken);

    public static Task BeginRestoreAsync(NpgsqlConnection connection, Guid resource, RestoreNote restore, CancellationToken cancellationToken) => RunAsync(
        new NpgsqlCommand("insert into platform.restores (resource_id, source_id, stanza, type, target) values ($1, $2, $3, $4, $5)", connection)
        {
            Parameters =
            {
                new() { Value = resource }, new() { Value = restore.Source }, new() { Value = restore.Stanza }, new() { Value = restore.Type }, new() { Value = restore.Target },
            },
        },
        cancellationToken);

    public static Task EndRestoreAsync(NpgsqlConnection connection, Guid resource, CancellationToken cancellationToken) => RunAsync(
        new NpgsqlCommand("update platform.restores set done_at = now() where resource_id = $1 and done_at is null", connection) { Parameters = { new() { Value = resource } } }, cancellationToken);

    /// <summary>What the resource begins as; null for one that begins empty.</summary>
    public static async Task<RestoreNote?> RestoreOfAsync(NpgsqlConnection connection, Guid resource, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select source_id, stanza, type, target, done_at is not null from platform.restores where resource_id = $1", connection)
        { Parameters = { new() { Value = resource } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4)) : null;
    }

    /// <summary>Resources that are being restored from this one, each with the stanza that it reads.</summary>
    public static async Task<IReadOnlyList<(Guid Resource, Guid Stanza)>> RestoringFromAsync(NpgsqlConnection connection, Guid source, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select resource_id, stanza from platform.restores where source_id = $1 and done_at is null", connection)
        { Parameters = { new() { Value = source } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var readers = new List<(Guid, Guid)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            readers.Add((reader.GetGuid(0), reader.GetGuid(1)));
        }

        return readers;
    }

    /// <summary>Keeps a drill's certificate; false if it is kept already.</summary>
    public static async Task<bool> KeepDrillAsync(NpgsqlConnection connection, Guid resource, DrillFacts drill, string certificate, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "insert into platform.restore_drills (resource_id, id, finished_at, passed, certificate) values ($1, $2, to_timestamp($3), $4, $5) on conflict do nothing", connection)
        {
            Parameters =
            {
                new() { Value = resource }, new() { Value = drill.Id }, new() { Value = (double)drill.FinishedAt }, new() { Value = drill.Passed }, new() { Value = certificate },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>The newest drills' certificates, newest first.</summary>
    public static async Task<IReadOnlyList<string>> DrillsAsync(NpgsqlConnection connection, Guid resource, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select certificate from platform.restore_drills where resource_id = $1 order by finished_at desc limit $2", connection)
        { Parameters = { new() { Value = resource }, new() { Value = limit } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private static async Task RunAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}

/// <summary>What a restored resource begins as.</summary>
/// <param name="Source">The other database.</param>
/// <param name="Stanza">Which of its stanzas holds the backup that the restore begins from.</param>
/// <param name="Type"><c>default</c>, <c>time</c>, <c>lsn</c>, <c>xid</c> or <c>name</c>.</param>
/// <param name="Target">In PostgreSQL's form.</param>
/// <param name="Done">Whether it has been.</param>
internal sealed record RestoreNote(Guid Source, Guid Stanza, string Type, string Target, bool Done = false);
