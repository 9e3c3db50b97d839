using System.Collections.Frozen;

namespace Beffroi.Contracts.Agents;

/// <summary>
/// Names of roles and databases that a configuration may make on a customer's behalf, and roles of PostgreSQL's own that it may give. The agent takes nothing else,
/// whoever sends it: <c>pg_execute_server_program</c>, say, would be a way to more than the customer's data.
/// </summary>
public static class CustomerRoles
{
    /// <summary>Of PostgreSQL's predefined roles those that reach no files, programs or replication. Source: PostgreSQL 17 documentation, «Predefined Roles».</summary>
    public static FrozenSet<string> Predefined { get; } = FrozenSet.ToFrozenSet(
        ["pg_monitor", "pg_signal_backend", "pg_maintain", "pg_checkpoint", "pg_read_all_data", "pg_write_all_data"]);

    /// <summary>The comment on a role of a customer's spec.</summary>
    public const string Mark = "Managed by Beffroi. Change it in the spec, not here.";

    // What PostgreSQL and the platform have for themselves, and words that stand for something else where a role is named.
    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet(["postgres", "template0", "template1", "public", "none"]);

    /// <summary>Whether this can name a role or a database: 1 to 63 of a-z, 0-9 and _, beginning with a letter; nothing that needs quoting, nothing reserved.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 63
        && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
        && !name.StartsWith("pg_", StringComparison.Ordinal)
        && !name.StartsWith("beffroi_", StringComparison.Ordinal)
        && !Reserved.Contains(name);
}
