using Beffroi.Reconciling;
using Beffroi.Services.Isolation.Policy;
using Beffroi.Services.Isolation.Reconcile;
using Beffroi.Services.Isolation.Reconcile.Steps;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Services.Isolation;

/// <summary>Verification of spaces' isolation.</summary>
public static class IsolationModule
{
    /// <summary>Adds the slice.</summary>
    public static IServiceCollection AddIsolation(this IServiceCollection services, IsolationOptions options) => services
        .AddSingleton(options)
        .AddSingleton<StartVerification>()
        .AddSingleton<PostVerification>()
        .AddHostedService<ScheduledVerifications>()
        .AddSingleton<Planning>()
        .AddSingleton<PlannedAttempts>()
        .AddSingleton<ProbeKeys>()
        .AddSingleton<SpacesStep>()
        .AddSingleton<ProbeIdentityStep>()
        .AddSingleton<ProbesStep>()
        .AddSingleton<ListenStep>()
        .AddSingleton<AttemptStep>()
        .AddSingleton<CollectStep>()
        .AddSingleton<JudgeStep>()
        .AddSingleton<RemoveProbesStep>()
        .AddSingleton<RemoveSpaceStep>()
        .AddSingleton<IReconciler, VerificationReconciler>()
        .AddSingleton<PolicyStore>()
        .AddSingleton<EgressEndpoints>()
        .AddSingleton<PeeringEndpoints>()
        .AddSingleton<IReconciler, PolicyReconciler>();

    /// <summary>Maps its API.</summary>
    public static void MapIsolationEndpoints(this IEndpointRouteBuilder routes)
    {
        PostVerification.Map(routes);
        ReadVerifications.Map(routes);
        EgressEndpoints.Map(routes);
        PeeringEndpoints.Map(routes);
    }
}
