using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The pages on who may do what and on the organization's key.</summary>
internal static class AccessRoutes
{
    private const string Member = "/members/{member}", Account = "/service-accounts/{account}", Group = "/groups/{group}", Role = "/roles/{role}", Review = "/access-reviews/{review}";

    public static void Map(IEndpointRouteBuilder console)
    {
        console.MapGet("/shown/{id}", (string id, HttpContext http, Visits visits) => visits.RunAsync(http, visit => Task.FromResult(ShownOnceEndpoint.Show(visit, id))));
        MapMembers(console);
        MapTokens(console);
        MapServiceAccounts(console);
        MapGroups(console);
        MapRoles(console);
        MapReviews(console);
        MapIdentityProviders(console);
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

    private static void MapServiceAccounts(IEndpointRouteBuilder console)
    {
        console.MapGet("/service-accounts", (HttpContext http, Visits visits) => visits.RunAsync(http, ServiceAccountsEndpoint.ShowAsync));
        console.MapPost("/service-accounts", (HttpContext http, Visits visits) => visits.RunAsync(http, ServiceAccountsEndpoint.CreateAsync));
        console.MapGet(Account, (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.ShowAsync(visit, account)));
        console.MapPost(Account + "/grant", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.GrantAsync(visit, account)));
        console.MapPost(Account + "/revoke", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.RevokeAsync(visit, account)));
        console.MapPost(Account + "/keys", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.SetKeysAsync(visit, account)));
        console.MapPost(Account + "/disable", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.SwitchAsync(visit, account, disabled: true)));
        console.MapPost(Account + "/enable", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.SwitchAsync(visit, account, disabled: false)));
        console.MapGet(Account + "/remove", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.ConfirmAsync(visit, account)));
        console.MapPost(Account + "/remove", (string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ServiceAccountEndpoint.RemoveAsync(visit, account)));
    }

    private static void MapGroups(IEndpointRouteBuilder console)
    {
        console.MapGet("/groups", (HttpContext http, Visits visits) => visits.RunAsync(http, GroupsEndpoint.ShowAsync));
        console.MapPost("/groups", (HttpContext http, Visits visits) => visits.RunAsync(http, GroupsEndpoint.CreateAsync));
        console.MapGet(Group, (string group, HttpContext http, Visits visits) => visits.RunAsync(http, visit => GroupEndpoint.ShowAsync(visit, group)));
        console.MapPost(Group + "/add", (string group, HttpContext http, Visits visits) => visits.RunAsync(http, visit => GroupEndpoint.AddAsync(visit, group)));
        console.MapPost(Group + "/take-out", (string group, HttpContext http, Visits visits) => visits.RunAsync(http, visit => GroupEndpoint.TakeOutAsync(visit, group)));
        console.MapPost(Group + "/grant", (string group, HttpContext http, Visits visits) => visits.RunAsync(http, visit => GroupEndpoint.GrantAsync(visit, group)));
        console.MapPost(Group + "/revoke", (string group, HttpContext http, Visits visits) => visits.RunAsync(http, visit => GroupEndpoint.RevokeAsync(visit, group)));
        console.MapGet(Group + "/remove", (string group, HttpContext http, Visits visits) => visits.RunAsync(http, visit => GroupEndpoint.ConfirmAsync(visit, group)));
        console.MapPost(Group + "/remove", (string group, HttpContext http, Visits visits) => visits.RunAsync(http, visit => GroupEndpoint.RemoveAsync(visit, group)));
    }

    private static void MapRoles(IEndpointRouteBuilder console)
    {
        console.MapGet("/roles", (HttpContext http, Visits visits) => visits.RunAsync(http, AccessRolesEndpoint.ListAsync));
        console.MapGet("/new-role", (HttpContext http, Visits visits) => visits.RunAsync(http, AccessRolesEndpoint.ShowNewAsync));
        console.MapPost("/new-role", (HttpContext http, Visits visits) => visits.RunAsync(http, AccessRolesEndpoint.CreateAsync));
        console.MapGet(Role, (string role, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessRolesEndpoint.ShowAsync(visit, role)));
        console.MapPost(Role, (string role, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessRolesEndpoint.ChangeAsync(visit, role)));
        console.MapGet(Role + "/remove", (string role, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessRolesEndpoint.ConfirmAsync(visit, role)));
        console.MapPost(Role + "/remove", (string role, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessRolesEndpoint.RemoveAsync(visit, role)));
    }

    private static void MapReviews(IEndpointRouteBuilder console)
    {
        const string Reviewed = Review + "/accounts/{account}";
        console.MapGet("/access-reviews", (HttpContext http, Visits visits) => visits.RunAsync(http, AccessReviewsEndpoint.ShowAsync));
        console.MapPost("/access-reviews", (HttpContext http, Visits visits) => visits.RunAsync(http, AccessReviewsEndpoint.BeginAsync));
        console.MapGet(Review, (string review, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessReviewEndpoint.ShowAsync(visit, review)));
        foreach (var what in (string[])["close", "cancel"])
        {
            console.MapGet(Review + "/" + what, (string review, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessReviewEndpoint.ConfirmAsync(visit, review, what)));
            console.MapPost(Review + "/" + what, (string review, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessReviewEndpoint.EndAsync(visit, review, what)));
        }

        console.MapGet(Reviewed, (string review, string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessReviewItemEndpoint.ShowAsync(visit, review, account)));
        console.MapPost(Reviewed, (string review, string account, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AccessReviewItemEndpoint.DecideAsync(visit, review, account)));
    }

    private static void MapIdentityProviders(IEndpointRouteBuilder console)
    {
        const string Providers = "/identity-providers", One = Providers + "/{provider}";
        console.MapGet(Providers, (HttpContext http, Visits visits) => visits.RunAsync(http, IdentityProvidersEndpoint.ListAsync));
        console.MapPost(Providers, (HttpContext http, Visits visits) => visits.RunAsync(http, IdentityProvidersEndpoint.CreateAsync));
        console.MapGet(One, (string provider, HttpContext http, Visits visits) => visits.RunAsync(http, visit => IdentityProvidersEndpoint.ShowAsync(visit, provider)));
        console.MapGet(One + "/remove", (string provider, HttpContext http, Visits visits) => visits.RunAsync(http, visit => IdentityProvidersEndpoint.ConfirmAsync(visit, provider)));
        console.MapPost(One + "/remove", (string provider, HttpContext http, Visits visits) => visits.RunAsync(http, visit => IdentityProvidersEndpoint.RemoveAsync(visit, provider)));
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
