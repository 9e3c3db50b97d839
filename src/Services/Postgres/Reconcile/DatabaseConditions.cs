using System.Text.RegularExpressions;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres.Maintenance;
using Beffroi.Services.Postgres.Metrics;
using Beffroi.Services.Postgres.Roles;

namespace Beffroi.Services.Postgres.Reconcile;

/// <summary>What is said of settings, extensions, roles and databases, from what an agent reports. None of it keeps a database from being ready.</summary>
internal static partial class DatabaseConditions
{
    private const string InForce = "SettingsInForce";
    private const string Installed = "ExtensionsInstalled";
    private const string WithinThresholds = "MetricsWithinThresholds";
    private const string Pooled = "PoolerReady";
    private const string AsSpecified = "RolesAndDatabasesAsSpecified";

    /// <summary>What is installed and what waits for a restart, as a status and, where something was asked for, as conditions.</summary>
    internal static void Tell(PostgresContext context, PostgresFacts shown, DateTimeOffset now)
    {
        // What an instance says is bounded here.
        var pending = context.Lasting.SelectMany(node => node.Facts?.PendingRestartSettings ?? []).Where(name => Word().IsMatch(name)).Distinct().Order(StringComparer.Ordinal).Take(100).ToList();
        var waits = context.Lasting.Any(node => node.Facts is { PendingRestart: true });
        context.Status = context.Status with
        {
            PendingRestart = pending.Count > 0 ? pending : null,
            // Only the primary looks.
            Extensions = shown.Role == "primary"
                ? [.. shown.Extensions.Where(e => Word().IsMatch(e.Name) && Word().IsMatch(e.Version)).Take(1000).Select(e => new PostgresExtension(e.Name, e.Version, DatabaseOf(e)))]
                : context.Status.Extensions,
            RetiredRoles = shown.Role != "primary" ? context.Status.RetiredRoles
                : shown.RetiredRoles.Count > 0 ? [.. shown.RetiredRoles.Where(name => Word().IsMatch(name)).Take(RoleRules.Most)] : null,
        };
        var names = pending.Count > 0 ? string.Join(", ", pending) : "Something";
        Set(
            context, now, InForce, context.Spec.Parameters is not null || waits, !waits, waits ? "RestartPending" : "InForce",
            !waits ? "PostgreSQL runs with all settings."
            : context.Spec.MaintenanceWindow is { } window ? $"{names} takes effect when PostgreSQL restarts: {MaintenanceHours.Say(window, now)}, or now: beffroi postgres restart {context.Row.Name}"
            : context.WantedNodes > 1 ? names + " takes effect when PostgreSQL restarts. The nodes do so one after the other."
            : $"{names} takes effect when PostgreSQL restarts: beffroi postgres restart {context.Row.Name}");
        TellExtensions(context, shown, now);
        TellRoles(context, shown, now);
        TellThresholds(context, now);
        TellPooler(context, now);
    }

    // An agent of before there were poolers leaves it out, and says that all is applied.
    private static void TellPooler(PostgresContext context, DateTimeOffset now)
    {
        var wanted = context.Spec.Pooler;
        var without = context.Lasting.FirstOrDefault(node => node.Facts?.Pooler is not { Serving: true } told || told.Mode != wanted?.Mode);
        var (reason, message) = without switch
        {
            null => ("Serving", $"PgBouncer answers at port {CustomerPooler.Port}, in {wanted?.Mode} mode."),
            { Agent.Facts: { } facts } when facts.AppliedVersion < without.DesiredVersion => ("Waiting", "The agent is applying the configuration."),
            { Facts.Pooler: { Problem.Length: > 0 } told } => ("NotServing", $"{without.Member}: {Line(told.Problem)}"),
            { Facts.Pooler: not null } => ("NotServing", $"{without.Member}: PgBouncer does not answer."),
            { Facts: not null } => ("NewerImage", $"The nodes' image is older than poolers are. Take the newer one: beffroi postgres apply-updates {context.Row.Name}"),
            _ => ("Waiting", "Waiting for the agent's first report."),
        };
        Set(context, now, Pooled, wanted is not null, without is null, reason, message);

        // What an instance says is bounded here.
        static string Line(string text) => new([.. text.Take(300).Select(c => char.IsControl(c) ? ' ' : c)]);
    }

    // A bound is of the primary; of replicas only how far they lag behind, which a primary has none of.
    private static void TellThresholds(PostgresContext context, DateTimeOffset now)
    {
        var crossed = (context.Spec.Alerts ?? []).Where(alert => context.Lasting.Any(node =>
            (node.Facts?.Role == "primary" || alert.Metric == "replication-lag") && node.Facts?.Crossed.Contains(AlertRules.ToMessage(alert)) == true)).ToList();
        Set(
            context, now, WithinThresholds, context.Spec.Alerts is { Count: > 0 }, crossed.Count == 0, crossed.Count == 0 ? "Within" : "Crossed",
            crossed.Count == 0 ? "No metric is beyond a bound of the spec." : string.Join(" ", crossed.Select(Told)));

        static string Told(PostgresAlertSpec alert) => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{alert.Metric} has been {(alert.Above is null ? "below" : "above")} {alert.Above ?? alert.Below} ({HistoryCatalogue.NameOf(HistoryCatalogue.ByName[alert.Metric].Unit)}) in the mean of {alert.ForMinutes} min.");
    }

    private static void TellExtensions(PostgresContext context, PostgresFacts shown, DateTimeOffset now)
    {
        (string? Database, string Name)[] wanted =
        [
            .. (context.Spec.Extensions ?? []).Select(name => ((string?)null, name)), .. (context.Spec.Databases ?? []).SelectMany(d => (d.Extensions ?? []).Select(name => ((string?)d.Name, name))),
        ];
        var missing = wanted.Except((context.Status.Extensions ?? []).Select(e => (e.Database, e.Name))).ToList();
        var refused = shown.Extensions.Where(e => missing.Contains((DatabaseOf(e), e.Name)) && Word().IsMatch(e.Refused)).Select(e => $"{Told((DatabaseOf(e), e.Name))} (SQLSTATE {e.Refused})").ToList();
        Set(
            context, now, Installed, wanted.Length > 0, missing.Count == 0, missing.Count == 0 ? "Installed" : refused.Count > 0 ? "Refused" : "Missing",
            missing.Count == 0 ? "All extensions that were asked for are in the database."
            : refused.Count > 0 ? $"PostgreSQL refuses {string.Join(", ", refused)}: `create extension` as the database's owner says why."
            : "Not in the database yet: " + string.Join(", ", missing.Select(Told)));

        static string Told((string? Database, string Name) extension) => extension.Database is { } database ? $"{extension.Name} in {database}" : extension.Name;
    }

    private static void TellRoles(PostgresContext context, PostgresFacts shown, DateTimeOffset now)
    {
        if (shown.Role != "primary")
        {
            return;
        }

        var refused = shown.Refusals.Where(r => r.Kind is "role" or "database" && Word().IsMatch(r.Name) && Word().IsMatch(r.SqlState)).Take(2 * RoleRules.Most)
            .Select(r => $"{r.Kind} {r.Name} (SQLSTATE {r.SqlState})").ToList();
        var retired = context.Status.RetiredRoles ?? [];
        Set(
            context, now, AsSpecified, context.Spec.Roles is not null || context.Spec.Databases is not null || retired.Count > 0, refused.Count == 0 && retired.Count == 0,
            refused.Count > 0 ? "Refused" : retired.Count > 0 ? "RolesRetired" : "AsSpecified",
            refused.Count > 0 ? $"PostgreSQL refuses {string.Join(", ", refused)}."
            : retired.Count > 0
                ? $"Nobody signs in as {string.Join(", ", retired)} any more. Something is still their own: give it away as app (`reassign owned by {retired[0]} to …`, in each database), and they are dropped."
            : "Roles and databases are as the spec has them.");
    }

    private static string? DatabaseOf(PostgresFacts.Types.Extension extension) =>
        extension.Database is "" or PostgresKind.Application || !Word().IsMatch(extension.Database) ? null : extension.Database;

    private static void Set(PostgresContext context, DateTimeOffset now, string type, bool spokenOf, bool holds, string reason, string message) =>
        context.Conditions = spokenOf
            ? Kernel.Condition.Set(context.Conditions, new Kernel.Condition(type, holds, reason, message, now))
            : [.. context.Conditions.Where(c => c.Type != type)];

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
