using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>Names of roles and databases that come from the control plane.</summary>
internal static class Identifier
{
    /// <summary>The name in double quotes, for SQL.</summary>
    /// <exception cref="InvalidOperationException">It isn't one that is accepted.</exception>
    internal static string Quote(string name) =>
        CustomerRoles.IsName(name) ? "\"" + name + "\"" : throw new InvalidOperationException("The configuration names a role or database in a way that is not accepted.");
}
