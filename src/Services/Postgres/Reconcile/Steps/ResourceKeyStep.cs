using System.Buffers.Text;
using System.Security.Cryptography;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The resource's own key under its organization's, the space's certificate authority, and the password of the first role.</summary>
internal sealed class ResourceKeyStep(IResourceKeys keys, IAuthorities authorities) : IStep<PostgresContext>
{
    public string Name => "key";

    public string Title => "The database has a key of its own";

    public string Condition => "KeyReady";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var space = context.Row.Space;
        var changed = false;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            await keys.EnsureAsync(connection, space.OrganizationId, context.Row.Id, token);
            await authorities.EnsureAsync(connection, AuthorityId.Servers(space.Id, space.OrganizationId), $"Beffroi space {space.Id}", token);
            if (context.IsCluster)
            {
                await authorities.EnsureAsync(
                    connection, AuthorityId.Peers(context.Row.Id, space.OrganizationId), $"Beffroi nodes of {context.Row.Id}", token);
            }

            changed = await EnsurePasswordAsync(connection, context, token);
        }, cancellationToken);
        return changed ? StepResult.Changed : StepResult.Holds;
    }

    private async Task<bool> EnsurePasswordAsync(NpgsqlConnection connection, PostgresContext context, CancellationToken cancellationToken)
    {
        var (organization, resource) = (context.Row.Space.OrganizationId, context.Row.Id);
        using var known = await keys.GetSecretAsync(connection, organization, resource, PostgresKind.VerifierSecret, cancellationToken);
        if (known is not null)
        {
            return false;
        }

        // 192 random bits in URL-safe characters: nothing that a connection string, a shell or SASLprep would change.
        using var password = Secret.FromText(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24)));
        using var verifier = Secret.FromText(ScramVerifier.Create(password));
        await keys.PutSecretAsync(connection, organization, resource, PostgresKind.PasswordSecret, password, cancellationToken);
        await keys.PutSecretAsync(connection, organization, resource, PostgresKind.VerifierSecret, verifier, cancellationToken);
        return true;
    }
}
