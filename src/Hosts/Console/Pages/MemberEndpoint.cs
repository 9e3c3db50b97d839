using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>One member: their state, roles and tokens, and what changes them.</summary>
internal static class MemberEndpoint
{
    public static Task<IResult> ShowAsync(Visit visit, string name) => ShowAsync(visit, name, null, new());

    public static async Task<IResult> GrantAsync(Visit visit, string name)
    {
        var (typed, change) = await GrantForm.ReadAsync(visit, member: name);
        return await Visit.ChangeAsync(change, Path(name), problem => ShowAsync(visit, name, problem, typed));
    }

    public static async Task<IResult> RevokeAsync(Visit visit, string name) =>
        await Visit.ChangeAsync(await GrantForm.RevokeAsync(visit), Path(name), problem => ShowAsync(visit, name, problem, new()));

    public static async Task<IResult> SwitchAsync(Visit visit, string name, bool disabled)
    {
        await visit.FormAsync();
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(visit.Named("members", name), new PutMember(disabled), WireJson.Default.PutMember, WireJson.Default.Member),
            Path(name), problem => ShowAsync(visit, name, problem, new()));
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string name, bool remove)
    {
        var member = await ReadAsync(visit, name);
        return (remove ? Removal(visit, member) : Reset(visit, member)).Page(visit);
    }

    public static async Task<IResult> ResetAsync(Visit visit, string name)
    {
        await visit.FormAsync();
        // Nobody comes into being by it, nor is switched on again.
        var member = await ReadAsync(visit, name);
        var code = "bfi_" + Cookies.Random();
        try
        {
            await visit.Api.PutAsync(visit.Named("members", name), new PutMember(member.State == "disabled", Cookies.Hash(code)), WireJson.Default.PutMember, WireJson.Default.Member);
            return visit.Once(new ShownOnce(code, member.Name, Reset(visit, member).Command, Path(member.Name)));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return Reset(visit, member).Page(visit, refusal.Problem);
        }
    }

    public static async Task<IResult> RemoveAsync(Visit visit, string name)
    {
        var field = await visit.FormAsync();
        var member = await ReadAsync(visit, name);
        if (!string.Equals(field("name"), member.Name, StringComparison.Ordinal))
        {
            return Removal(visit, member).Page(visit, wrong: true);
        }

        return await Visit.ChangeAsync(
            () => visit.Api.RequestAsync(HttpMethod.Delete, visit.Named("members", name), WireJson.Default.Member),
            "/console/members", problem => Task.FromResult(Removal(visit, member).Page(visit, problem)));
    }

    private static string Path(string name) => "/console/members/" + Visit.Name(name);

    private static Task<Member> ReadAsync(Visit visit, string name) => visit.Api.GetAsync(visit.Named("members", name), WireJson.Default.Member);

    private static async Task<IResult> ShowAsync(Visit visit, string name, ProblemDocument? problem, GrantForm typed)
    {
        var member = await ReadAsync(visit, name);
        return new HtmlPage<MemberPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = Text(visit.Frame.Texts.MemberTitle, member.Name), Path = Path(name) },
            ["Member"] = member,
            ["Granted"] = await RoleGrants.OfAccountAsync(visit, Path(member.Name), member.Name, member.Groups, typed),
            ["Tokens"] = (await visit.Api.GetAsync(visit.Named("members", name) + "/tokens", WireJson.Default.PageAccessToken)).Items,
            ["Problem"] = problem,
        });
    }

    private static Confirmation Reset(Visit visit, Member member)
    {
        var t = visit.Frame.Texts;
        return member.State == "invited"
            ? new(Text(t.NewCodeTitle, member.Name), Path(member.Name) + "/reset", Path(member.Name), member.Name, t.NewCodeMore, t.NewCode, "beffroi member invite " + member.Name)
            : new(Text(t.ResetTitle, member.Name), Path(member.Name) + "/reset", Path(member.Name), member.Name, t.ResetMore, t.Reset, "beffroi member reset " + member.Name, Danger: true);
    }

    private static Confirmation Removal(Visit visit, Member member)
    {
        var t = visit.Frame.Texts;
        return new(
            Text(t.RemoveTitle, member.Name), Path(member.Name) + "/remove", Path(member.Name), member.Name, Text(t.RemoveMore, visit.Frame.Organization), t.Remove,
            "beffroi member remove " + member.Name, Danger: true, Type: member.Name);
    }

    private static string Text(string format, string name) => string.Format(CultureInfo.InvariantCulture, format, name);
}
