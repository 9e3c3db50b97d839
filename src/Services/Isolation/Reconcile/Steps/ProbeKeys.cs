using System.Buffers.Text;
using System.Globalization;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>The probes' secrets, derived rather than drawn, so that a pass after a crash has the same.</summary>
internal sealed class ProbeKeys(IResourceKeys keys, NpgsqlDataSource store)
{
    /// <summary>Whose key they come from: the verification's for those in the space under test, the adversary's space's for the others.</summary>
    internal static Guid OwnerOf(VerificationContext context, ProbeNote probe) => Role.IsInside(probe.Role) ? context.Row.Id : probe.SpaceId;

    /// <summary>The key of a probe's volume.</summary>
    internal async Task<Secret> VolumeAsync(VerificationContext context, ProbeNote probe, CancellationToken cancellationToken) =>
        await DeriveAsync(context, probe, string.Create(CultureInfo.InvariantCulture, $"volume/{probe.InstanceId:N}"), 64, cancellationToken);

    /// <summary>A probe's one-time enrolment token.</summary>
    internal async Task<Secret> TokenAsync(VerificationContext context, ProbeNote probe, CancellationToken cancellationToken)
    {
        using var bytes = await DeriveAsync(context, probe, string.Create(CultureInfo.InvariantCulture, $"agent-token/{probe.InstanceId:N}/0"), 32, cancellationToken);
        return Secret.FromText(Base64Url.EncodeToString(bytes.Reveal()));
    }

    private async Task<Secret> DeriveAsync(VerificationContext context, ProbeNote probe, string purpose, int length, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await keys.DeriveAsync(connection, probe.OrganizationId, OwnerOf(context, probe), purpose, length, cancellationToken);
    }
}
