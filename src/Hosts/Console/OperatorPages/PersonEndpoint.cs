using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.Pages;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>One of the operator's people: state, roles and sessions, and what changes them.</summary>
internal static class PersonEndpoint
{
    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, null, null);

    public static async Task<IResult> SetRolesAsync(Visit visit)
    {
        var roles = PeopleEndpoint.Ticked(await visit.FormAsync());
        var person = await ReadAsync(visit);
        return await ChangeAsync(visit, person, new PutOperatorAccount(roles, person.State == "disabled"), problem => ShowAsync(visit, roles, problem));
    }

    public static async Task<IResult> SwitchAsync(Visit visit, bool disabled)
    {
        await visit.FormAsync();
        var person = await ReadAsync(visit);
        return await ChangeAsync(visit, person, new PutOperatorAccount(person.Roles, disabled), problem => ShowAsync(visit, null, problem));
    }

    public static async Task<IResult> EndSessionAsync(Visit visit)
    {
        await visit.FormAsync();
        var person = await ReadAsync(visit);
        return await Visit.ChangeAsync(
            () => visit.Api.RequestAsync(HttpMethod.Delete, $"{OperatorApi.Operator(person.Name)}/sessions/{Visit.Id(visit.Route("session")):D}", WireJson.Default.SignInSession),
            Path(person), problem => ShowAsync(visit, null, problem));
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, bool remove)
    {
        var person = await ReadAsync(visit);
        return (remove ? Removal(visit, person) : Reset(visit, person)).Page(visit);
    }

    public static async Task<IResult> ResetAsync(Visit visit)
    {
        await visit.FormAsync();
        // Nobody comes into being by it, nor is switched on again.
        var person = await ReadAsync(visit);
        var code = "bfi_" + Cookies.Random();
        try
        {
            await PutAsync(visit, person, new PutOperatorAccount(person.Roles, person.State == "disabled", Cookies.Hash(code)));
            return visit.Once(new ShownOnce(code, person.Name, Reset(visit, person).Command, Path(person)));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return Reset(visit, person).Page(visit, refusal.Problem);
        }
    }

    public static async Task<IResult> RemoveAsync(Visit visit)
    {
        var field = await visit.FormAsync();
        var person = await ReadAsync(visit);
        return string.Equals(field("name"), person.Name, StringComparison.Ordinal)
            ? await Visit.ChangeAsync(
                () => visit.Api.RequestAsync(HttpMethod.Delete, OperatorApi.Operator(person.Name), WireJson.Default.OperatorAccount), "/console/people",
                problem => Task.FromResult(Removal(visit, person).Page(visit, problem)))
            : Removal(visit, person).Page(visit, wrong: true);
    }

    private static string Path(OperatorAccount person) => "/console/people/" + person.Name;

    /// <exception cref="ApiRefusalException">There is no such account.</exception>
    private static async Task<OperatorAccount> ReadAsync(Visit visit) =>
        (await visit.Api.GetAsync(OperatorApi.Operators, WireJson.Default.PageOperatorAccount)).Items.FirstOrDefault(p => p.Name == visit.Route("person"))
        ?? throw ApiRefusalException.NotFound("There is no account of this name.");

    private static Task<OperatorAccount> PutAsync(Visit visit, OperatorAccount person, PutOperatorAccount content) =>
        visit.Api.PutAsync(OperatorApi.Operator(person.Name), content, WireJson.Default.PutOperatorAccount, WireJson.Default.OperatorAccount);

    private static Task<IResult> ChangeAsync(Visit visit, OperatorAccount person, PutOperatorAccount content, Func<ProblemDocument, Task<IResult>> refused) =>
        Visit.ChangeAsync(() => PutAsync(visit, person, content), Path(person), refused);

    private static async Task<IResult> ShowAsync(Visit visit, IReadOnlyList<string>? ticked, ProblemDocument? problem)
    {
        var person = await ReadAsync(visit);
        return new HtmlPage<PersonPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = Text(visit.Frame.Texts.PersonTitle, person.Name), Path = Path(person) },
            ["Person"] = person,
            ["Sessions"] = (await visit.Api.GetAsync(OperatorApi.Operator(person.Name) + "/sessions", WireJson.Default.PageSignInSession)).Items,
            ["Ticked"] = ticked ?? person.Roles,
            ["Problem"] = problem,
        });
    }

    private static Confirmation Reset(Visit visit, OperatorAccount person)
    {
        var t = visit.Frame.Texts;
        return person.State == "invited"
            ? new(Text(t.NewCodeTitle, person.Name), Path(person) + "/reset", Path(person), person.Name, t.NewCodeMore, t.NewCode, "beffroi --context admin operator reset " + person.Name)
            : new(Text(t.ResetTitle, person.Name), Path(person) + "/reset", Path(person), person.Name, t.ResetMore, t.Reset, "beffroi --context admin operator reset " + person.Name, Danger: true);
    }

    private static Confirmation Removal(Visit visit, OperatorAccount person)
    {
        var t = visit.Frame.Texts;
        return new(
            Text(t.RemoveTitle, person.Name), Path(person) + "/remove", Path(person), person.Name, t.RemovePersonMore, t.Remove, "beffroi --context admin operator remove " + person.Name, Danger: true,
            Type: person.Name);
    }

    private static string Text(string format, string name) => string.Format(CultureInfo.InvariantCulture, format, name);
}
