using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>
/// OpenIddict as the protocols' keeper: it reads, checks and answers requests of OAuth 2.0 and OpenID Connect. What is stored, and for how long it is good, is ours: so it runs without its
/// stores (decision 12).
/// </summary>
internal static class OpenIdRegistration
{
    public static IServiceCollection AddOpenId(this IServiceCollection services)
    {
        services.AddSingleton<Sessions>().AddSingleton<IConsoleTokens, ConsoleTokens>().AddSingleton<IssuerKeys>().AddSingleton<OpenIdEndpoints>();
        services.AddOpenIddict().AddServer(server =>
        {
            server.SetAuthorizationEndpointUris("oauth/authorize")
                .SetTokenEndpointUris("oauth/token")
                .SetDeviceAuthorizationEndpointUris("oauth/device")
                .SetRevocationEndpointUris("oauth/revoke")
                .SetJsonWebKeySetEndpointUris("oauth/keys")
                .SetEndUserVerificationEndpointUris("device")
                .SetConfigurationEndpointUris(".well-known/openid-configuration");
            server.AllowAuthorizationCodeFlow().AllowDeviceAuthorizationFlow().AllowRefreshTokenFlow().RequireProofKeyForCodeExchange();
            server.EnableDegradedMode();
            server.SetAccessTokenLifetime(Identity.Sessions.SessionTable.AccessLifetime)
                .SetIdentityTokenLifetime(Identity.Sessions.SessionTable.AccessLifetime)
                .SetDeviceCodeLifetime(Identity.Sessions.DeviceCodes.Lifetime)
                .SetUserCodeLifetime(Identity.Sessions.DeviceCodes.Lifetime);
            // Demanded, and used for nothing: identity tokens are signed with the side's key, all others are opaque.
            server.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
            server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
            server.Configure(options =>
            {
                options.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain);
                options.ResponseModes.IntersectWith([ResponseModes.Query]);
            });
            server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableTokenEndpointPassthrough().EnableEndUserVerificationEndpointPassthrough();

            Handle<ProcessRequestContext, OpenIdRequests>(int.MinValue);
            Handle<ValidateAuthorizationRequestContext, OpenIdRequests>(int.MinValue + 1);
            Handle<ValidateTokenRequestContext, OpenIdRequests>(int.MinValue + 1);
            Handle<ValidateDeviceAuthorizationRequestContext, OpenIdRequests>(int.MinValue + 1);
            Handle<ValidateEndUserVerificationRequestContext, OpenIdRequests>(int.MinValue + 1);
            Handle<ValidateRevocationRequestContext, OpenIdRequests>(int.MinValue + 1);
            Handle<HandleDeviceAuthorizationRequestContext, OpenIdRequests>(int.MinValue + 1);
            Handle<ApplyDeviceAuthorizationResponseContext, OpenIdRequests>(int.MinValue + 1);
            Handle<ValidateTokenContext, OpenIdTokens>(OpenIddictServerHandlers.Protection.ValidateIdentityModelToken.Descriptor.Order - 1);
            Handle<GenerateTokenContext, OpenIdTokens>(OpenIddictServerHandlers.Protection.AttachSecurityCredentials.Descriptor.Order + 1);
            Handle<HandleJsonWebKeySetRequestContext, OpenIdTokens>(int.MaxValue);
            Handle<HandleRevocationRequestContext, OpenIdTokens>(int.MaxValue);

            void Handle<TContext, THandler>(int order)
                where TContext : BaseContext
                where THandler : class, IOpenIddictServerHandler<TContext> => server.AddEventHandler<TContext>(handler => handler.UseSingletonHandler<THandler>().SetOrder(order));
        });
        return services;
    }
}
