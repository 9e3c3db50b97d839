using System.Text;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>How faults are named in output.</summary>
internal static class Faults
{
    /// <summary>e.g. <c>clock-rewound</c>.</summary>
    public static string Name(Fault fault)
    {
        var name = new StringBuilder();
        foreach (var c in fault.ToString())
        {
            name.Append(char.IsUpper(c) && name.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }
}
