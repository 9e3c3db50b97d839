using Beffroi.Hosts.Cli.Api;

namespace Beffroi.Hosts.Cli.Access;

/// <summary>Paths of who may do what.</summary>
internal static class AccessPaths
{
    public const string Operators = "/operator/v1/operators";

    public static string Tokens(Session session) => session.Root + "/v1/tokens";

    public static string Sessions(Session session, string? of) => of is null ? session.Root + "/v1/sessions"
        : One(session.IsOperator ? Operators : Members(session.Space.Organization), of) + "/sessions";

    public static string Members(string organization) => Paths.Organization(organization) + "/members";

    public static string ServiceAccounts(string organization) => Paths.Organization(organization) + "/service-accounts";

    public static string Groups(string organization) => Paths.Organization(organization) + "/groups";

    public static string Roles(string organization) => Paths.Organization(organization) + "/roles";

    public static string Grants(string organization) => Paths.Organization(organization) + "/grants";

    public static string One(string list, string name) => list + "/" + Uri.EscapeDataString(name);
}
