using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>PostgreSQL runs under Patroni as configured, as its agent reports.</summary>
internal sealed class DatabaseStep(TimeProvider time) : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    public string Name => "database";

    public string Title => "PostgreSQL runs as configured";

    public string Condition => "DatabaseReady";

    public Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var shown = context.Primary ?? context.Nodes[0];
        if (shown.Agent?.Facts is not { Postgres: { } postgres } facts)
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
        DatabaseConditions.Tell(context, postgres, time.GetUtcNow());
        var waiting = context.Lasting.FirstOrDefault(node => !node.Ready);
        if (waiting is null && context.WantedNodes > 1 && context.Primary is null)
        {
            return Task.FromResult(StepResult.Waiting("The nodes are choosing a primary.", LookAgain));
        }

        if (waiting is null)
        {
            context.Notes = context.Notes with { Formed = context.WantedNodes > 1 };
            return Task.FromResult(StepResult.Holds);
        }

        var why = waiting.Agent?.Facts is not { } its ? "Its agent has not reported yet."
            : its.AppliedVersion < waiting.DesiredVersion ? its.Pending.Length > 0 ? its.Pending : "The agent is applying the configuration."
            : $"PostgreSQL does not accept connections yet (Patroni says: {its.Postgres?.State}).";
        var serves = context.WantedNodes > 1 && context.Primary is { Facts.Ready: true } primary && primary != waiting;
        return Task.FromResult(StepResult.Waiting(serves ? $"The database serves, but not every node does ({waiting.Member}): {why}" : why, LookAgain));
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
