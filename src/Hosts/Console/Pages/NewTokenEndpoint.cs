using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.SignIn;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The form that makes a token for a service account.</summary>
internal static class NewTokenEndpoint
{
    private const string Days = "90";

    /// <summary>Empty, or as an address says: then with the command that does the same.</summary>
    public static async Task<IResult> ShowAsync(Visit visit, string account)
    {
        var owner = await ReadAsync(visit, account);
        if (!visit.Http.Request.Query.ContainsKey("name"))
        {
            return Page(visit, owner, "", Days, null, null);
        }

        var (name, days) = (visit.Query("name"), visit.Query("days"));
        return Page(visit, owner, name, days, null, Command(owner, name, days) ?? visit.Frame.Texts.NoTokenCommand);
    }

    public static async Task<IResult> CreateAsync(Visit visit, string account)
    {
        var field = await visit.FormAsync();
        var (name, days) = (field("name"), field("days"));
        if (field("show") == "command")
        {
            return new SeeOther(Path(account) + QueryString.Create([KeyValuePair.Create<string, string?>("name", name), KeyValuePair.Create<string, string?>("days", days)]));
        }

        var owner = await ReadAsync(visit, account);
        var token = "bfr_" + Cookies.Random();
        try
        {
            // A number that is none is 0, which the API refuses with the range.
            var made = await visit.Api.PutAsync(
                $"{TokenHolder.ServiceAccount(visit, account).Api}/{Visit.Name(name)}", new PutToken(Cookies.Hash(token), Number(days) ?? 0), WireJson.Default.PutToken, WireJson.Default.AccessToken);
            return visit.Once(new ShownOnce(token, owner.Name, Command(owner, made.Name, days)!, "/console/tokens", made.Name, made.ExpiresAt));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return Page(visit, owner, name, days, refusal.Problem, null);
        }
    }

    private static string Path(string account) => $"/console/service-accounts/{Visit.Name(account)}/new-token";

    private static Task<ServiceAccount> ReadAsync(Visit visit, string account) => visit.Api.GetAsync(visit.Named("service-accounts", account), WireJson.Default.ServiceAccount);

    private static int? Number(string days) => int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>What the API would refuse is not put into a command for someone to paste.</summary>
    private static string? Command(ServiceAccount account, string name, string days) => !ResourceName.IsValid(name) || Number(days) is not { } number ? null
        : string.Create(CultureInfo.InvariantCulture, $"beffroi token create {name} --service-account {account.Name} --days {number}");

    private static HtmlPage<NewTokenPage> Page(Visit visit, ServiceAccount account, string name, string days, ProblemDocument? problem, string? command) => new(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = string.Format(CultureInfo.InvariantCulture, visit.Frame.Texts.NewTokenTitle, account.Name), Path = Path(account.Name) },
        ["Name"] = name,
        ["Days"] = days,
        ["Problem"] = problem,
        ["Command"] = command,
    });
}
