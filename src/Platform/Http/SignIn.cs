using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>
/// Finds out who calls, from the bearer token, in the directory of the listener's side. Without a valid one nothing under <c>/v1</c> answers, whether it
/// exists or not.
/// </summary>
internal sealed class SignIn(RequestDelegate next, IAuthenticator authenticator, FailedSignIns failures)
{
    private const int LongestToken = 512;

    public async Task InvokeAsync(HttpContext http)
    {
        var side = Listener.Of(http);
        if (!Listener.NeedsSignIn(side, http.Request.Path) || http.GetEndpoint()?.Metadata.GetMetadata<ForAnyone>() is not null)
        {
            await next(http);
            return;
        }

        var request = ApiRequest.Of(http);
        var address = http.Connection.RemoteIpAddress;
        if (failures.MustWait(address))
        {
            failures.Count(address, presentedToken: false);
            await new Refused(Problems.TooManyFailures).ExecuteAsync(http);
            return;
        }

        var token = Token(http.Request.Headers.Authorization.ToString());
        request.Principal = token is null ? null : await authenticator.AuthenticateAsync(side, token, http.RequestAborted);
        if (request.Principal is null)
        {
            failures.Count(address, presentedToken: token is not null);
            await new Refused(Problems.Unauthenticated).ExecuteAsync(http);
            return;
        }

        await next(http);
    }

    private static string? Token(string header) =>
        header.Length is > 7 and <= 7 + LongestToken && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..] : null;
}
