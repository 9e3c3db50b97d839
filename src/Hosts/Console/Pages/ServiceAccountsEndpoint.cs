using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's service accounts with their roles, and creating another.</summary>
internal static class ServiceAccountsEndpoint
{
    private const int Shown = 25;

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, "", null);

    public static async Task<IResult> CreateAsync(Visit visit)
    {
        var name = (await visit.FormAsync())("name");
        // To create one that is there would switch it on.
        return await visit.Api.FindAsync(visit.Named("service-accounts", name), WireJson.Default.ServiceAccount) is not null
            ? await ShowAsync(visit, name, null, exists: true)
            : await Visit.ChangeAsync(
                () => visit.Api.PutAsync(visit.Named("service-accounts", name), new PutServiceAccount(), WireJson.Default.PutServiceAccount, WireJson.Default.ServiceAccount),
                ServiceAccountEndpoint.Path(name), problem => ShowAsync(visit, name, problem));
    }

    private static async Task<IResult> ShowAsync(Visit visit, string typed, ProblemDocument? problem, bool exists = false)
    {
        var page = await visit.Api.GetAsync(visit.Paged(visit.Root + "/service-accounts", Shown), WireJson.Default.PageServiceAccount);
        return new HtmlPage<ServiceAccountsPage>(problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.ServiceAccounts, Path = "/console/service-accounts" },
            ["Accounts"] = page,
            ["Granted"] = await Grants.ReadAsync(visit),
            ["Problem"] = problem,
            ["Typed"] = typed,
            ["Exists"] = exists,
            ["First"] = visit.PageToken is null,
        });
    }
}
