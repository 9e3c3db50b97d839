using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;
using Beffroi.Services.Postgres.Roles;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The resource's own key under its organization's, the space's certificate authority, and the passwords of its roles.</summary>
internal sealed class ResourceKeyStep(IResourceKeys keys, RolePasswords passwords, IAuthorities authorities) : IStep<PostgresContext>
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

            changed = await passwords.EnsureAsync(connection, context.Row, context.Spec, token);
        }, cancellationToken);
        return changed ? StepResult.Changed : StepResult.Holds;
    }
}
