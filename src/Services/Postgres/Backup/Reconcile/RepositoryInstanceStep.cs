using System.Buffers.Text;
using System.Globalization;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// The instance: made from the databases' own image, which holds the backup tool and what a drill needs. When the host has a newer one it is made anew from that as soon as
/// nothing runs in it: databases hold their WAL back meanwhile.
/// </summary>
internal sealed class RepositoryInstanceStep(
    IInfrastructure infrastructure, IAgents agents, IAuthorities authorities, IResourceKeys keys, IResources resources, AgentChannelAddress channel, NpgsqlDataSource store)
    : IStep<RepositoryContext>
{
    internal const int Cpus = 2;
    private static readonly InstanceLimits Limits = new(Cpus, ByteSize.GiB(1).Bytes, 512, ByteSize.GiB(8).Bytes);

    public string Name => "instance";

    public string Title => "The repository runs";

    public string Condition => "InstanceRunning";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        using var token = await TokenAsync(keys, store, context, cancellationToken);
        if (context.Agent?.CertificateNotAfter is null)
        {
            await context.Lease.WriteAsync((connection, ct) => agents.SetTokenAsync(connection, context.InstanceId, token, ct), cancellationToken);
        }

        var space = context.Row.Space;
        var made = await infrastructure.EnsureInstanceAsync(
            new EnsureInstance(
                context.Fence, context.InstanceId, space.Id, space.NetworkIndex, context.Notes.HostNumber!.Value, PostgresKind.Name, VolumeId: context.Row.Id, Limits,
                new InstanceBootstrap(token, await AuthorityAsync(cancellationToken), channel.Port)),
            cancellationToken);
        if (!IsIdle(context) || (await infrastructure.GetHostAsync(cancellationToken)).Images.GetValueOrDefault(PostgresKind.Name) is not { } newest || newest == made.ImageDigest)
        {
            return StepResult.Holds;
        }

        // What it is and holds, its agent's identity included, is on its volume. It is given its token again, used up as that is.
        context.Notes = context.Notes with { TokenForgotten = false };
        await context.Lease.WriteAsync(async (connection, ct) =>
        {
            await agents.ForgetFactsAsync(connection, context.InstanceId, ct);
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), ct);
        }, cancellationToken);
        await infrastructure.RemoveInstanceAsync(new InstanceRequest(context.Fence, context.InstanceId, space.Id), cancellationToken);
        return StepResult.Waiting("The repository is made anew from the newest image.", TimeSpan.Zero);
    }

    private static bool IsIdle(RepositoryContext context) =>
        context.Agent?.Facts?.Repository is { } facts && facts.Stanzas.All(stanza => stanza.Running.Length == 0);

    /// <summary>The one-time enrolment token: derived, so that a pass after a crash has the same.</summary>
    internal static async Task<Secret> TokenAsync(IResourceKeys keys, NpgsqlDataSource store, RepositoryContext context, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        using var bytes = await keys.DeriveAsync(
            connection, context.Row.Space.OrganizationId, context.Row.Id,
            string.Create(CultureInfo.InvariantCulture, $"agent-token/{context.InstanceId:N}/{context.Notes.TokenGeneration}"), length: 32, cancellationToken);
        return Secret.FromText(Base64Url.EncodeToString(bytes.Reveal()));
    }

    private async Task<string> AuthorityAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await authorities.FindPemAsync(connection, AuthorityId.Agents, cancellationToken)
            ?? throw new InfrastructureException("The agent channel has no certificate authority yet.");
    }
}
