using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.Pages;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>The operator's people with their roles, and inviting another.</summary>
internal static class PeopleEndpoint
{
    public const string Administrator = "platform-administrator";

    /// <summary>The operator's roles: fixed, as there are no custom ones on this side.</summary>
    public static IReadOnlyList<string> Roles { get; } = [Administrator, "capacity", "support", "platform-auditor"];

    /// <summary>The roles that are ticked in a form.</summary>
    public static IReadOnlyList<string> Ticked(Func<string, string> field) => [.. Roles.Where(r => field("role-" + r) == "on")];

    public static Task<IResult> ListAsync(Visit visit) => ListAsync(visit, "", [], null);

    public static async Task<IResult> InviteAsync(Visit visit)
    {
        var field = await visit.FormAsync();
        var (name, roles) = (field("name"), Ticked(field));
        var people = (await visit.Api.GetAsync(OperatorApi.Operators, WireJson.Default.PageOperatorAccount)).Items;
        if (people.Any(p => p.Name == name))
        {
            // For whoever is there already, a code takes their password away. Nobody is to do that by inviting them.
            return await ListAsync(visit, name, roles, null, exists: true);
        }

        var code = "bfi_" + Cookies.Random();
        try
        {
            var made = await visit.Api.PutAsync(OperatorApi.Operator(name), new PutOperatorAccount(roles, false, Cookies.Hash(code)), WireJson.Default.PutOperatorAccount, WireJson.Default.OperatorAccount);
            return visit.Once(new ShownOnce(code, made.Name, $"beffroi --context admin operator invite {made.Name} {string.Join(' ', made.Roles)}".TrimEnd(), "/console/people/" + made.Name));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return await ListAsync(visit, name, roles, refusal.Problem);
        }
    }

    private static async Task<IResult> ListAsync(Visit visit, string name, IReadOnlyList<string> roles, ProblemDocument? problem, bool exists = false) => new HtmlPage<PeoplePage>(
        problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.People, Path = "/console/people" },
            ["Items"] = (await visit.Api.GetAsync(OperatorApi.Operators, WireJson.Default.PageOperatorAccount)).Items,
            ["Typed"] = name,
            ["Ticked"] = roles,
            ["Problem"] = problem,
            ["Exists"] = exists,
        });
}
