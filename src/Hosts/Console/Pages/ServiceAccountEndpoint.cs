using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>One service account: its state, roles, tokens and keys, and what changes them.</summary>
internal static class ServiceAccountEndpoint
{
    public static string Path(string name) => "/console/service-accounts/" + Visit.Name(name);

    public static Task<IResult> ShowAsync(Visit visit, string name) => ShowAsync(visit, name, null);

    public static async Task<IResult> GrantAsync(Visit visit, string name)
    {
        var (typed, change) = await GrantForm.ReadAsync(visit, member: name);
        return await Visit.ChangeAsync(change, Path(name), problem => ShowAsync(visit, name, problem, typed));
    }

    public static async Task<IResult> RevokeAsync(Visit visit, string name) =>
        await Visit.ChangeAsync(await GrantForm.RevokeAsync(visit), Path(name), problem => ShowAsync(visit, name, problem));

    public static async Task<IResult> SetKeysAsync(Visit visit, string name)
    {
        var form = KeysForm.Of(await visit.FormAsync(KeysForm.Longest));
        return form.HasPrivateKey
            ? await ShowAsync(visit, name, null, isPrivate: true)
            : await Visit.ChangeAsync(
                () => visit.Api.PutAsync(Api(visit, name) + "/keys", new PublicKeys(form.Keys()), WireJson.Default.PublicKeys, WireJson.Default.PublicKeys),
                Path(name), problem => ShowAsync(visit, name, problem, keys: form));
    }

    public static async Task<IResult> SwitchAsync(Visit visit, string name, bool disabled)
    {
        await visit.FormAsync();
        // Nobody comes into being by it.
        var account = await ReadAsync(visit, name);
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(Api(visit, account.Name), new PutServiceAccount(disabled), WireJson.Default.PutServiceAccount, WireJson.Default.ServiceAccount),
            Path(name), problem => ShowAsync(visit, name, problem));
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string name) => Removal(visit, await ReadAsync(visit, name)).Page(visit);

    public static async Task<IResult> RemoveAsync(Visit visit, string name)
    {
        var field = await visit.FormAsync();
        var account = await ReadAsync(visit, name);
        return field("name") != account.Name
            ? Removal(visit, account).Page(visit, wrong: true)
            : await Visit.ChangeAsync(
                () => visit.Api.RequestAsync(HttpMethod.Delete, Api(visit, name), WireJson.Default.ServiceAccount),
                "/console/service-accounts", problem => Task.FromResult(Removal(visit, account).Page(visit, problem)));
    }

    private static string Api(Visit visit, string name) => visit.Named("service-accounts", name);

    private static Task<ServiceAccount> ReadAsync(Visit visit, string name) => visit.Api.GetAsync(Api(visit, name), WireJson.Default.ServiceAccount);

    private static async Task<IResult> ShowAsync(Visit visit, string name, ProblemDocument? problem, GrantForm? grant = null, KeysForm? keys = null, bool isPrivate = false)
    {
        var account = await ReadAsync(visit, name);
        var known = (await visit.Api.GetAsync(Api(visit, name) + "/keys", WireJson.Default.PublicKeys)).Keys;
        return new HtmlPage<ServiceAccountPage>(problem?.Status ?? (isPrivate ? 422 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = ConsoleTexts.Fill(visit.Frame.Texts.ServiceAccount, account.Name), Path = Path(name) },
            ["Account"] = account,
            ["Granted"] = await RoleGrants.OfAccountAsync(visit, Path(name), account.Name, account.Groups, grant ?? new()),
            ["Tokens"] = (await visit.Api.GetAsync(TokenHolder.ServiceAccount(visit, name).Api, WireJson.Default.PageAccessToken)).Items,
            ["Keys"] = known,
            ["Pasted"] = (keys ?? KeysForm.Of(known)).Text,
            ["IsPrivate"] = isPrivate,
            ["Problem"] = problem,
        });
    }

    private static Confirmation Removal(Visit visit, ServiceAccount account)
    {
        var t = visit.Frame.Texts;
        return new(
            ConsoleTexts.Fill(t.RemoveTitle, account.Name), Path(account.Name) + "/remove", Path(account.Name), account.Name, ConsoleTexts.Fill(t.RemoveAccountMore, visit.Frame.Organization),
            t.Remove, "beffroi service-account remove " + account.Name, Danger: true, Type: account.Name);
    }
}
