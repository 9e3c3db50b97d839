namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A role of the organization's own, as it was typed and ticked. What is wrong with it, the API says.</summary>
/// <param name="Name">Of it.</param>
/// <param name="Description">For people.</param>
/// <param name="Permissions">Those that are ticked.</param>
internal sealed record AccessRoleForm(string Name, string Description, IReadOnlyList<string> Permissions)
{
    /// <summary>The most characters of a field: more than a description may have, so that the API says so.</summary>
    public const int Longest = 400;

    public static AccessRoleForm Empty { get; } = new("", "", []);

    /// <summary>As it was typed, of the permissions that there are.</summary>
    public static AccessRoleForm Of(string name, Func<string, string> field, IEnumerable<string> permissions) =>
        new(name, field("description"), [.. permissions.Where(permission => field(Field(permission)) == "on")]);

    /// <summary>What the checkbox of a permission is called.</summary>
    public static string Field(string permission) => "permission-" + permission;
}
