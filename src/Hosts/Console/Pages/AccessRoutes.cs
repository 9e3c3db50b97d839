using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The pages on who may do what and on the organization's key.</summary>
internal static class AccessRoutes
{
    private const string Member = "/members/{member}", Account = "/service-accounts/{account}";

    public static void Map(IEndpointRouteBuilder console)
    {
        console.MapGet("/shown/{id}", (string id, HttpContext http, Visits visits) => visits.RunAsync(http, visit => Task.FromResult(ShownOnceEndpoint.Show(visit, id))));
        MapMembers(console);
        MapTokens(console);
        console.MapGet("/key", (HttpContext http, Visits visits) => visits.RunAsync(http, KeyEndpoint.ShowAsync));
        foreach (var what in (string[])["rotate", "seal", "unseal"])
        {
            console.MapGet("/key/" + what, (HttpContext http, Visits visits) => visits.RunAsync(http, visit => KeyEndpoint.ConfirmAsync(visit, what)));
            console.MapPost("/key/" + what, (HttpContext http, Visits visits) => visits.RunAsync(http, visit => KeyEndpoint.ChangeAsync(visit, what)));
        }
    }

    private static void MapMembers(IEndpointRouteBuilder console)
    {
        console.MapGet("/members", (HttpContext http, Visits visits) => visits.RunAsync(http, MembersEndpoint.ShowAsync));
        console.MapPost("/members", (HttpContext http, Visits visits) => visits.RunAsync(http, MembersEndpoint.InviteAsync));
        console.MapGet(Member, (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.ShowAsync(visit, member)));
        console.MapPost(Member + "/grant", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.GrantAsync(visit, member)));
        console.MapPost(Member + "/revoke", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.RevokeAsync(visit, member)));
        console.MapPost(Member + "/disable", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.SwitchAsync(visit, member, disabled: true)));
        console.MapPost(Member + "/enable", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.SwitchAsync(visit, member, disabled: false)));
        console.MapGet(Member + "/reset", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.ConfirmAsync(visit, member, remove: false)));
        console.MapPost(Member + "/reset", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.ResetAsync(visit, member)));
        console.MapGet(Member + "/remove", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.ConfirmAsync(visit, member, remove: true)));
        console.MapPost(Member + "/remove", (string member, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MemberEndpoint.RemoveAsync(visit, member)));
    }

    private static void MapTokens(IEndpointRouteBuilder console)
    {
        console.MapGet("/tokens", (HttpContext http, Visits visits) => visits.RunAsync(http, TokensEndpoint.ShowAsync));
        console.MapGet(Account + "/new-token", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => NewTokenEndpoint.ShowAsync(visit, account)));
        console.MapPost(Account + "/new-token", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => NewTokenEndpoint.CreateAsync(visit, account)));
        Revoke("", (visit, _) => TokenHolder.Self);
        Revoke(Account, (visit, name) => TokenHolder.ServiceAccount(visit, name), "account");
        Revoke(Member, (visit, name) => TokenHolder.Member(visit, name), "member");

        void Revoke(string holder, Func<Visit, string, TokenHolder> of, string parameter = "")
        {
            string Holder(HttpContext http) => parameter.Length > 0 ? (string)http.Request.RouteValues[parameter]! : "";
            console.MapGet(holder + "/tokens/{token}/revoke", (string token, HttpContext http, Visits visits) => visits.RunAsync(http, visit => TokensEndpoint.ConfirmAsync(visit, of(visit, Holder(http)), token)));
            console.MapPost(holder + "/tokens/{token}/revoke", (string token, HttpContext http, Visits visits) => visits.RunAsync(http, visit => TokensEndpoint.RevokeAsync(visit, of(visit, Holder(http)), token)));
        }
    }
}
