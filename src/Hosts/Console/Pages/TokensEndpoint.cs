using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A service account with its tokens.</summary>
internal sealed record AccountWithTokens(ServiceAccount Account, IReadOnlyList<AccessToken> Tokens);

/// <summary>One's own tokens and the service accounts', and revoking one.</summary>
internal static class TokensEndpoint
{
    // Each account is a question of its own to the API.
    private const int Accounts = 10;

    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var (accounts, next) = await AccountsAsync(visit);
        return new HtmlPage<TokensPage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Tokens },
            ["Own"] = (await visit.Api.GetAsync(TokenHolder.Self.Api, WireJson.Default.PageAccessToken)).Items,
            ["Accounts"] = accounts,
            ["Next"] = next,
            ["First"] = visit.PageToken is null,
        });
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, TokenHolder holder, string name) => Question(visit, holder, await ReadAsync(visit, holder, name)).Page(visit);

    public static async Task<IResult> RevokeAsync(Visit visit, TokenHolder holder, string name)
    {
        await visit.FormAsync();
        var token = await ReadAsync(visit, holder, name);
        try
        {
            await visit.Api.RequestAsync(HttpMethod.Delete, $"{holder.Api}/{token.Name}", WireJson.Default.AccessToken);
            return new SeeOther(holder.Back);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409)
        {
            return Question(visit, holder, token).Page(visit, refusal.Problem);
        }
    }

    /// <exception cref="ApiRefusalException">There is no valid token of this name, or no such holder.</exception>
    private static async Task<AccessToken> ReadAsync(Visit visit, TokenHolder holder, string name) =>
        (await visit.Api.GetAsync(holder.Api, WireJson.Default.PageAccessToken)).Items.FirstOrDefault(t => t.Name == name && t.State == "valid")
        ?? throw ApiRefusalException.NotFound("There is no valid token of this name.");

    private static Confirmation Question(Visit visit, TokenHolder holder, AccessToken token)
    {
        var t = visit.Frame.Texts;
        return new(
            holder.Name is { } owner ? string.Format(CultureInfo.InvariantCulture, t.RevokeTitle, token.Name, owner) : string.Format(CultureInfo.InvariantCulture, t.RevokeOwnTitle, token.Name),
            $"{holder.Path}/{token.Name}/revoke", holder.Back, holder.Back == "/console/tokens" ? t.Tokens : holder.Name!, t.RevokeMore, t.RevokeToken,
            $"beffroi token revoke {token.Name}{holder.Option}", Danger: true);
    }

    /// <summary>Null where this person may not see them.</summary>
    private static async Task<(IReadOnlyList<AccountWithTokens>? Accounts, string? Next)> AccountsAsync(Visit visit)
    {
        try
        {
            var page = await visit.Api.GetAsync(visit.Paged(visit.Root + "/service-accounts", Accounts), WireJson.Default.PageServiceAccount);
            var accounts = await Task.WhenAll(page.Items.Select(async account => new AccountWithTokens(
                account, (await visit.Api.GetAsync(TokenHolder.ServiceAccount(visit, account.Name).Api, WireJson.Default.PageAccessToken)).Items)));
            return (accounts, page.NextPageToken);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status == 403)
        {
            return (null, null);
        }
    }
}
