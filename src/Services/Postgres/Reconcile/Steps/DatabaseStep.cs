using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>PostgreSQL runs under Patroni as configured, as its agent reports.</summary>
internal sealed class DatabaseStep : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    public string Name => "database";

    public string Title => "PostgreSQL runs as configured";

    public string Condition => "DatabaseReady";

    public Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var node = context.Nodes[0];
        var facts = node.Agent!.Facts;
        if (facts?.Postgres is not { } postgres)
        {
            return Task.FromResult(StepResult.Waiting("Waiting for the agent's first report on PostgreSQL.", LookAgain));
        }

        context.Status = context.Status with
        {
            ServerVersion = NullIfEmpty(postgres.Version),
            Role = NullIfEmpty(postgres.Role),
            VolumeSizeBytes = facts.VolumeSizeBytes,
            VolumeUsedBytes = facts.VolumeUsedBytes,
        };
        return Task.FromResult(
            facts.AppliedVersion < node.DesiredVersion
                ? StepResult.Waiting(facts.Pending.Length > 0 ? facts.Pending : "The agent is applying the configuration.", LookAgain)
                : !postgres.Ready
                    ? StepResult.Waiting($"PostgreSQL does not accept connections yet (Patroni says: {postgres.State}).", LookAgain)
                    : StepResult.Holds);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
