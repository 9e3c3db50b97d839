using System.Globalization;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// A rotation of the repository's own key that was asked for: it rests while the host copies its volume under a new generation, with what is locked as
/// locked as before. Databases hold their WAL back meanwhile.
/// </summary>
internal sealed class RepositoryRekeyStep(
    IInfrastructure infrastructure, IAgents agents, IResources resources, IResourceKeys keys, ILedger ledger, NpgsqlDataSource store) : IStep<RepositoryContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public string Name => "rekey";

    public string Title => "The volume is encrypted under its new key";

    public string Condition => "VolumeRekeyed";

    /// <summary>Whether there is something to rotate.</summary>
    internal static bool IsDue(RepositoryContext context) => context.Notes.RekeyTo is not null || context.Notes.KeyRotations < context.Spec.KeyRotations;

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.RekeyTo is null)
        {
            if (context.Agent?.Facts?.Repository?.Stanzas.Any(stanza => stanza.Running.Length > 0) is true)
            {
                return StepResult.Waiting("A backup or a drill is under way; the volume goes under its new key after it.", LookAgain);
            }

            await DrawAsync(context, cancellationToken);
        }

        var generation = context.Notes.RekeyTo!.Value;
        if (context.Notes.InstanceId is { } instance)
        {
            await infrastructure.StopInstanceAsync(new InstanceRequest(context.Fence, instance, context.Row.Space.Id), cancellationToken);
            await context.Lease.WriteAsync((connection, token) => agents.ForgetFactsAsync(connection, instance, token), cancellationToken);
        }

        using var before = await RepositoryVolumeStep.KeyAsync(keys, store, context, context.Notes.KeyGeneration, cancellationToken);
        using var after = await RepositoryVolumeStep.KeyAsync(keys, store, context, generation, cancellationToken);
        var state = await infrastructure.RekeyVolumeAsync(new RekeyVolume(context.Fence, context.Row.Id, RepositoryVolumeStep.Size.Bytes, before, after), cancellationToken);
        if (!state.Done)
        {
            return StepResult.Waiting(
                string.Create(CultureInfo.InvariantCulture, $"The volume is copied under its new key: {state.CopiedBytes >> 20} of {state.TotalBytes >> 20} MiB."), LookAgain);
        }

        await EndAsync(context, generation, cancellationToken);
        // Of what the agent said before, nothing is true any more: the next pass reads what it says then.
        return StepResult.Waiting("The repository starts from its volume under the new key.", TimeSpan.Zero);
    }

    // Drawn and noted in one transaction: a pass that follows a crash draws no second one. What is asked for after this gets a key of its own.
    private Task DrawAsync(RepositoryContext context, CancellationToken cancellationToken) => context.Lease.WriteAsync(async (connection, token) =>
    {
        var generation = await keys.RotateAsync(connection, context.Row.Space.OrganizationId, context.Row.Id, token);
        context.Notes = context.Notes with { RekeyTo = generation, KeyRotations = context.Spec.KeyRotations };
        await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        await ledger.AppendAsync(connection, context.Entry("key.rotate", $"generation {generation}"), token);
    }, cancellationToken);

    private Task EndAsync(RepositoryContext context, int generation, CancellationToken cancellationToken) => context.Lease.WriteAsync(async (connection, token) =>
    {
        context.Notes = context.Notes with { KeyGeneration = generation, RekeyTo = null };
        await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        if (await keys.RetireAsync(connection, context.Row.Space.OrganizationId, context.Row.Id, [], token) is { } destroyed)
        {
            await ledger.AppendAsync(connection, context.Entry("key.destroy", destroyed), token);
        }
    }, cancellationToken);
}
