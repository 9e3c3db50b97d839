using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.Pages;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>An organization by its name, with its quota; null where this person may not see that.</summary>
internal sealed record OrganizationWithQuota(Organization Organization, Quota? Quota);

/// <summary>The organizations by name and quota only; making one, and setting a quota.</summary>
internal static class OrganizationsEndpoint
{
    // Each quota is a question of its own to the API.
    private const int Shown = 25;

    public static Task<IResult> ListAsync(Visit visit) => ListAsync(visit, "", "", null);

    public static async Task<IResult> CreateAsync(Visit visit)
    {
        var field = await visit.FormAsync();
        var (name, owner) = (field("name"), field("owner"));
        try
        {
            if (await visit.Api.FindAsync(OperatorApi.Organization(name), WireJson.Default.Organization) is not null)
            {
                return await ListAsync(visit, name, owner, null, exists: true);
            }

            var code = "bfi_" + Cookies.Random();
            var made = await visit.Api.PutAsync(
                OperatorApi.Organization(name), new PutOrganization(owner, OwnerInvitationSha256: Cookies.Hash(code)), WireJson.Default.PutOrganization, WireJson.Default.Organization);
            return visit.Once(new ShownOnce(
                code, made.Name + "/" + owner, $"beffroi --context admin organization create {made.Name} --owner {Visit.Name(owner)}", "/console/organizations/" + made.Name, ForCustomer: true));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return await ListAsync(visit, name, owner, refusal.Problem);
        }
    }

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, null, null);

    public static async Task<IResult> SetQuotaAsync(Visit visit)
    {
        var form = QuotaForm.Of(await visit.FormAsync(2000));
        var name = visit.Route("organization");
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(OperatorApi.Organization(name) + "/quota", form.Limits, WireJson.Default.QuotaLimits, WireJson.Default.Quota),
            "/console/organizations/" + Visit.Name(name), problem => ShowAsync(visit, form, problem));
    }

    private static async Task<IResult> ShowAsync(Visit visit, QuotaForm? typed, ProblemDocument? problem)
    {
        var organization = await visit.Api.GetAsync(OperatorApi.Organization(visit.Route("organization")), WireJson.Default.Organization);
        var quota = await visit.Api.GetAsync(OperatorApi.Organization(organization.Name) + "/quota", WireJson.Default.Quota);
        return new HtmlPage<OrganizationPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = string.Format(CultureInfo.InvariantCulture, visit.Frame.Texts.OrganizationTitle, organization.Name), Path = "/console/organizations/" + organization.Name },
            ["Shown"] = organization,
            ["Quota"] = quota,
            ["Typed"] = typed ?? QuotaForm.Of(quota.Limits),
            ["Problem"] = problem,
        });
    }

    private static async Task<IResult> ListAsync(Visit visit, string name, string owner, ProblemDocument? problem, bool exists = false)
    {
        var page = await visit.Api.GetAsync(visit.Paged(OperatorApi.Organizations, Shown), WireJson.Default.PageOrganization);
        var items = await Task.WhenAll(page.Items.Select(async o => new OrganizationWithQuota(o, await OperatorApi.AllowedAsync(visit, OperatorApi.Organization(o.Name) + "/quota", WireJson.Default.Quota))));
        return new HtmlPage<OrganizationsPage>(problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Organizations, Path = "/console/organizations" },
            ["Items"] = items,
            ["Next"] = page.NextPageToken,
            ["First"] = visit.PageToken is null,
            ["Typed"] = name,
            ["Owner"] = owner,
            ["Problem"] = problem,
            ["Exists"] = exists,
        });
    }
}
