using System.Text;
using System.Text.RegularExpressions;
using Beffroi.Contracts.Agents;

namespace Beffroi.Hosts.Cli.Postgres.Export;

/// <summary>What <c>pg_dumpall --globals-only</c> says, without the platform's own roles and in whose name something was granted, so that it runs anywhere. Pure.</summary>
internal static partial class ExportedRoles
{
    public static string Of(string globals)
    {
        var text = new StringBuilder();
        foreach (var line in globals.Split('\n'))
        {
            // Its remarks name roles too.
            if (line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal) && !Named().Match(line).Groups.Values.Skip(1).Any(g => IsPlatforms(g.Value)) && !line.EndsWith($" IS '{CustomerRoles.Mark}';", StringComparison.Ordinal))
            {
                text.Append(GrantedBy().Replace(line, ";")).Append('\n');
            }
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static bool IsPlatforms(string role) => role is "postgres" || role.StartsWith("beffroi_", StringComparison.Ordinal);

    // A statement a line: CREATE ROLE x; ALTER ROLE x …; COMMENT ON ROLE x …; GRANT x TO y …. Names that need quotes are nobody's but the customer's.
    [GeneratedRegex("^(?:(?:CREATE|ALTER|COMMENT ON) ROLE ([a-z_0-9]+)\\b|GRANT (\\S+) TO ([a-z_0-9]+)\\b)", RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    [GeneratedRegex(" GRANTED BY (?:[a-z_0-9]+|\"(?:[^\"]|\"\")*\");$", RegexOptions.CultureInvariant)]
    private static partial Regex GrantedBy();
}
