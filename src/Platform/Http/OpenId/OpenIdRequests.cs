using Beffroi.Platform.Identity.Sessions;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Npgsql;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>Which requests are accepted, beside what the protocols themselves demand: of the command line, and to authorize of the console, by the API's listeners, from addresses that needn't wait.</summary>
internal sealed class OpenIdRequests(FailedSignIns failures, NpgsqlDataSource store, ApiOptions options) :
    IOpenIddictServerHandler<ProcessRequestContext>,
    IOpenIddictServerHandler<ValidateAuthorizationRequestContext>,
    IOpenIddictServerHandler<ValidateTokenRequestContext>,
    IOpenIddictServerHandler<ValidateDeviceAuthorizationRequestContext>,
    IOpenIddictServerHandler<ValidateEndUserVerificationRequestContext>,
    IOpenIddictServerHandler<ValidateRevocationRequestContext>,
    IOpenIddictServerHandler<HandleDeviceAuthorizationRequestContext>,
    IOpenIddictServerHandler<ApplyDeviceAuthorizationResponseContext>
{
    /// <summary>Agents' listener has no part in this.</summary>
    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (Http(context).Features.Get<ApiRequest>() is null)
        {
            context.SkipRequest();
        }

        return default;
    }

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (context.ClientId == ConsoleClient.Id(Http(context)))
        {
            if (!ConsoleClient.MayRedirectTo(Http(context), context.RedirectUri))
            {
                context.Reject(Errors.InvalidRequest, "The redirect address is not this installation's console.");
            }
        }
        else if (context.ClientId != CliClient.Id)
        {
            context.Reject(Errors.InvalidRequest, "The client is unknown.");
        }
        else if (!CliClient.MayRedirectTo(context.RedirectUri))
        {
            context.Reject(Errors.InvalidRequest, "The redirect address is not one of this client's: http://127.0.0.1:PORT/callback or http://[::1]:PORT/callback.");
        }

        return default;
    }

    public ValueTask HandleAsync(ValidateTokenRequestContext context) => CheckAsync(context, context.ClientId);

    public ValueTask HandleAsync(ValidateDeviceAuthorizationRequestContext context) => CheckAsync(context, context.ClientId);

    public ValueTask HandleAsync(ValidateRevocationRequestContext context) => CheckAsync(context, context.ClientId);

    /// <summary>The page looks at its form itself (<see cref="Pages.DevicePages"/>).</summary>
    public ValueTask HandleAsync(ValidateEndUserVerificationRequestContext context) => default;

    public async ValueTask HandleAsync(HandleDeviceAuthorizationRequestContext context)
    {
        var http = Http(context);
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        if (await DeviceCodes.InsertAsync(connection, Listener.Of(http), ApiRequest.Of(http).Origin, context.Request.GetScopes(), http.RequestAborted) is not var (device, user))
        {
            context.Reject(Errors.TemporarilyUnavailable, "Too many devices at this address wait for their user. Wait some minutes.");
            return;
        }

        PreparedTokens.Set(http, TokenTypeIdentifiers.Private.DeviceCode, device);
        PreparedTokens.Set(http, TokenTypeIdentifiers.Private.UserCode, user);
    }

    public ValueTask HandleAsync(ApplyDeviceAuthorizationResponseContext context)
    {
        if (context.Error is null)
        {
            // The code is typed by who has seen it, and is in no address.
            context.Response.RemoveParameter(Parameters.VerificationUriComplete);
            context.Response.SetParameter(Parameters.Interval, (long)options.DeviceInterval.TotalSeconds);
        }

        return default;
    }

    private static HttpContext Http(BaseContext context) => context.Transaction.GetHttpRequest()!.HttpContext;

    private ValueTask CheckAsync(BaseValidatingContext context, string? client)
    {
        if (client != CliClient.Id)
        {
            context.Reject(Errors.InvalidClient, "The client is unknown.");
        }
        else if (failures.MustWait(Http(context).Connection.RemoteIpAddress))
        {
            context.Reject(Errors.TemporarilyUnavailable, "Too many failed sign-ins came from your address. Wait a minute.");
        }

        return default;
    }
}
