using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's groups, with who is in them and what is granted to them, and creating another.</summary>
internal static class GroupsEndpoint
{
    private const int Shown = 25;

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, "", "", null);

    public static async Task<IResult> CreateAsync(Visit visit)
    {
        var field = await visit.FormAsync(GroupEndpoint.LongestList);
        var (name, members) = (field("name"), field("members"));
        // Nobody is to be put out of a group that is there by creating it.
        return await visit.Api.FindAsync(visit.Named("groups", name), WireJson.Default.Group) is not null
            ? await ShowAsync(visit, name, members, null, exists: true)
            : await Visit.ChangeAsync(
                () => visit.Api.PutAsync(visit.Named("groups", name), new PutGroup(GroupEndpoint.Names(members)), WireJson.Default.PutGroup, WireJson.Default.Group),
                GroupEndpoint.Path(name), problem => ShowAsync(visit, name, members, problem));
    }

    private static async Task<IResult> ShowAsync(Visit visit, string name, string members, ProblemDocument? problem, bool exists = false)
    {
        var page = await visit.Api.GetAsync(visit.Paged(visit.Root + "/groups", Shown), WireJson.Default.PageGroup);
        return new HtmlPage<GroupsPage>(problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Groups, Path = "/console/groups" },
            ["Lead"] = ConsoleTexts.Fill(visit.Frame.Texts.GroupsLead, visit.Frame.Organization),
            ["Groups"] = page,
            ["Granted"] = await Grants.ReadAsync(visit),
            ["Problem"] = problem,
            ["Name"] = name,
            ["Members"] = members,
            ["Exists"] = exists,
            ["First"] = visit.PageToken is null,
        });
    }
}
