using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform;
using Beffroi.Platform.Resources;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Parameters;
using Beffroi.Services.Postgres.Reconcile;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Services.Postgres.Spares;

/// <summary>
/// Keeps one PostgreSQL ready in each space that has one, for the next creation to take over (docs/decisions/0005-spares.md). This class says
/// when a space shall have a spare and of what kind; <see cref="PostgresReconciler"/> brings it up and takes it down like any other.
/// </summary>
internal sealed class PostgresSpares(
    ISpares spares, IResources resources, IOperations operations, IInfrastructure infrastructure, ISignals signals, PlatformOptions options, NpgsqlDataSource store, TimeProvider time)
{
    // Below the first a spare is not begun, below the second one is given up: between them nothing changes, so that it does not come and go.
    private static readonly long EnoughMemory = ByteSize.GiB(3).Bytes;
    private static readonly long TooLittleMemory = ByteSize.GiB(1).Bytes;

    // A creation that takes longer than this has other troubles, and its spare need not wait for it.
    private static readonly TimeSpan Courtesy = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    // More than a space has addresses for.
    private const int All = 1000;

    /// <summary>After a PostgreSQL has settled: sees to it that its space has a spare, or that the one it has looks at itself.</summary>
    public async Task EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var space = context.Row.Space.Id;
        IReadOnlyList<PostgresSpec> databases;
        ResourceRow? present;
        await using (var connection = await store.OpenConnectionAsync(cancellationToken))
        {
            databases = await DatabasesAsync(connection, space, cancellationToken);
            present = await spares.FindAsync(connection, space, PostgresKind.Name, cancellationToken);
        }

        if (present is not null)
        {
            if (present.DeletionRequestedAt is null && !Serves(PostgresView.Spec(present), PostgresContext.NotesOf(present).GrowsInUse, databases))
            {
                await context.Lease.WriteAsync((connection, token) => SignalAsync(connection, present.Id, token), cancellationToken);
            }
        }
        else if (databases.Count > 0 && (await infrastructure.GetHostAsync(cancellationToken)).AvailableMemoryBytes >= EnoughMemory)
        {
            var spare = new NewSpare(
                Guid.CreateVersion7(), PostgresKind.Name, space, JsonSerializer.Serialize(Beside(databases), WireJson.Default.PostgresSpec),
                JsonSerializer.Serialize(PostgresView.Initial(time.GetUtcNow()), WireJson.Default.PostgresStatus));
            await context.Lease.WriteAsync(async (connection, token) =>
            {
                if (await spares.PrepareAsync(connection, spare, token))
                {
                    await SignalAsync(connection, spare.Id, token);
                }
            }, cancellationToken);
        }
    }

    /// <summary>
    /// When a PostgreSQL is gone, in the transaction that forgets it: the space's spare looks whether it is still wanted; after a spare, one of
    /// the space's databases looks whether there shall be another.
    /// </summary>
    public async Task GoneAsync(NpgsqlConnection connection, ResourceRow gone, CancellationToken cancellationToken)
    {
        var next = !gone.IsSpare ? await spares.FindAsync(connection, gone.Space.Id, PostgresKind.Name, cancellationToken)
            : await resources.ListAsync(connection, gone.Space.Id, PostgresKind.Name, null, Everything, 1, cancellationToken) is [var any] ? any
            : null;
        if (next is not null)
        {
            await signals.SignalAsync(connection, new WorkKey(PostgresKind.Name, next.Id), cancellationToken: cancellationToken);
        }
    }

    /// <summary>Why this spare is not wanted (any more), for the ledger; null if it is. Notes what its host can do.</summary>
    public async Task<LedgerReason?> UnwantedAsync(PostgresContext spare, CancellationToken cancellationToken)
    {
        IReadOnlyList<PostgresSpec> databases;
        await using (var connection = await store.OpenConnectionAsync(cancellationToken))
        {
            databases = await DatabasesAsync(connection, spare.Row.Space.Id, cancellationToken);
        }

        if (databases.Count == 0)
        {
            return Words("the space needs no spare");
        }

        var host = await infrastructure.GetHostAsync(cancellationToken);
        spare.Notes = spare.Notes with { GrowsInUse = host.VolumesGrowInUse };
        return host.AvailableMemoryBytes < TooLittleMemory ? Words("the host is short of memory")
            : !Serves(spare.Spec, host.VolumesGrowInUse, databases) ? Words("the space's databases are of another kind now")
            : spare.Status.Image is { } image && image.Digest != host.Images.GetValueOrDefault(PostgresKind.Name) ? Words("there is a newer image")
            : null;
    }

    /// <summary>Whether the spare lets someone else's work go first. Never for one that is ready: it only looks after itself.</summary>
    public async Task<bool> WaitsAsync(PostgresContext spare, CancellationToken cancellationToken)
    {
        if (spare.Status.State == "ready")
        {
            return false;
        }

        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await operations.AnyoneWaitsAsync(connection, Courtesy, cancellationToken);
    }

    /// <summary>Marks a spare as not wanted; its reconciler takes it down. False if a creation has taken it over meanwhile.</summary>
    public Task<bool> GiveUpAsync(NpgsqlConnection connection, PostgresContext spare, CancellationToken cancellationToken) =>
        spares.GiveUpAsync(connection, spare.Row.Id, cancellationToken);

    /// <summary>
    /// In the transaction of a creation: the space's spare if it is ready and can become what is wanted, and then nobody else's. Null: go the long way.
    /// </summary>
    public async Task<ResourceRow?> TakeAsync(NpgsqlConnection connection, Guid space, PostgresSpec wanted, CancellationToken cancellationToken) =>
        options.Zone.Spares > 0
        && await spares.LockAsync(connection, space, PostgresKind.Name, cancellationToken) is { } spare
        && PostgresView.Status(spare).State == "ready"
        && Fits(PostgresView.Spec(spare), PostgresContext.NotesOf(spare).GrowsInUse, wanted)
            ? spare
            : null;

    /// <summary>Whether a spare can become what is wanted without a restart of its PostgreSQL.</summary>
    internal static bool Fits(PostgresSpec spare, bool growsInUse, PostgresSpec wanted) =>
        // In all else they are the same, whatever a spec comes to hold.
        Bare(spare) with { Storage = wanted.Storage } == Bare(wanted)
        && !ParameterRules.NeedRestart(wanted)
        && (spare.Storage == wanted.Storage || (growsInUse && Bytes(spare) < Bytes(wanted)));

    /// <summary>What a spare beside these, one or more, is: as the smallest of them, so that it could have become at least that one.</summary>
    internal static PostgresSpec Beside(IReadOnlyCollection<PostgresSpec> databases) =>
        Bare(databases.MinBy(d => (SizeRank(d.Size), Bytes(d)))!);

    // Without what a spare takes over while it runs; its storage can only grow.
    private static PostgresSpec Bare(PostgresSpec spec) => spec with
    {
        DeletionProtection = false,
        Backup = null,
        Parameters = null,
        Extensions = null,
        Databases = null,
        Roles = null,
        AllowedNetworks = null,
        ClientAuthorities = null,
        MaintenanceWindow = null,
        Alerts = null,
        Pooler = null,
    };

    // One that could not have become any of them is of no use; one that could is kept, so that spares don't come and go with each creation.
    private static bool Serves(PostgresSpec spare, bool growsInUse, IEnumerable<PostgresSpec> databases) =>
        databases.Any(d => Fits(spare, growsInUse, d with { Parameters = null }));

    /// <summary>What the space has that a spare could become: one node; nothing where spares are switched off.</summary>
    private async Task<IReadOnlyList<PostgresSpec>> DatabasesAsync(NpgsqlConnection connection, Guid space, CancellationToken cancellationToken) =>
        options.Zone.Spares == 0
            ? []
            : [.. (await resources.ListAsync(connection, space, PostgresKind.Name, null, Everything, All, cancellationToken))
                .Where(row => row.DeletionRequestedAt is null).Select(PostgresView.Spec).Where(spec => spec.Availability == PostgresKind.Single)];

    private static LabelSelector Everything { get; } = LabelSelector.Parse("selector", null).Value!;

    private static int SizeRank(string size) => PostgresSize.All.TakeWhile(s => s.Name != size).Count();

    private static long Bytes(PostgresSpec spec) => ByteSize.TryParse(spec.Storage, out var size) ? size.Bytes : 0;

    private Task SignalAsync(NpgsqlConnection connection, Guid spare, CancellationToken cancellationToken) =>
        signals.SignalAsync(connection, new WorkKey(PostgresKind.Name, spare), Deadline, cancellationToken);
}
