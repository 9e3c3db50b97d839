using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>The encrypted volume of backups and WAL, with its key loaded. It is sparse: it takes of the host's disk what is in it.</summary>
internal sealed class RepositoryVolumeStep(IInfrastructure infrastructure, IResourceKeys keys, NpgsqlDataSource store) : IStep<RepositoryContext>
{
    internal static readonly ByteSize Size = ByteSize.GiB(1024);

    public string Name => "volume";

    public string Title => "The encrypted volume is there and open";

    public string Condition => "VolumeEncrypted";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        using var key = await KeyAsync(keys, store, context, context.Notes.KeyGeneration, cancellationToken);
        await infrastructure.EnsureVolumeAsync(new EnsureVolume(context.Fence, context.Row.Id, Size.Bytes, key), cancellationToken);
        return StepResult.Holds;
    }

    /// <summary>The volume's key under a generation of the repository's.</summary>
    internal static async Task<Secret> KeyAsync(IResourceKeys keys, NpgsqlDataSource store, RepositoryContext context, int generation, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await keys.DeriveAsync(connection, context.Row.Space.OrganizationId, context.Row.Id, PostgresKind.VolumeKey, length: 64, cancellationToken, generation);
    }
}
