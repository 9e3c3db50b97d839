using System.Text.Json.Serialization;
using Beffroi.Contracts;
using Beffroi.Platform.Http.OpenId;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Platform.Http;

/// <summary>Puts the API's plumbing into a host.</summary>
public static class ApiRegistration
{
    /// <summary>Adds what endpoints need.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services, ApiOptions options) =>
        services
            .AddSingleton(options)
            .AddSingleton<FailedSignIns>()
            .AddHostedService(provider => provider.GetRequiredService<FailedSignIns>())
            .AddSingleton<CallerAddress>()
            .AddSingleton<Microsoft.AspNetCore.Routing.MatcherPolicy, ServedOnPolicy>()
            .AddSingleton<Scopes>()
            .AddSingleton<Changes>()
            .AddSingleton<Reads>()
            .AddSingleton<LedgerScopes>()
            .AddSingleton<ReviewScopes>()
            .AddSingleton<Endpoints.EventEndpoints>()
            .AddSingleton<Endpoints.KeyEndpoints>()
            .AddSingleton<Endpoints.EscrowEndpoints>()
            .AddSingleton<Endpoints.ProtectionEndpoints>()
            .AddSingleton<Access.Reviews.ReviewWithdrawals>()
            .AddSingleton<Access.Reviews.AccessReviews>()
            .AddSingleton<Endpoints.AccessReviewEndpoints>()
            .AddSingleton<Lockbox.LockboxRequests>()
            .AddSingleton<Endpoints.LockboxEndpoints>()
            .AddSingleton<Endpoints.LockboxOperatorEndpoints>()
            .AddSingleton<Lockbox.BreakGlassLedger>()
            .AddSingleton<Lockbox.BreakGlasses>()
            .AddSingleton<Endpoints.BreakGlassOperatorEndpoints>()
            .AddSingleton<Endpoints.AlertReceiverEndpoints>()
            .AddSingleton<Identity.Workloads.IssuerKeys>()
            .AddSingleton<Identity.Workloads.WorkloadTokens>()
            .AddSingleton<Identity.Providers.ProviderClient>()
            .AddSingleton<Identity.Providers.IdentityTokens>()
            .AddSingleton<Endpoints.IdentityProviderEndpoints>()
            .AddSingleton<Endpoints.OAuthEndpoints>()
            .AddSingleton<Endpoints.SovereigntyEndpoints>()
            .AddSingleton<Endpoints.SovereigntySheetEndpoints>()
            .AddSingleton<Endpoints.ZoneEndpoints>()
            .AddSingleton<Endpoints.PriceEndpoints>()
            .AddSingleton<Endpoints.UsageEndpoints>()
            .AddSingleton<Endpoints.PolicyEndpoints>()
            .AddSingleton<Sovereignty.InstalledPackages>()
            .AddSingleton<Sovereignty.Register>()
            .AddSingleton<Sovereignty.HostingDisclosures>()
            .AddSingleton<Sovereignty.SovereigntySheets>()
            .AddSingleton<Identity.Factors.Passwords>()
            .AddSingleton<People.PeopleSignIn>()
            .AddSingleton<People.Enrolments>()
            .AddSingleton<People.OwnFactors>()
            .AddSingleton<People.Passkeys>()
            .AddSingleton<People.ProviderSignIn>()
            .AddSingleton<Pages.SignInPages>()
            .AddSingleton<Pages.ProviderPages>()
            .AddSingleton<Pages.EnrolmentPages>()
            .AddSingleton<Pages.PasskeyPages>()
            .AddSingleton<Pages.PasswordPages>()
            .AddSingleton<Pages.DevicePages>()
            .AddOpenId()
            .Configure<JsonOptions>(json =>
            {
                // As in WireJson; the OpenAPI document is made from these.
                json.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default);
                json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
                json.SerializerOptions.RespectNullableAnnotations = true;
                json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
                json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            })
            .AddOpenApi("v1", options => OpenApiDocument.Configure(options, Side.Customer))
            .AddOpenApi("operator", options => OpenApiDocument.Configure(options, Side.Operator));

    /// <summary>
    /// Puts the pipeline in front of every endpoint: ids, headers, problems, sign-in. To be called before any endpoint is mapped.
    /// </summary>
    /// <param name="app">The host.</param>
    /// <param name="isApi">Whether a request came in over the API's listener.</param>
    public static void UseApi(this IApplicationBuilder app, Func<HttpContext, bool> isApi)
    {
        app.UseWhen(isApi, api => api.UseMiddleware<RequestPipeline>());
        app.UseWhen(http => !isApi(http) && Listener.IsForPeople(http.Request.Path), agents => agents.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }));
        app.UseRouting();
        app.UseWhen(isApi, api => api.UseMiddleware<SignIn>());
        // OpenIddict answers its own paths there, or hands them on to the endpoints of the same paths.
        app.UseAuthentication();
    }
}
