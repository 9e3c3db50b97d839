using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Services.Isolation;

/// <summary>Writes down that a space's isolation shall be verified, and wakes the reconciler. The one that runs already is as good.</summary>
internal sealed class StartVerification(IResources resources, IOperations operations, ISignals signals, ISeals seals, TimeProvider time)
{
    private const int MostAtOnce = 3;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    /// <summary>In the caller's transaction.</summary>
    public async Task<Result<Creation<ResourceRow>>> RunAsync(NpgsqlConnection connection, SpaceRecord space, string trigger, CancellationToken cancellationToken)
    {
        if (await VerificationStore.LockRunningAsync(connection, space.Id, cancellationToken) is { } running)
        {
            return new Creation<ResourceRow>((await resources.FindAsync(connection, running, cancellationToken))!, false);
        }

        // A probe's volume needs the organization's key.
        if (await seals.FindAsync(connection, space.OrganizationId, cancellationToken) is { IsSealed: true } seal)
        {
            return seal.Refusal;
        }

        if (await VerificationStore.CountRunningAsync(connection, cancellationToken) >= MostAtOnce)
        {
            return new Problem("busy", 503, "Too many verifications at once", "Verifications of other spaces are running; send the request again in a minute.", []);
        }

        var (id, operation, now) = (Guid.CreateVersion7(), Guid.CreateVersion7(), time.GetUtcNow());
        var name = "v" + now.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
        await resources.InsertAsync(
            connection,
            new NewResource(
                id, IsolationRoutes.Kind, space.Id, name, new Dictionary<string, string>(), JsonSerializer.Serialize(new VerificationSpec(trigger), IsolationJson.Default.VerificationSpec),
                JsonSerializer.Serialize(new VerificationStatus(), IsolationJson.Default.VerificationStatus)),
            operation, cancellationToken);
        await operations.CreateAsync(
            connection, new NewOperation(operation, space.Id, id, IsolationRoutes.Kind, name, "create", 1, "Waiting for a reconciler to take it up."), cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(IsolationRoutes.Kind, id), Deadline, cancellationToken);
        return new Creation<ResourceRow>((await resources.FindAsync(connection, id, cancellationToken))!, true);
    }
}
