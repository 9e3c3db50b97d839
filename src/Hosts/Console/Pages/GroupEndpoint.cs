using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>One group: who is in it, its roles, and what changes them.</summary>
internal static class GroupEndpoint
{
    /// <summary>The most characters of names in one field.</summary>
    public const int LongestList = 2000;

    private static readonly char[] Between = [',', ' ', ';'];

    public static string Path(string name) => "/console/groups/" + Visit.Name(name);

    /// <summary>Names as they were typed, with a comma or a space between them.</summary>
    public static IReadOnlyList<string> Names(string typed) => typed.Split(Between, StringSplitOptions.RemoveEmptyEntries);

    public static Task<IResult> ShowAsync(Visit visit, string name) => ShowAsync(visit, name, null);

    public static async Task<IResult> AddAsync(Visit visit, string name)
    {
        var typed = (await visit.FormAsync(LongestList))("members");
        return await SetAsync(visit, name, members => members.Union(Names(typed)), typed);
    }

    public static async Task<IResult> TakeOutAsync(Visit visit, string name)
    {
        var member = (await visit.FormAsync())("member");
        return await SetAsync(visit, name, members => members.Where(m => m != member));
    }

    public static async Task<IResult> GrantAsync(Visit visit, string name)
    {
        var (typed, change) = await GrantForm.ReadAsync(visit, group: name);
        return await Visit.ChangeAsync(change, Path(name), problem => ShowAsync(visit, name, problem, typed));
    }

    public static async Task<IResult> RevokeAsync(Visit visit, string name) =>
        await Visit.ChangeAsync(await GrantForm.RevokeAsync(visit), Path(name), problem => ShowAsync(visit, name, problem));

    public static async Task<IResult> ConfirmAsync(Visit visit, string name) => Removal(visit, await ReadAsync(visit, name)).Page(visit);

    public static async Task<IResult> RemoveAsync(Visit visit, string name)
    {
        var field = await visit.FormAsync();
        var group = await ReadAsync(visit, name);
        return field("name") != group.Name
            ? Removal(visit, group).Page(visit, wrong: true)
            : await Visit.ChangeAsync(
                () => visit.Api.RequestAsync(HttpMethod.Delete, Api(visit, name), WireJson.Default.Group),
                "/console/groups", problem => Task.FromResult(Removal(visit, group).Page(visit, problem)));
    }

    private static string Api(Visit visit, string name) => visit.Named("groups", name);

    private static Task<Group> ReadAsync(Visit visit, string name) => visit.Api.GetAsync(Api(visit, name), WireJson.Default.Group);

    // The API is told all who are in it: whoever another person has added since the page was shown stays.
    private static async Task<IResult> SetAsync(Visit visit, string name, Func<IReadOnlyList<string>, IEnumerable<string>> change, string typed = "")
    {
        var group = await ReadAsync(visit, name);
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(Api(visit, name), new PutGroup([.. change(group.Members)]), WireJson.Default.PutGroup, WireJson.Default.Group),
            Path(name), problem => ShowAsync(visit, name, problem, typed: typed));
    }

    private static async Task<IResult> ShowAsync(Visit visit, string name, ProblemDocument? problem, GrantForm? grant = null, string typed = "")
    {
        var group = await ReadAsync(visit, name);
        return new HtmlPage<GroupPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = ConsoleTexts.Fill(visit.Frame.Texts.GroupTitle, group.Name), Path = Path(name) },
            ["Group"] = group,
            ["Granted"] = await RoleGrants.OfGroupAsync(visit, Path(name), group.Name, grant ?? new()),
            ["Typed"] = typed,
            ["Problem"] = problem,
        });
    }

    private static Confirmation Removal(Visit visit, Group group)
    {
        var t = visit.Frame.Texts;
        return new(
            ConsoleTexts.Fill(t.RemoveGroupTitle, group.Name), Path(group.Name) + "/remove", Path(group.Name), group.Name, t.RemoveGroupMore, t.RemoveGroup,
            "beffroi group remove " + group.Name, Danger: true, Type: group.Name);
    }
}
