using System.Globalization;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Identity.Providers;
using Beffroi.Platform.Identity.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Pages;

/// <summary>The page on which someone who is signed in agrees to a device (RFC 8628 section 3.3), whose code they type: first they see what asks, then they decide.</summary>
internal sealed class DevicePages(NpgsqlDataSource store, PeopleSignIn people, FailedSignIns failures)
{
    private const string Code = "code";
    private const string Decision = "decision";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(SignInPages.DevicePath, (HttpContext http, DevicePages pages) => pages.ShowAsync(http)).ForAnyone().ExcludeFromDescription();
        routes.MapPost(SignInPages.DevicePath, (HttpContext http, DevicePages pages) => pages.PostAsync(http))
            .ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself());
    }

    private static IResult Ask(HttpContext http, string? alert, int status)
    {
        var page = new Html(http);
        return page.Alert(alert).Text(page.Texts.DeviceIntro).Form(SignInPages.DevicePath).Field(Code, page.Texts.DeviceCode, "off").Button(page.Texts.Continue).EndForm().Page(page.Texts.Device, status);
    }

    private static byte[]? SignedIn(HttpContext http) => FormGuard.Read(http, SignInPages.Cookie) is { } cookie ? TokenHash.Of(cookie) : null;

    private async Task<IResult> ShowAsync(HttpContext http)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        return SignedIn(http) is { } hash && await BrowserSignIns.FindAsync(connection, Listener.Of(http), hash, http.RequestAborted) is not null
            ? Ask(http, null, StatusCodes.Status200OK)
            : new SeeOther(SignInPages.Path);
    }

    private async Task<IResult> PostAsync(HttpContext http)
    {
        var page = new Html(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return Ask(http, page.Texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if (await FormGuard.ReadAsync(http) is not { } form || SignedIn(http) is not { } hash
            || await BrowserSignIns.FindAsync(connection, Listener.Of(http), hash, http.RequestAborted) is not { } person)
        {
            return Ask(http, page.Texts.Stale, StatusCodes.Status400BadRequest);
        }

        if (await IdentityProviders.DemandedAsync(connection, person, http.RequestAborted) is { } demanded)
        {
            return ProviderPages.Demand(http, person, demanded, SignInPages.DevicePath);
        }

        if (await DeviceCodes.FindAsync(connection, Listener.Of(http), form.Text(Code), http.RequestAborted) is not { } device)
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
            return Ask(http, page.Texts.BadDeviceCode, StatusCodes.Status403Forbidden);
        }

        var agreed = form.Text(Decision) == "allow";
        if (!agreed && form.Text(Decision) != "refuse")
        {
            var text = string.Format(CultureInfo.InvariantCulture, page.Texts.DeviceAsk, device.Origin, device.CreatedAt.ToString("u", CultureInfo.InvariantCulture));
            return page.Text(text).Shown(page.Texts.As, person.Account).Form(SignInPages.DevicePath).Hidden(Code, form.Text(Code))
                .Button(page.Texts.Allow, Decision, "allow").Button(page.Texts.Refuse, Decision, "refuse").EndForm().Page(page.Texts.Device);
        }

        // One decision for each sign-in, also of two that come at once.
        await Authorizer.HoldAsync(connection, person.Directory, changing: false, http.RequestAborted);
        if (await BrowserSignIns.UseAsync(connection, Listener.Of(http), hash, http.RequestAborted) is null)
        {
            return Ask(http, page.Texts.Stale, StatusCodes.Status400BadRequest);
        }

        await DeviceCodes.DecideAsync(connection, device, person, agreed, http.RequestAborted);
        await people.RecordAsync(http, connection, person, agreed ? "device.allow" : "device.refuse", accepted: true, null, http.RequestAborted);
        await transaction.CommitAsync(http.RequestAborted);
        FormGuard.Clear(http, SignInPages.Cookie);
        return page.Text(agreed ? page.Texts.Allowed : page.Texts.Refused).Page(page.Texts.Device);
    }
}
