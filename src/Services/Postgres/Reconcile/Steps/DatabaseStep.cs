using System.Text.RegularExpressions;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>PostgreSQL runs under Patroni as configured, as its agent reports.</summary>
internal sealed partial class DatabaseStep(TimeProvider time) : IStep<PostgresContext>
{
    private const string InForce = "SettingsInForce";
    private const string Installed = "ExtensionsInstalled";
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
        Tell(context, postgres);
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

    /// <summary>What is installed and what waits for a restart, as a status and, where something was asked for, as conditions.</summary>
    private void Tell(PostgresContext context, PostgresFacts shown)
    {
        // What an instance says is bounded here.
        var pending = context.Lasting.SelectMany(node => node.Facts?.PendingRestartSettings ?? []).Where(name => Word().IsMatch(name)).Distinct().Order(StringComparer.Ordinal).Take(100).ToList();
        var waits = context.Lasting.Any(node => node.Facts is { PendingRestart: true });
        context.Status = context.Status with
        {
            PendingRestart = pending.Count > 0 ? pending : null,
            // Only the primary looks.
            Extensions = shown.Role == "primary"
                ? [.. shown.Extensions.Where(e => Word().IsMatch(e.Name) && Word().IsMatch(e.Version)).Take(100).Select(e => new PostgresExtension(e.Name, e.Version))]
                : context.Status.Extensions,
        };
        var names = pending.Count > 0 ? string.Join(", ", pending) : "Something";
        Set(
            context, InForce, context.Spec.Parameters is not null || waits, !waits, waits ? "RestartPending" : "InForce",
            !waits ? "PostgreSQL runs with all settings."
            : context.WantedNodes > 1 ? names + " takes effect when PostgreSQL restarts. The nodes do so one after the other."
            : $"{names} takes effect when PostgreSQL restarts: beffroi postgres restart {context.Row.Name}");
        var missing = (context.Spec.Extensions ?? []).Except((context.Status.Extensions ?? []).Select(e => e.Name)).ToList();
        var refused = shown.Extensions.Where(e => missing.Contains(e.Name) && Word().IsMatch(e.Refused)).Select(e => $"{e.Name} (SQLSTATE {e.Refused})").ToList();
        Set(
            context, Installed, context.Spec.Extensions is not null, missing.Count == 0, missing.Count == 0 ? "Installed" : refused.Count > 0 ? "Refused" : "Missing",
            missing.Count == 0 ? "All extensions that were asked for are in the database."
            : refused.Count > 0 ? $"PostgreSQL refuses {string.Join(", ", refused)}: `create extension` as the database's owner says why."
            : "Not in the database yet: " + string.Join(", ", missing));
    }

    private void Set(PostgresContext context, string type, bool spokenOf, bool holds, string reason, string message) =>
        context.Conditions = spokenOf
            ? Kernel.Condition.Set(context.Conditions, new Kernel.Condition(type, holds, reason, message, time.GetUtcNow()))
            : [.. context.Conditions.Where(c => c.Type != type)];

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
