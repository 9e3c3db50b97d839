using System.Text.RegularExpressions;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Names of roles, databases and extensions that may come from the control plane: nothing that needs quoting, and nothing of PostgreSQL's own.
/// </summary>
internal static partial class Identifier
{
    /// <summary>The name in double quotes, for SQL.</summary>
    /// <exception cref="InvalidOperationException">It isn't one that is accepted.</exception>
    internal static string Quote(string name) =>
        Form().IsMatch(name) && !name.StartsWith("pg_", StringComparison.Ordinal) && name is not ("postgres" or NodeConfiguration.ReplicationRole or NodeConfiguration.RewindRole)
            ? "\"" + name + "\""
            : throw new InvalidOperationException("The configuration names a role or database in a way that is not accepted.");

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
