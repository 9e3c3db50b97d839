using System.Buffers.Text;
using System.Globalization;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// The node's one-time enrolment token: derived from the resource's key rather than drawn, so that a pass that follows a
/// crash gives the instance the very token whose hash the store already has.
/// </summary>
internal static class EnrolmentToken
{
    internal static async Task<Secret> DeriveAsync(
        IResourceKeys keys, NpgsqlDataSource store, PostgresContext context, NodeNotes node, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        using var bytes = await keys.DeriveAsync(
            connection,
            context.Row.Space.OrganizationId,
            context.Row.Id,
            string.Create(CultureInfo.InvariantCulture, $"agent-token/{node.InstanceId:N}/{node.TokenGeneration}"),
            length: 32,
            cancellationToken);
        return Secret.FromText(Base64Url.EncodeToString(bytes.Reveal()));
    }
}
