using System.Globalization;
using System.Text.RegularExpressions;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres.Parameters;

/// <summary>What a customer may set, each by itself and together.</summary>
internal static partial class ParameterRules
{
    private const string Listed = "beffroi postgres parameters list (GET …/postgres-parameters) shows those that can be set";

    // Of each lock, and of each session beside its text: what PostgreSQL 17 reserves, rounded up (tests/Agent starts it with the most of everything).
    private const long BytesPerLock = 400;
    private const long BytesPerSession = 64 << 10;
    private const long BytesPerStatement = 1024;

    /// <summary>Every fault of a spec's parameters. Size and storage may be at fault themselves: then what depends on them is not looked at.</summary>
    internal static IEnumerable<FieldError> Check(PostgresSpec spec)
    {
        var parameters = spec.Parameters ?? new Dictionary<string, string>();
        var catalogue = ParameterCatalogue.Of(spec.Version);
        if (parameters.Count > catalogue.Count && catalogue.Count > 0)
        {
            return [new FieldError("spec.parameters", "These are more parameters than there are.", Listed)];
        }

        var scope = ScopeOf(spec);
        List<FieldError> errors = [.. parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => Check(catalogue, scope, p.Key, p.Value)).OfType<FieldError>()];
        return errors.Count > 0 || scope is null || catalogue.Count == 0 ? errors : [.. Together(catalogue, parameters, scope)];
    }

    /// <summary>The parameters in the form in which they are kept: in order of name, each in its own one; null for none.</summary>
    internal static IReadOnlyDictionary<string, string>? Normal(PostgresSpec valid)
    {
        var catalogue = ParameterCatalogue.Of(valid.Version);
        return valid.Parameters is not { Count: > 0 } parameters ? null
            : new SortedDictionary<string, string>(
                parameters.ToDictionary(p => p.Key, p => catalogue.First(d => d.Name == p.Key).Normal(p.Value, null) ?? p.Value, StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>Whether one of them needs a restart.</summary>
    internal static bool NeedRestart(PostgresSpec spec) =>
        spec.Parameters is { Count: > 0 } parameters && ParameterCatalogue.Of(spec.Version).Any(d => d.NeedsRestart && parameters.ContainsKey(d.Name));

    /// <summary>The database that a spec describes; null if its size or storage is none.</summary>
    internal static ParameterScope? ScopeOf(PostgresSpec spec) =>
        PostgresSize.TryGet(spec.Size, out var size) && ByteSize.TryParse(spec.Storage, out var storage) ? new ParameterScope(size, storage.Bytes) : null;

    private static FieldError? Check(IReadOnlyList<ParameterDefinition> catalogue, ParameterScope? scope, string name, string value)
    {
        if (!NameForm().IsMatch(name))
        {
            return new FieldError("spec.parameters", "One of the names is none of PostgreSQL's parameters.", "lower-case letters, digits, underscores and a dot, at most 63; " + Listed);
        }

        var field = "spec.parameters." + name;
        return catalogue.FirstOrDefault(d => d.Name == name) is not { } definition
                ? PlatformParameters.PromiseOf(name) is { } promise
                    ? new FieldError(field, $"This parameter can't be set, because a promise rests on it: {promise}.", Listed)
                    : new FieldError(field, "This parameter can't be set.", Listed)
            : definition.Normal(value, scope) is null
                ? new FieldError(field, scope is not null && definition.Limit is not null && definition.Normal(value, null) is not null ? $"This is out of range for size {scope.Size.Name} and its storage." : "This value is not valid.", definition.AllowedText(scope))
            : null;
    }

    // What is reserved when PostgreSQL starts must leave room for what sessions need, or it does not start, or is killed at work.
    private static IEnumerable<FieldError> Together(IReadOnlyList<ParameterDefinition> catalogue, IReadOnlyDictionary<string, string> parameters, ParameterScope scope)
    {
        if (!parameters.Keys.Any(name => name is "shared_buffers" or "max_connections" or "max_locks_per_transaction" or "max_pred_locks_per_transaction"
            or "max_prepared_transactions" or "track_activity_query_size" or "pg_stat_statements.max" or "max_worker_processes" or "autovacuum_max_workers"))
        {
            yield break;
        }

        var sessions = Bytes("max_connections", Math.Clamp(scope.MemoryBytes / (1 << 30) * 100, 100, 1000)) + Bytes("max_prepared_transactions", 0)
            + Bytes("max_worker_processes", Math.Max(8, scope.Cpus * 2)) + Bytes("autovacuum_max_workers", 3) + 20;
        var locks = Bytes("max_locks_per_transaction", 64) + Bytes("max_pred_locks_per_transaction", 64);
        var shared = Bytes("shared_buffers", scope.MemoryBytes / 4) + (sessions * ((locks * BytesPerLock) + BytesPerSession + Bytes("track_activity_query_size", 1024)))
            + (Bytes("pg_stat_statements.max", 5000) * BytesPerStatement);
        if (shared > scope.MemoryBytes / 2)
        {
            yield return new FieldError(
                "spec.parameters",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Together these reserve about {shared >> 20} MiB of shared memory (shared_buffers, and what each session may lock and show); a node of size {scope.Size.Name} has {scope.MemoryBytes >> 20} MiB."),
                "at most half of the memory: less of shared_buffers, max_connections or max_locks_per_transaction, or a larger size");
        }

        // In bytes, or the bare number.
        long Bytes(string name, long computed)
        {
            var definition = catalogue.First(d => d.Name == name);
            return parameters.TryGetValue(name, out var text) && definition.Number(text) is { } number ? (long)(number * (definition.Unit?.Size ?? 1)) : computed;
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameForm();
}
