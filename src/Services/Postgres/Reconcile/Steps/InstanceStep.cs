using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The nodes themselves: made from their image if they are not there, running, with the limits of their size.</summary>
internal sealed class InstanceStep(
    IInfrastructure infrastructure, IAgents agents, IAuthorities authorities, IResourceKeys keys, AgentChannelAddress channel, NpgsqlDataSource store)
    : IStep<PostgresContext>
{
    public string Name => "instance";

    public string Title => "The node runs";

    public string Condition => "InstanceRunning";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var authority = await AuthorityAsync(cancellationToken);
        var states = await Task.WhenAll(context.Nodes.Select(node => EnsureAsync(context, node, authority, cancellationToken)));
        var image = states[0].ImageDigest;
        context.Status = context.Status with { Image = new(PostgresKind.Name, image, "/v1/images/" + image + "/sbom") };
        return StepResult.Holds;
    }

    private async Task<InstanceState> EnsureAsync(PostgresContext context, PostgresNode node, string authority, CancellationToken cancellationToken)
    {
        using var token = await EnrolmentToken.DeriveAsync(keys, store, context, node.Notes, cancellationToken);
        if (node.Agent?.CertificateNotAfter is null)
        {
            await context.Lease.WriteAsync((connection, ct) => agents.SetTokenAsync(connection, node.InstanceId, token, ct), cancellationToken);
        }

        var (size, space) = (context.Size, context.Row.Space);
        var state = await infrastructure.EnsureInstanceAsync(
            new EnsureInstance(
                context.Fence,
                node.InstanceId,
                space.Id,
                space.NetworkIndex,
                node.Notes.HostNumber,
                PostgresKind.Name,
                node.Notes.VolumeId,
                new InstanceLimits(size.Cpus, size.MemoryBytes, size.Processes, size.RootDiskBytes),
                new InstanceBootstrap(token, authority, channel.Port),
                context.Notes.Shared is { } shared ? new SharedAddresses(shared.First, Holder(node, shared)) : null),
            cancellationToken);
        node.ImageDigest = state.ImageDigest;
        return state;
    }

    // The second and the third node have the third and the fourth address of the block.
    private static int Holder(PostgresNode node, SharedNotes shared) =>
        node.Notes.HostNumber - shared.First is var place and (2 or 3) ? place - 1 : 0;

    private async Task<string> AuthorityAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await authorities.FindPemAsync(connection, AuthorityId.Agents, cancellationToken)
            ?? throw new InfrastructureException("The agent channel has no certificate authority yet.");
    }
}
