using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The roles of one account or group, for the part of its page on which they are granted and withdrawn.</summary>
/// <param name="Items">Its own, and an account's through groups.</param>
/// <param name="All">Whether all grants of the organization were read.</param>
/// <param name="Roles">Names of what can be granted.</param>
/// <param name="Typed">What was chosen to be granted.</param>
/// <param name="Path">Of its page.</param>
/// <param name="Option">That says to whom at the command line: <c>--member dave</c>.</param>
/// <param name="OfGroup">Whether it is a group.</param>
internal sealed record RoleGrants(IReadOnlyList<Grant> Items, bool All, IReadOnlyList<string> Roles, GrantForm Typed, string Path, string Option, bool OfGroup)
{
    public static Task<RoleGrants> OfAccountAsync(Visit visit, string path, string name, IReadOnlyList<string> groups, GrantForm typed) =>
        ReadAsync(visit, grants => grants.Of(name, groups), typed, path, "--member " + name, ofGroup: false);

    public static Task<RoleGrants> OfGroupAsync(Visit visit, string path, string name, GrantForm typed) =>
        ReadAsync(visit, grants => grants.OfGroup(name), typed, path, "--group " + name, ofGroup: true);

    /// <summary>What comes through a group is withdrawn on the group's page, from all who are in it.</summary>
    public bool IsOwn(Grant grant) => OfGroup || grant.Group is null;

    private static async Task<RoleGrants> ReadAsync(Visit visit, Func<Grants, IReadOnlyList<Grant>> of, GrantForm typed, string path, string option, bool ofGroup)
    {
        var grants = await Grants.ReadAsync(visit);
        var roles = await visit.Api.GetAsync(visit.Root + "/roles", WireJson.Default.PageRole);
        return new(of(grants), grants.All, [.. roles.Items.Select(r => r.Name)], typed, path, option, ofGroup);
    }
}
