using Beffroi.Contracts.Agents;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>What the node's agent shall bring about, ready to be fetched by it.</summary>
internal sealed class ConfigurationStep(IAgents agents, IResourceKeys keys, SpaceSubnet subnet) : IStep<PostgresContext>
{
    // What a customer who administers a database needs; none of them reaches the instance's files or programs.
    private static readonly string[] Memberships = ["pg_monitor", "pg_signal_backend", "pg_maintain", "pg_checkpoint"];

    public string Name => "configuration";

    public string Title => "The node's configuration is written";

    public string Condition => "Configured";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var before = context.Agent?.DesiredVersion ?? 0;
        long after = 0;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            using var verifier = await keys.GetSecretAsync(
                connection, context.Row.Space.OrganizationId, context.Row.Id, PostgresKind.VerifierSecret, token);
            after = await agents.SetDesiredAsync(
                connection, context.InstanceId, new DesiredConfiguration { Postgres = Desired(context, verifier!.RevealText()) }, token);
        }, cancellationToken);
        context.DesiredVersion = after;
        return after == before ? StepResult.Holds : StepResult.Changed;
    }

    private PostgresConfiguration Desired(PostgresContext context, string verifier)
    {
        var role = new PostgresConfiguration.Types.Role
        {
            Name = PostgresKind.Application,
            ScramVerifier = verifier,
            CreateDatabase = true,
            CreateRole = true,
        };
        role.MemberOf.AddRange(Memberships);
        return new PostgresConfiguration
        {
            ClusterName = context.Row.Id.ToString("N"),
            MajorVersion = int.Parse(context.Spec.Version, System.Globalization.CultureInfo.InvariantCulture),
            MemoryBytes = context.Size.MemoryBytes,
            Cpus = context.Size.Cpus,
            ListenAddress = IdentityStep.Address(subnet, context).ToString(),
            Roles = { role },
            Databases = { new PostgresConfiguration.Types.Database { Name = PostgresKind.Application, Owner = PostgresKind.Application } },
            AllowedExtensions = { PostgresExtensions.Allowed },
        };
    }
}
