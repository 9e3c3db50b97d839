using System.Globalization;
using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Pages;

/// <summary>
/// The page on which someone adds and removes their own passkeys, on each side's listener for that side's people alone. It takes a sign-in of its own, as a session does: what a session's cookie or token is
/// good for never comes to last by it.
/// </summary>
internal sealed class PasskeyPages(NpgsqlDataSource store, Passkeys passkeys, FailedSignIns failures)
{
    public const string Path = "/passkeys";
    private const string RemovePath = Path + "/remove";
    private const string Name = "name";
    private const int LongestName = 64;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext http, PasskeyPages pages) => pages.ShowAsync(http)).ForAnyone().ExcludeFromDescription();
        routes.MapPost(Path, (HttpContext http, PasskeyPages pages) => pages.AddAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
        routes.MapPost(Path + PasskeyScript.OptionsPath, (HttpContext http, PasskeyPages pages) => pages.OfferAsync(http))
            .ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself());
        routes.MapPost(RemovePath, (HttpContext http, PasskeyPages pages) => pages.RemoveAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
    }

    private static SeeOther SignIn() => new SeeOther(SignInPages.Path + "?return=" + Path);

    // What a provider lends is not to come to last by a passkey.
    private Task<(Person Person, byte[] SignIn)?> SignedInAsync(HttpContext http) => SignInPages.OfOwnFactorsAsync(http, store);

    private async Task<IResult> ShowAsync(HttpContext http) =>
        await SignedInAsync(http) is var (person, _) ? await ListAsync(http, person, null, StatusCodes.Status200OK) : SignIn();

    private async Task<IResult> ListAsync(HttpContext http, Person person, string? alert, int status)
    {
        var held = await passkeys.ListAsync(person, http.RequestAborted);
        var page = new Html(http);
        var texts = PasskeyTexts.For(page.Texts);
        page.Alert(alert).Text(texts.Intro).Shown(page.Texts.As, person.Account);
        page = held.Count == 0 ? page.Text(texts.None) : page.Passkeys(held, RemovePath);
        page.Heading(texts.New);
        page = (PasskeyCeremonies.Domain(http) is null ? page.Text(texts.NeedsName)
            : held.Count >= PasskeyTable.Most ? page.Text(string.Format(CultureInfo.InvariantCulture, texts.Most, PasskeyTable.Most))
            : page.PasskeyForm(Path, "create", texts.Off).Field(Name, texts.Name, "off").Button(texts.Add).EndForm());
        return (person.Side == Side.Operator ? page : page.Link(ProviderPages.OwnPath, ProviderTexts.For(page.Texts).Own)).Link("/console", texts.Console).Page(texts.Title, status);
    }

    private async Task<IResult> OfferAsync(HttpContext http)
    {
        if (await FormGuard.ReadAsync(http) is null || PasskeyCeremonies.Domain(http) is null || await SignedInAsync(http) is not var (person, signIn))
        {
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        }

        // Both sides are under one name, and so in one list of an authenticator's.
        var shownAs = person.Side == Side.Operator ? $"{person.Account} ({PageTexts.For(http).OperatorArea})" : person.Account;
        return !failures.MustWait(http.Connection.RemoteIpAddress) && await passkeys.OfferAsync(http, person, signIn, shownAs) is { } options
            ? Results.Text(options, "application/json")
            : Results.StatusCode(StatusCodes.Status429TooManyRequests);
    }

    private async Task<IResult> AddAsync(HttpContext http)
    {
        if (await SignedInAsync(http) is not var (person, signIn))
        {
            return SignIn();
        }

        var texts = PageTexts.For(http);
        if (await FormGuard.ReadAsync(http, PasskeyCeremonies.LongestAnswer) is not { } form)
        {
            return await ListAsync(http, person, texts.Stale, StatusCodes.Status400BadRequest);
        }

        var name = form.Text(Name).Trim();
        if (name.Length is 0 or > LongestName || name.Any(c => char.IsControl(c) || char.IsSurrogate(c)))
        {
            return await ListAsync(http, person, PasskeyTexts.For(texts).BadName, StatusCodes.Status422UnprocessableEntity);
        }

        return await passkeys.AddAsync(http, person, signIn, name, form.Text("credential"))
            ? new SeeOther(Path)
            : await ListAsync(http, person, PasskeyTexts.For(texts).NotAdded, StatusCodes.Status422UnprocessableEntity);
    }

    private async Task<IResult> RemoveAsync(HttpContext http)
    {
        if (await SignedInAsync(http) is not var (person, _))
        {
            return SignIn();
        }

        if (await FormGuard.ReadAsync(http) is not { } form || !Guid.TryParse(form.Text("id"), out var id))
        {
            return await ListAsync(http, person, PageTexts.For(http).Stale, StatusCodes.Status400BadRequest);
        }

        await passkeys.RemoveAsync(http, person, id);
        return new SeeOther(Path);
    }
}
