using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's members with their roles, and inviting another.</summary>
internal static class MembersEndpoint
{
    private const int Shown = 25;

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, "", null);

    public static async Task<IResult> InviteAsync(Visit visit)
    {
        var name = (await visit.FormAsync())("name");
        if (await visit.Api.FindAsync(visit.Named("members", name), WireJson.Default.Member) is not null)
        {
            // For whoever is there already, a code takes their password away. Nobody is to do that by inviting them.
            return await ShowAsync(visit, name, null, exists: true);
        }

        var code = "bfi_" + Cookies.Random();
        try
        {
            var member = await visit.Api.PutAsync(visit.Named("members", name), new PutMember(InvitationSha256: Cookies.Hash(code)), WireJson.Default.PutMember, WireJson.Default.Member);
            return visit.Once(new ShownOnce(code, member.Name, "beffroi member invite " + member.Name, "/console/members/" + member.Name));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return await ShowAsync(visit, name, refusal.Problem);
        }
    }

    private static async Task<IResult> ShowAsync(Visit visit, string typed, ProblemDocument? problem, bool exists = false)
    {
        var page = await visit.Api.GetAsync(visit.Paged(visit.Root + "/members", Shown), WireJson.Default.PageMember);
        return new HtmlPage<MembersPage>(problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Members, Path = "/console/members" },
            ["Lead"] = string.Format(CultureInfo.InvariantCulture, visit.Frame.Texts.MembersLead, visit.Frame.Organization),
            ["Members"] = page,
            ["Granted"] = await Grants.ReadAsync(visit),
            ["Problem"] = problem,
            ["Typed"] = typed,
            ["Exists"] = exists,
            ["First"] = visit.PageToken is null,
        });
    }
}
