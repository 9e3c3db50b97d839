using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Pages;

/// <summary>The pages on which someone who was invited chooses a password and a second factor.</summary>
internal sealed class EnrolmentPages(Enrolments enrolments, FailedSignIns failures)
{
    public const string Path = "/enrol";
    private const string ProofPath = Path + "/proof";
    private const string Ticket = "enrolment";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext http) => Start(http, null, StatusCodes.Status200OK)).ForAnyone().ExcludeFromDescription();
        routes.MapPost(Path, (HttpContext http, EnrolmentPages pages) => pages.BeginAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
        routes.MapPost(ProofPath, (HttpContext http, EnrolmentPages pages) => pages.CompleteAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
    }

    private static IResult Start(HttpContext http, string? alert, int status)
    {
        var page = new Html(http);
        return page.Alert(alert).Text(page.Texts.EnrolIntro).Form(Path).Field("invitation", page.Texts.Invitation, "off", "password").Button(page.Texts.Continue).EndForm()
            .Page(page.Texts.Enrol, status);
    }

    private static IResult Proof(Html page, string account, int status) => page
        .Form(ProofPath)
        .Field("account", page.Texts.As, "username", value: account)
        .Field("password", page.Texts.NewPassword, "new-password", "password")
        .Field("again", page.Texts.Again, "new-password", "password")
        .Field("code", page.Texts.ProofCode, "one-time-code")
        .Button(page.Texts.Continue)
        .EndForm()
        .Page(page.Texts.Enrol, status);

    private async Task<IResult> BeginAsync(HttpContext http)
    {
        var page = new Html(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return Start(http, page.Texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        if (await FormGuard.ReadAsync(http) is not { } form)
        {
            return Start(http, page.Texts.Stale, StatusCodes.Status400BadRequest);
        }

        if (await enrolments.BeginAsync(http, form.Text("invitation").Trim()) is not { } offered)
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
            return Start(http, page.Texts.BadInvitation, StatusCodes.Status403Forbidden);
        }

        FormGuard.Write(http, Ticket, offered.Ticket, TimeSpan.FromMinutes(15));
        page.Text(page.Texts.AddSecret).Shown(page.Texts.As, offered.Account).Shown(page.Texts.Secret, offered.Secret).Shown(page.Texts.KeyUri, offered.KeyUri);
        return Proof(page, offered.Account, StatusCodes.Status200OK);
    }

    private async Task<IResult> CompleteAsync(HttpContext http)
    {
        var page = new Html(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return Start(http, page.Texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        if (await FormGuard.ReadAsync(http) is not { } form || FormGuard.Read(http, Ticket) is not { } ticket)
        {
            return Start(http, page.Texts.Stale, StatusCodes.Status400BadRequest);
        }

        var (account, password) = (form.Text("account"), form.Text("password"));
        if (!Passwords.IsGood(password, account) || password != form.Text("again"))
        {
            return Proof(page.Alert(page.Texts.BadPassword), account, StatusCodes.Status422UnprocessableEntity);
        }

        var outcome = await enrolments.CompleteAsync(http, ticket, password, form.Text("code").Replace(" ", "", StringComparison.Ordinal));
        if (outcome.Codes is null)
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
        }

        if (outcome.Expired)
        {
            FormGuard.Clear(http, Ticket);
            return Start(http, page.Texts.EnrolExpired, StatusCodes.Status403Forbidden);
        }

        if (outcome.Codes is not { } codes)
        {
            return Proof(page.Alert(page.Texts.BadProof), account, StatusCodes.Status422UnprocessableEntity);
        }

        FormGuard.Clear(http, Ticket);
        page.Text(page.Texts.EnrolledIntro).List(codes).Text(page.Texts.EnrolledNext);
        return (PasskeyCeremonies.Domain(http) is null ? page : page.Link(PasskeyPages.Path, PasskeyTexts.For(page.Texts).AddNow)).Page(page.Texts.Enrolled);
    }
}
