using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The node itself: made from its image if it is not there, running, with the limits of its size.</summary>
internal sealed class InstanceStep(
    IInfrastructure infrastructure, IAgents agents, IAuthorities authorities, IResourceKeys keys, AgentChannelAddress channel, NpgsqlDataSource store)
    : IStep<PostgresContext>
{
    public string Name => "instance";

    public string Title => "The node runs";

    public string Condition => "InstanceRunning";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        using var token = await EnrolmentToken.DeriveAsync(keys, store, context, context.Notes.TokenGeneration, cancellationToken);
        if (context.Agent?.CertificateNotAfter is null)
        {
            await context.Lease.WriteAsync(
                (connection, ct) => agents.SetTokenAsync(connection, context.InstanceId, token, ct), cancellationToken);
        }

        var (size, space) = (context.Size, context.Row.Space);
        var state = await infrastructure.EnsureInstanceAsync(
            new EnsureInstance(
                context.Fence,
                context.InstanceId,
                space.Id,
                space.NetworkIndex,
                context.Notes.HostNumber!.Value,
                PostgresKind.Name,
                VolumeId: context.Row.Id,
                new InstanceLimits(size.Cpus, size.MemoryBytes, size.Processes, size.RootDiskBytes),
                new InstanceBootstrap(token, await AuthorityAsync(cancellationToken), channel.Port)),
            cancellationToken);
        context.Status = context.Status with
        {
            Image = new(PostgresKind.Name, state.ImageDigest, "/v1/images/" + state.ImageDigest + "/sbom"),
        };
        return StepResult.Holds;
    }

    private async Task<string> AuthorityAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await authorities.FindPemAsync(connection, AuthorityId.Agents, cancellationToken)
            ?? throw new InfrastructureException("The agent channel has no certificate authority yet.");
    }
}
