using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Pages;

/// <summary>The page on which people change their own password and have new recovery codes made, on each side's listener for that side's people alone. As for passkeys, it takes a sign-in of its own.</summary>
internal sealed class PasswordPages(NpgsqlDataSource store, OwnFactors factors, FailedSignIns failures)
{
    public const string Path = "/password";
    private const string CodesPath = Path + "/recovery-codes";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext http, PasswordPages pages) => pages.ShowAsync(http)).ForAnyone().ExcludeFromDescription();
        routes.MapPost(Path, (HttpContext http, PasswordPages pages) => pages.ChangeAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
        routes.MapPost(CodesPath, (HttpContext http, PasswordPages pages) => pages.ReplaceCodesAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
    }

    private static SeeOther SignIn() => new(SignInPages.Path + "?return=" + Path);

    private static IResult Forms(HttpContext http, Person person, string? alert, int status)
    {
        var page = new Html(http);
        var texts = PasswordTexts.For(page.Texts);
        page.Alert(alert).Text(texts.Intro).Shown(page.Texts.As, person.Account)
            .Form(Path)
            .Field("present", texts.Present, "current-password", "password")
            .Field("password", page.Texts.NewPassword, "new-password", "password")
            .Field("again", page.Texts.Again, "new-password", "password")
            .Button(texts.Change)
            .EndForm()
            .Heading(texts.Codes).Text(texts.CodesIntro)
            .Form(CodesPath)
            .Field("proof", texts.Present, "current-password", "password")
            .Button(texts.NewCodes)
            .EndForm();
        return page.Link(PasskeyPages.Path, PasskeyTexts.For(page.Texts).Title).Link("/console", PasskeyTexts.For(page.Texts).Console).Page(texts.Title, status);
    }

    private async Task<IResult> ShowAsync(HttpContext http) =>
        await SignInPages.OfOwnFactorsAsync(http, store) is var (person, _) ? Forms(http, person, null, StatusCodes.Status200OK) : SignIn();

    private async Task<IResult> ChangeAsync(HttpContext http)
    {
        var texts = PageTexts.For(http);
        var asked = await ReadAsync(http, texts);
        if (asked.Form is not { } form || asked.Person is not { } person)
        {
            return asked.Refused!;
        }

        var password = form.Text("password");
        if (!Passwords.IsGood(password, person.Account) || password != form.Text("again"))
        {
            return Forms(http, person, texts.BadPassword, StatusCodes.Status422UnprocessableEntity);
        }

        if (!await factors.ChangePasswordAsync(http, person, form.Text("present"), password))
        {
            return Forms(http, person, PasswordTexts.For(texts).NotAccepted, StatusCodes.Status403Forbidden);
        }

        FormGuard.Clear(http, SignInPages.Cookie);
        var page = new Html(http);
        return page.Text(PasswordTexts.For(texts).Changed).Link("/console", PasskeyTexts.For(texts).Console).Page(texts.Enrolled);
    }

    private async Task<IResult> ReplaceCodesAsync(HttpContext http)
    {
        var texts = PageTexts.For(http);
        var asked = await ReadAsync(http, texts);
        if (asked.Form is not { } form || asked.Person is not { } person)
        {
            return asked.Refused!;
        }

        return await factors.ReplaceCodesAsync(http, person, form.Text("proof")) is { } codes
            ? new Html(http).Text(texts.EnrolledIntro).List(codes).Link("/console", PasskeyTexts.For(texts).Console).Page(texts.Enrolled)
            : Forms(http, person, PasswordTexts.For(texts).NotAccepted, StatusCodes.Status403Forbidden);
    }

    /// <summary>Who is signed in and what they sent, or the answer that says why not.</summary>
    private async Task<(IResult? Refused, Person? Person, IFormCollection? Form)> ReadAsync(HttpContext http, PageTexts texts)
    {
        if (await SignInPages.OfOwnFactorsAsync(http, store) is not var (person, _))
        {
            return (SignIn(), null, null);
        }

        return failures.MustWait(http.Connection.RemoteIpAddress) ? (Forms(http, person, texts.TooMany, StatusCodes.Status429TooManyRequests), null, null)
            : await FormGuard.ReadAsync(http) is { } form ? (null, person, form)
            : (Forms(http, person, texts.Stale, StatusCodes.Status400BadRequest), null, null);
    }
}
