using System.Security.Cryptography;
using System.Text.Json;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Reconcile;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>A space's repository as its databases see it: makes it with the first, and tells what it says of each. Safe for concurrent use.</summary>
internal sealed class SpaceRepository(IResources resources, IOperations operations, IAgents agents, ISignals signals, SpaceSubnet subnet, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(30);
    private const int MostDatabases = 253;

    /// <summary>The repository with what its agent last said, or null if the space has none yet.</summary>
    public async Task<RepositoryState?> FindAsync(NpgsqlConnection connection, Guid space, CancellationToken cancellationToken)
    {
        if (await resources.FindByNameAsync(connection, space, BackupKind.Repository, BackupKind.Name, cancellationToken) is not { } row)
        {
            return null;
        }

        var notes = NotesOf(row);
        var agent = notes.InstanceId is { } id ? await agents.FindAsync(connection, id, cancellationToken) : null;
        return new RepositoryState(row, notes, agent, notes.HostNumber is { } number ? subnet.Instance(row.Space.NetworkIndex, number).ToString() : null);
    }

    /// <summary>Has the space's repository made, in the caller's transaction, if there is none, for the operation <paramref name="because"/>, if any.</summary>
    public async Task EnsureAsync(NpgsqlConnection connection, SpaceRecord space, Guid? because, CancellationToken cancellationToken)
    {
        var (id, operation) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var status = new BackupRepositoryStatus("creating", 0, [new Condition("Ready", false, "Requested", "It is made for the space's first database.", time.GetUtcNow())]);
        if (await resources.InsertAsync(
            connection,
            new NewResource(
                id, BackupKind.Repository, space.Id, BackupKind.Name, new Dictionary<string, string>(), JsonSerializer.Serialize(new BackupRepositorySpec(), BackupStoreJson.Default.BackupRepositorySpec),
                JsonSerializer.Serialize(status, BackupStoreJson.Default.BackupRepositoryStatus)),
            operation,
            cancellationToken))
        {
            await operations.CreateAsync(
                connection,
                new NewOperation(operation, space.Id, id, BackupKind.Repository, BackupKind.Name, "create", 1, "Waiting for a reconciler to take it up."),
                cancellationToken);
            if (because is { } cause)
            {
                await Requesters.InheritAsync(connection, operation, cause, cancellationToken);
            }

            await signals.SignalAsync(connection, new WorkKey(BackupKind.Repository, id), Deadline, cancellationToken);
        }
    }

    /// <summary>Wakes the space's repository, if there is one and it does not have yet what this database wants of it.</summary>
    public async Task FollowAsync(NpgsqlConnection connection, ResourceRow database, CancellationToken cancellationToken)
    {
        if (await FindAsync(connection, database.Space.Id, cancellationToken) is { } state
            && (state.Notes.Of(BackupKind.Stanza(database.Id)) is not { } note || note.Wanted != Hash(await WantedAsync(connection, database, cancellationToken))
                || !note.Follows(PostgresView.Spec(database).BackupOrDefault)))
        {
            await WakeAsync(connection, database.Space.Id, cancellationToken);
        }
    }

    /// <summary>Wakes the space's repository, if there is one.</summary>
    public async Task WakeAsync(NpgsqlConnection connection, Guid space, CancellationToken cancellationToken)
    {
        if (await resources.FindByNameAsync(connection, space, BackupKind.Repository, BackupKind.Name, cancellationToken) is { } row)
        {
            await signals.SignalAsync(connection, new WorkKey(BackupKind.Repository, row.Id), cancellationToken: cancellationToken);
        }
    }

    /// <summary>All databases of a space that have backups or will.</summary>
    public async Task<IReadOnlyList<ResourceRow>> DatabasesAsync(NpgsqlConnection connection, Guid space, CancellationToken cancellationToken) =>
        await resources.ListAsync(connection, space, PostgresKind.Name, null, LabelSelector.Parse("selector", null).Value!, MostDatabases, cancellationToken);

    /// <summary>What a database wants of its repository, but for how long things are kept.</summary>
    public async Task<RepositoryConfiguration.Types.Stanza> WantedAsync(NpgsqlConnection connection, ResourceRow database, CancellationToken cancellationToken)
    {
        var spec = PostgresView.Spec(database);
        var backup = spec.BackupOrDefault;
        var stanza = new RepositoryConfiguration.Types.Stanza
        {
            Name = BackupKind.Stanza(database.Id),
            MajorVersion = int.Parse(spec.Version, System.Globalization.CultureInfo.InvariantCulture),
            FullEveryDays = backup.FullEveryDays,
            IncrementalEveryHours = backup.IncrementalEveryHours,
            DrillEveryDays = backup.DrillEveryDays,
        };
        var restoring = await BackupRows.RestoreOfAsync(connection, database.Id, cancellationToken) is { Done: false };
        if (database.DeletionRequestedAt is null && !restoring && !spec.Stopped)
        {
            stanza.Nodes.AddRange(BackupNodes.Of(database, subnet).Select(n => new RepositoryConfiguration.Types.Node { Id = n.Instance.ToString("D"), Address = n.Address }));
        }

        foreach (var id in await BackupRows.RestoringFromAsync(connection, database.Id, cancellationToken))
        {
            if (await resources.FindAsync(connection, id, cancellationToken) is { } other)
            {
                stanza.Readers.AddRange(BackupNodes.Of(other, subnet).Select(n => n.Instance.ToString("D")));
            }
        }

        foreach (var request in await BackupRows.PendingAsync(connection, database.Id, cancellationToken))
        {
            stanza.Requests.Add(new RepositoryConfiguration.Types.Request { Id = request.Id.ToString("D"), Type = BackupView.ToolType(request.Type), Label = request.Label ?? "" });
        }

        return stanza;
    }

    /// <summary>A short form of a message, to see whether it has changed.</summary>
    public static string Hash(IMessage message) => Convert.ToHexStringLower(SHA256.HashData(message.ToByteArray()).AsSpan(0, 12));

    internal static RepositoryNotes NotesOf(ResourceRow row) => JsonSerializer.Deserialize(row.Internal, BackupStoreJson.Default.RepositoryNotes)!;
}

/// <summary>A repository as it is known.</summary>
/// <param name="Row">The resource.</param>
/// <param name="Notes">Its reconciler's notes.</param>
/// <param name="Agent">What its agent last said; null before it was heard of.</param>
/// <param name="Address">In the space; null before it was allotted.</param>
internal sealed record RepositoryState(ResourceRow Row, RepositoryNotes Notes, AgentRecord? Agent, string? Address)
{
    /// <summary>What it says of a database; null if nothing yet.</summary>
    public StanzaFacts? Of(Guid database) => Agent?.Facts?.Repository?.Stanzas.FirstOrDefault(s => s.Name == BackupKind.Stanza(database));
}

/// <summary>Where a database's nodes are: the only place where backup reads the PostgreSQL reconciler's notes.</summary>
internal static class BackupNodes
{
    internal static IEnumerable<(Guid Instance, string Address)> Of(ResourceRow database, SpaceSubnet subnet) =>
        (PostgresContext.NotesOf(database).Nodes ?? []).Select(node => (node.InstanceId, subnet.Instance(database.Space.NetworkIndex, node.HostNumber).ToString()));
}
