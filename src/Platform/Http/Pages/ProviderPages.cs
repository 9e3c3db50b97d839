using System.Globalization;
using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Identity.Providers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Pages;

/// <summary>
/// The pages on which customers' people sign in by way of an identity provider of their organization's, and the one on which they link their account with it. Which organizations there are, and which have
/// one, no page lists: who signs in types it, or follows a link that has it.
/// </summary>
internal sealed class ProviderPages(NpgsqlDataSource store, ProviderSignIn providers, FailedSignIns failures)
{
    /// <summary>Where somebody links their account.</summary>
    public const string OwnPath = "/sign-in/providers";

    private const string Path = "/sign-in/provider", CodePath = Path + "/code", LinkPath = OwnPath + "/link", UnlinkPath = OwnPath + "/unlink";
    private const string Organization = "organization", Code = "code", Provider = "provider";

    /// <summary>The cookies of a browser that is at a provider, and of one that has shown who someone is and no second factor.</summary>
    private const string AwayCookie = "provider", ProvedCookie = "proved";

    private static readonly TimeSpan SignInAge = TimeSpan.FromMinutes(10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext http) => Show(http, http.Request.Query[Organization], SignInPages.Return(http.Request.Query["return"]), null, StatusCodes.Status200OK))
            .ForAnyone().ExcludeFromDescription().OnlyOn(Side.Customer);
        routes.MapPost(Path, (HttpContext http, ProviderPages pages) => pages.BeginAsync(http))
            .ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself()).OnlyOn(Side.Customer);
        routes.MapGet(IdentityProviders.CallbackPath, (HttpContext http, ProviderPages pages) => pages.ReturnAsync(http)).ForAnyone().ExcludeFromDescription().OnlyOn(Side.Customer);
        routes.MapGet(IdentityProviders.KeysPath + "/{id:guid}", async (Guid id, HttpContext http, ProviderSignIn providers) =>
                await providers.KeysAsync(id, http.RequestAborted) is { } keys ? Results.Text(keys, "application/json") : new Refused(Problems.NotFound))
            .ForAnyone().ExcludeFromDescription().OnlyOn(Side.Customer);
        routes.MapGet(CodePath, (HttpContext http) => AskForCode(http, null, StatusCodes.Status200OK)).ForAnyone().ExcludeFromDescription().OnlyOn(Side.Customer);
        routes.MapPost(CodePath, (HttpContext http, ProviderPages pages) => pages.ProveAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery().OnlyOn(Side.Customer);
        routes.MapGet(OwnPath, (HttpContext http, ProviderPages pages) => pages.ShowOwnAsync(http)).ForAnyone().ExcludeFromDescription().OnlyOn(Side.Customer);
        routes.MapPost(LinkPath, (HttpContext http, ProviderPages pages) => pages.LinkAsync(http))
            .ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself()).OnlyOn(Side.Customer);
        routes.MapPost(UnlinkPath, (HttpContext http, ProviderPages pages) => pages.UnlinkAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery().OnlyOn(Side.Customer);
    }

    /// <summary>The page on which somebody says of which organization they are.</summary>
    /// <param name="back">Where the sign-in leads.</param>
    /// <param name="organization">What it holds at first; null for nothing.</param>
    public static string For(string back, string? organization = null) =>
        Path + "?return=" + Uri.EscapeDataString(back) + (organization is null ? "" : "&" + Organization + "=" + Uri.EscapeDataString(organization));

    /// <summary>Says to somebody who is signed in otherwise that their organization demands its own provider, and leads there.</summary>
    public static IResult Demand(HttpContext http, Person person, string provider, string back)
    {
        var page = new Html(http);
        var texts = ProviderTexts.For(page.Texts);
        return page.Alert(texts.Demanded).Shown(page.Texts.As, person.Account)
            .Link(For(SignInPages.Return(back), person.Organization + "/" + provider), string.Format(CultureInfo.InvariantCulture, texts.SignInThere, provider))
            .Link(OwnPath, texts.Own).Page(page.Texts.SignIn, StatusCodes.Status403Forbidden);
    }

    private static IResult Show(HttpContext http, string? organization, string back, string? alert, int status)
    {
        var page = new Html(http);
        var texts = ProviderTexts.For(page.Texts);
        return page.Alert(alert).Text(texts.Intro).Form(Path).Hidden("return", back)
            .Field(Organization, texts.Organization, "organization", value: organization is { Length: <= 200 } ? organization : "").Button(page.Texts.Continue).EndForm()
            .Link(SignInPages.Path + "?return=" + Uri.EscapeDataString(back), texts.ByPassword).Page(texts.Title, status);
    }

    private static IResult AskForCode(HttpContext http, string? alert, int status)
    {
        var page = new Html(http);
        var texts = ProviderTexts.For(page.Texts);
        return FormGuard.Read(http, ProvedCookie) is null
            ? new SeeOther(Path)
            : page.Alert(alert).Text(texts.CodeIntro).Form(CodePath).Field(Code, page.Texts.Code, "one-time-code").Button(page.Texts.SignIn).EndForm().Page(texts.Title, status);
    }

    private static IResult Depart(HttpContext http, ProviderDeparture departure, string cookie)
    {
        FormGuard.WriteForReturn(http, AwayCookie, cookie, ProviderRequests.Lifetime);
        var page = new Html(http);
        var texts = ProviderTexts.For(page.Texts);
        return page.Text(string.Format(CultureInfo.InvariantCulture, texts.Away, departure.Provider, departure.Organization))
            .Onward(departure.Address, string.Format(CultureInfo.InvariantCulture, texts.GoOn, new Uri(departure.Address).Host)).Page(texts.Title);
    }

    private async Task<IResult> BeginAsync(HttpContext http)
    {
        var texts = PageTexts.For(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return Show(http, null, SignInPages.DevicePath, texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        if (await FormGuard.ReadAsync(http) is not { } form)
        {
            return Show(http, null, SignInPages.DevicePath, texts.Stale, StatusCodes.Status400BadRequest);
        }

        var (asked, back, cookie) = (form.Text(Organization).Trim(), SignInPages.Return(form.Text("return")), PeopleSignIn.Random());
        return await providers.BeginAsync(http, asked, cookie, back) is { } departure
            ? Depart(http, departure, cookie)
            : Show(http, asked, back, ProviderTexts.For(texts).Nowhere, StatusCodes.Status403Forbidden);
    }

    private async Task<IResult> ReturnAsync(HttpContext http)
    {
        var page = new Html(http);
        var texts = ProviderTexts.For(page.Texts);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return page.Alert(page.Texts.TooMany).Page(texts.Title, StatusCodes.Status429TooManyRequests);
        }

        var returned = FormGuard.Read(http, AwayCookie) is { } cookie ? await providers.ReturnAsync(http, cookie) : new ProviderReturn(ProviderOutcome.Refused, "");
        switch (returned.Outcome)
        {
            case ProviderOutcome.SignedIn:
                FormGuard.Clear(http, AwayCookie);
                FormGuard.Write(http, SignInPages.Cookie, returned.Cookie!, SignInAge);
                return page.Onward(returned.Back, page.Texts.Continue).Page(texts.Title);
            case ProviderOutcome.NeedsCode:
                FormGuard.Clear(http, AwayCookie);
                FormGuard.Write(http, ProvedCookie, returned.Cookie!, SignInAge);
                return page.Onward(CodePath, page.Texts.Continue).Page(texts.Title);
            case ProviderOutcome.Linked:
                FormGuard.Clear(http, AwayCookie);
                return page.Onward(OwnPath, page.Texts.Continue).Page(texts.Title);
            case ProviderOutcome.Taken:
                return page.Alert(texts.Taken).Link(OwnPath, texts.Own).Page(texts.Title, StatusCodes.Status409Conflict);
            case ProviderOutcome.Unknown:
                return page.Alert(texts.Unknown).Link(SignInPages.Path + "?return=" + Uri.EscapeDataString(OwnPath), texts.ByPassword).Page(texts.Title, StatusCodes.Status403Forbidden);
            default:
                return page.Alert(texts.Refused).Link(Path, texts.Again).Page(texts.Title, StatusCodes.Status403Forbidden);
        }
    }

    private async Task<IResult> ProveAsync(HttpContext http)
    {
        var texts = PageTexts.For(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return AskForCode(http, texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        if (await FormGuard.ReadAsync(http) is not { } form || FormGuard.Read(http, ProvedCookie) is not { } cookie)
        {
            return AskForCode(http, texts.Stale, StatusCodes.Status400BadRequest);
        }

        if (await providers.ProveAsync(http, cookie, form.Text(Code).Replace(" ", "", StringComparison.Ordinal)) is not { } returned)
        {
            return AskForCode(http, ProviderTexts.For(texts).BadCode, StatusCodes.Status403Forbidden);
        }

        FormGuard.Clear(http, ProvedCookie);
        FormGuard.Write(http, SignInPages.Cookie, returned.Cookie!, SignInAge);
        return new SeeOther(returned.Back);
    }

    // No provider links another.
    private Task<(Person Person, byte[] SignIn)?> SignedInAsync(HttpContext http) => SignInPages.OfOwnFactorsAsync(http, store);

    private static SeeOther SignIn() => new SeeOther(SignInPages.Path + "?return=" + Uri.EscapeDataString(OwnPath));

    private async Task<IResult> ShowOwnAsync(HttpContext http) =>
        await SignedInAsync(http) is var (person, _) ? await ListAsync(http, person, null, StatusCodes.Status200OK) : SignIn();

    private async Task<IResult> ListAsync(HttpContext http, Person person, string? alert, int status)
    {
        var page = new Html(http);
        var texts = ProviderTexts.For(page.Texts);
        page.Alert(alert).Text(texts.OwnIntro).Shown(page.Texts.As, person.Account);
        var all = await providers.ListAsync(person, http.RequestAborted);
        if (all.Count == 0)
        {
            page.Text(texts.None);
        }

        foreach (var provider in all)
        {
            page.Heading(provider.Name).Text(texts.Describe(provider));
            var linked = provider.LinkedAt is not null;
            page.Form(linked ? UnlinkPath : LinkPath).Hidden(Provider, provider.Id.ToString("D"))
                .Button(string.Format(CultureInfo.InvariantCulture, linked ? texts.Unlink : texts.Link, provider.Name)).EndForm();
        }

        return page.Link("/console", texts.Console).Page(texts.OwnTitle, status);
    }

    private async Task<IResult> LinkAsync(HttpContext http)
    {
        if (await SignedInAsync(http) is not var (person, signIn))
        {
            return SignIn();
        }

        var texts = PageTexts.For(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return await ListAsync(http, person, texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        if (await FormGuard.ReadAsync(http) is not { } form || !Guid.TryParse(form.Text(Provider), out var id))
        {
            return await ListAsync(http, person, texts.Stale, StatusCodes.Status400BadRequest);
        }

        var cookie = PeopleSignIn.Random();
        return await providers.BeginLinkAsync(http, person, signIn, id, cookie, OwnPath) is { } departure
            ? Depart(http, departure, cookie)
            : await ListAsync(http, person, ProviderTexts.For(texts).NotReached, StatusCodes.Status422UnprocessableEntity);
    }

    private async Task<IResult> UnlinkAsync(HttpContext http)
    {
        if (await SignedInAsync(http) is not var (person, _))
        {
            return SignIn();
        }

        if (await FormGuard.ReadAsync(http) is not { } form || !Guid.TryParse(form.Text(Provider), out var id))
        {
            return await ListAsync(http, person, PageTexts.For(http).Stale, StatusCodes.Status400BadRequest);
        }

        await providers.UnlinkAsync(http, person, id);
        return new SeeOther(OwnPath);
    }
}
