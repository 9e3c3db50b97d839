using Beffroi.Platform.Agents;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Reconcile.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Services.Postgres.Reconcile;

/// <summary>Puts the reconciler and its steps into the container.</summary>
internal static class ReconcileRegistration
{
    internal static IServiceCollection AddPostgresReconciler(this IServiceCollection services) =>
        services
            .AddSingleton<SpaceNetworkStep>()
            .AddSingleton<ResourceKeyStep>()
            .AddSingleton<RekeyStep>()
            .AddSingleton<RenewStep>()
            .AddSingleton<VolumeStep>()
            .AddSingleton<IdentityStep>()
            .AddSingleton<ConfigurationStep>()
            .AddSingleton<InstanceStep>()
            .AddSingleton<AgentStep>()
            .AddSingleton<DatabaseStep>()
            .AddSingleton<DurabilityStep>()
            .AddSingleton<MaintenanceStep>()
            .AddSingleton<RotateKeyStep>()
            .AddSingleton<UpdateStep>()
            .AddSingleton<ShrinkStep>()
            .AddSingleton<EndpointStep>()
            .AddSingleton<ForgetTokenStep>()
            .AddSingleton<StopInstanceStep>()
            .AddSingleton<LockVolumeStep>()
            .AddSingleton<RemoveInstanceStep>()
            .AddSingleton<RemoveVolumeStep>()
            .AddSingleton<DestroyKeyStep>()
            .AddSingleton<IReconciler, PostgresReconciler>()
            .AddSingleton<IServerNames, PostgresServerNames>();
}
