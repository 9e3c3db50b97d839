using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>The API of everything that is not one service's.</summary>
public static class PlatformEndpoints
{
    /// <summary>Maps its routes and the OpenAPI document.</summary>
    public static void MapPlatformEndpoints(this IEndpointRouteBuilder routes)
    {
        GeneralEndpoints.Map(routes);
        OrganizationEndpoints.Map(routes);
        SpaceEndpoints.Map(routes);
        MemberEndpoints.Map(routes);
        GroupEndpoints.Map(routes);
        RoleEndpoints.Map(routes);
        TokenEndpoints.Map(routes);
        AccessReviewEndpoints.Map(routes);
        AlertEndpoints.Map(routes);
        AlertReceiverEndpoints.Map(routes);
        OperatorEndpoints.Map(routes);
        OAuthEndpoints.Map(routes);
        WorkloadIdentityEndpoints.Map(routes);
        IdentityProviderEndpoints.Map(routes);
        EnrolmentEndpoints.Map(routes);
        Pages.SignInPages.Map(routes);
        Pages.ProviderPages.Map(routes);
        Pages.EnrolmentPages.Map(routes);
        Pages.PasskeyPages.Map(routes);
        Pages.PasswordPages.Map(routes);
        Pages.DevicePages.Map(routes);
        OpenId.OpenIdEndpoints.Map(routes);
        SessionEndpoints.Map(routes);
        QuotaEndpoints.Map(routes);
        OperationEndpoints.Map(routes);
        EventEndpoints.Map(routes);
        LedgerEndpoints.Map(routes);
        KeyEndpoints.Map(routes);
        EscrowEndpoints.Map(routes);
        ProtectionEndpoints.Map(routes);
        LockboxEndpoints.Map(routes);
        LockboxOperatorEndpoints.Map(routes);
        BreakGlassEndpoints.Map(routes);
        BreakGlassOperatorEndpoints.Map(routes);
        LedgerWitnessEndpoints.Map(routes);
        LedgerForwardEndpoints.Map(routes);
        SovereigntyEndpoints.Map(routes);
        SovereigntySheetEndpoints.Map(routes);
        ZoneEndpoints.Map(routes);
        PriceEndpoints.Map(routes);
        UsageEndpoints.Map(routes);
        CapacityEndpoints.Map(routes);
        PolicyEndpoints.Map(routes);
        routes.MapOpenApi("/openapi/{documentName}.json").WithMetadata(new ForAnyone());
    }
}
