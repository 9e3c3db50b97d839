using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Who may do what by which role: the built-in ones, and the organization's own, which are made, changed and removed.</summary>
internal static class AccessRolesEndpoint
{
    private const string Roles = "/console/roles", NewRole = "/console/new-role";

    public static async Task<IResult> ListAsync(Visit visit) => new HtmlPage<AccessRolesPage>(200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Roles, Path = Roles },
        ["Roles"] = await ReadAsync(visit),
    });

    public static async Task<IResult> ShowNewAsync(Visit visit) => ShowNew(visit, await ReadAsync(visit), AccessRoleForm.Empty, null);

    public static async Task<IResult> CreateAsync(Visit visit)
    {
        var field = await visit.FormAsync(AccessRoleForm.Longest);
        var roles = await ReadAsync(visit);
        var form = AccessRoleForm.Of(field("name"), field, Permissions(roles));
        // Nobody is to change what others may do by creating a role. That a built-in one is there, the API says.
        return roles.Any(r => r.Name == form.Name && !r.BuiltIn)
            ? ShowNew(visit, roles, form, null, exists: true)
            : await Visit.ChangeAsync(() => PutAsync(visit, form), Path(form.Name), problem => Task.FromResult<IResult>(ShowNew(visit, roles, form, problem)));
    }

    public static async Task<IResult> ShowAsync(Visit visit, string name)
    {
        var roles = await ReadAsync(visit);
        var role = Find(roles, name);
        return await ShowAsync(visit, roles, role, new(role.Name, role.Description, role.Permissions), null);
    }

    public static async Task<IResult> ChangeAsync(Visit visit, string name)
    {
        var field = await visit.FormAsync(AccessRoleForm.Longest);
        var roles = await ReadAsync(visit);
        var role = Find(roles, name);
        var form = AccessRoleForm.Of(role.Name, field, Permissions(roles));
        return await Visit.ChangeAsync(() => PutAsync(visit, form), Path(name), problem => ShowAsync(visit, roles, role, form, problem));
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string name) => Removal(visit, Own(await ReadAsync(visit), name)).Page(visit);

    public static async Task<IResult> RemoveAsync(Visit visit, string name)
    {
        var field = await visit.FormAsync();
        var role = Own(await ReadAsync(visit), name);
        return field("name") != role.Name
            ? Removal(visit, role).Page(visit, wrong: true)
            : await Visit.ChangeAsync(
                () => visit.Api.RequestAsync(HttpMethod.Delete, visit.Named("roles", name), WireJson.Default.Role),
                Roles, problem => Task.FromResult(Removal(visit, role).Page(visit, problem)));
    }

    /// <summary>Permissions by their first word, which says what they are about.</summary>
    public static IEnumerable<IGrouping<string, string>> ByWord(IEnumerable<string> permissions) => permissions.GroupBy(permission => permission.Split('.')[0]);

    private static string Path(string name) => Roles + "/" + Visit.Name(name);

    private static async Task<IReadOnlyList<Role>> ReadAsync(Visit visit) => (await visit.Api.GetAsync(visit.Root + "/roles", WireJson.Default.PageRole)).Items;

    private static Role Find(IReadOnlyList<Role> roles, string name) => roles.FirstOrDefault(r => r.Name == name) ?? throw NoSuchRole();

    private static Role Own(IReadOnlyList<Role> roles, string name) => Find(roles, name) is { BuiltIn: false } own ? own : throw NoSuchRole();

    private static ApiRefusalException NoSuchRole() => ApiRefusalException.NotFound("There is no such role, or none that is your organization's own.");

    // Every permission is in some built-in role: the owner has all.
    private static IEnumerable<string> Permissions(IReadOnlyList<Role> roles) => roles.Where(r => r.BuiltIn).SelectMany(r => r.Permissions).Distinct().Order(StringComparer.Ordinal);

    private static Task<Role> PutAsync(Visit visit, AccessRoleForm form) =>
        visit.Api.PutAsync(visit.Named("roles", form.Name), new PutRole(form.Permissions, form.Description), WireJson.Default.PutRole, WireJson.Default.Role);

    private static HtmlPage<NewAccessRolePage> ShowNew(Visit visit, IReadOnlyList<Role> roles, AccessRoleForm form, ProblemDocument? problem, bool exists = false) => new(problem?.Status ?? (exists ? 409 : 200), new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.NewRole, Path = NewRole },
        ["Typed"] = form,
        ["Permissions"] = Permissions(roles).ToList(),
        ["Problem"] = problem,
        ["Exists"] = exists,
    });

    private static async Task<IResult> ShowAsync(Visit visit, IReadOnlyList<Role> roles, Role role, AccessRoleForm form, ProblemDocument? problem)
    {
        var grants = await Grants.ReadAsync(visit);
        return new HtmlPage<AccessRolePage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = ConsoleTexts.Fill(visit.Frame.Texts.RoleTitle, visit.Frame.Texts.RoleOf(role.Name)), Path = Path(role.Name) },
            ["Role"] = role,
            ["Typed"] = form,
            ["Permissions"] = Permissions(roles).ToList(),
            ["Holders"] = grants.Items.Where(g => g.Role == role.Name).ToList(),
            ["All"] = grants.All,
            ["Problem"] = problem,
        });
    }

    private static Confirmation Removal(Visit visit, Role role)
    {
        var t = visit.Frame.Texts;
        return new(
            ConsoleTexts.Fill(t.RemoveRoleTitle, role.Name), Path(role.Name) + "/remove", Path(role.Name), role.Name, t.RemoveOwnRoleMore, t.Remove, "beffroi role remove " + role.Name,
            Danger: true, Type: role.Name);
    }
}
