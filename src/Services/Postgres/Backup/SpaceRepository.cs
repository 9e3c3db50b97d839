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
        var spec = PostgresView.Spec(database).BackupOrDefault;
        if (await FindAsync(connection, database.Space.Id, cancellationToken) is { } state
            && (await WantedAsync(connection, database, cancellationToken)).Any(
                stanza => state.Notes.Of(stanza.Name) is not { } note || note.Wanted != Hash(stanza) || !note.Follows(spec)))
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

    /// <summary>What a database wants of its repository, but for how long things are kept: its stanzas, oldest first.</summary>
    public async Task<IReadOnlyList<RepositoryConfiguration.Types.Stanza>> WantedAsync(NpgsqlConnection connection, ResourceRow database, CancellationToken cancellationToken)
    {
        var spec = PostgresView.Spec(database);
        var backup = spec.BackupOrDefault;
        var restoring = await BackupRows.RestoreOfAsync(connection, database.Id, cancellationToken) is { Done: false };
        var nodes = database.DeletionRequestedAt is null && !restoring && !spec.Stopped ? BackupNodes.Of(database, subnet).ToList() : [];
        var restores = await BackupRows.RestoringFromAsync(connection, database.Id, cancellationToken);
        var noted = BackupStanza.Of(database);
        var wanted = new List<RepositoryConfiguration.Types.Stanza>();
        foreach (var known in noted)
        {
            var stanza = new RepositoryConfiguration.Types.Stanza
            {
                Name = known.Name,
                MajorVersion = int.Parse(spec.Version, System.Globalization.CultureInfo.InvariantCulture),
                FullEveryDays = backup.FullEveryDays,
                IncrementalEveryHours = backup.IncrementalEveryHours,
                DrillEveryDays = known == noted[^1] ? backup.DrillEveryDays : 0,
            };
            if (known.Stage == StanzaStage.BackedUp)
            {
                stanza.Nodes.AddRange(nodes.Select(n => new RepositoryConfiguration.Types.Node { Id = n.Instance.ToString("D"), Address = n.Address }));
            }
            else if (known.EndedAt is not { } ended || time.GetUtcNow() < ended + Reconcile.BackupTurnover.Farewell)
            {
                // They may archive to it, and nothing is asked of them.
                stanza.Readers.AddRange(nodes.Select(n => n.Instance.ToString("D")));
            }

            foreach (var (id, _) in restores.Where(r => r.Stanza == known.Id))
            {
                if (await resources.FindAsync(connection, id, cancellationToken) is { } other)
                {
                    stanza.Readers.AddRange(BackupNodes.Of(other, subnet).Select(n => n.Instance.ToString("D")));
                }
            }

            wanted.Add(stanza);
        }

        // What is asked for is done where backups are made from now on.
        foreach (var request in await BackupRows.PendingAsync(connection, database.Id, cancellationToken))
        {
            wanted[^1].Requests.Add(new RepositoryConfiguration.Types.Request { Id = request.Id.ToString("D"), Type = BackupView.ToolType(request.Type), Label = request.Label ?? "" });
        }

        return wanted;
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
    /// <summary>What it says of a database, all its stanzas together; null if nothing yet.</summary>
    public StanzaFacts? Of(ResourceRow database) => BackupView.Together(All(database));

    /// <summary>What it says of one stanza; null if nothing yet.</summary>
    public StanzaFacts? Said(BackupStanza stanza) => Agent?.Facts?.Repository?.Stanzas.FirstOrDefault(s => s.Name == stanza.Name);

    /// <summary>The stanza that a restore of a database begins from.</summary>
    public BackupStanza From(ResourceRow database, RestorePoint point) => BackupView.From(All(database), point);

    private List<(BackupStanza, StanzaFacts?)> All(ResourceRow database) => [.. BackupStanza.Of(database).Select(stanza => (stanza, Said(stanza)))];
}

/// <summary>Where a database's nodes are: the only place where backup reads the PostgreSQL reconciler's notes.</summary>
internal static class BackupNodes
{
    internal static IEnumerable<(Guid Instance, string Address)> Of(ResourceRow database, SpaceSubnet subnet) =>
        (PostgresContext.NotesOf(database).Nodes ?? []).Select(node => (node.InstanceId, subnet.Instance(database.Space.NetworkIndex, node.HostNumber).ToString()));
}
