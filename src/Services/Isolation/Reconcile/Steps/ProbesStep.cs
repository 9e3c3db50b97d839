using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>
/// The four probes run: of the image that customers' instances are of, and confined as they are, so that what holds for a probe holds for them.
/// </summary>
internal sealed class ProbesStep(IInfrastructure infrastructure, IAgents agents, IAuthorities authorities, ProbeKeys keys, AgentChannelAddress channel, NpgsqlDataSource store)
    : IStep<VerificationContext>
{
    private const string Image = "postgres";
    private static readonly InstanceLimits Limits = new(1, ByteSize.MiB(384).Bytes, 256, ByteSize.GiB(4).Bytes);

    public string Name => "probes";

    public string Title => "Probes run in both spaces";

    public string Condition => "ProbesRunning";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.IsOver || context.Facts.Count == Role.All.Count)
        {
            return StepResult.Holds;
        }

        string authority;
        await using (var connection = await store.OpenConnectionAsync(cancellationToken))
        {
            authority = await authorities.FindPemAsync(connection, AuthorityId.Agents, cancellationToken)
                ?? throw new InfrastructureException("The agent channel has no certificate authority yet.");
        }

        await Task.WhenAll(context.Probes.Select(p => StartAsync(context, p, authority, cancellationToken)));
        return StepResult.Holds;
    }

    private async Task StartAsync(VerificationContext context, ProbeNote probe, string authority, CancellationToken cancellationToken)
    {
        using var token = await keys.TokenAsync(context, probe, cancellationToken);
        await context.Lease.WriteAsync(async (connection, ct) =>
        {
            if ((await agents.FindAsync(connection, probe.InstanceId, ct))?.CertificateNotAfter is null)
            {
                await agents.SetTokenAsync(connection, probe.InstanceId, token, ct);
            }

            await agents.SetDesiredAsync(connection, probe.InstanceId, ProbeConfigurations.Listen(context), ct);
        }, cancellationToken);
        using var key = await keys.VolumeAsync(context, probe, cancellationToken);
        await infrastructure.EnsureVolumeAsync(new EnsureVolume(context.Fence, probe.InstanceId, ByteSize.GiB(1).Bytes, key), cancellationToken);
        await infrastructure.EnsureInstanceAsync(
            new EnsureInstance(
                context.Fence, probe.InstanceId, probe.SpaceId, probe.SpaceIndex, probe.HostNumber, Image, probe.InstanceId, Limits, new InstanceBootstrap(token, authority, channel.Port)),
            cancellationToken);
    }
}
