using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Reconciling;

/// <summary>Puts reconciling into a host.</summary>
public static class ReconcilingRegistration
{
    /// <summary>
    /// Adds signals and one worker for every registered <see cref="IReconciler"/>. The host provides the store's NpgsqlDataSource and runs this
    /// assembly's migrations first.
    /// </summary>
    public static IServiceCollection AddReconciling(this IServiceCollection services, ReconcilingOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddMetrics()
            .AddSingleton(options)
            .AddSingleton<ReconcilingMetrics>()
            .AddSignals()
            .AddSingleton<LeaseTable>()
            .AddSingleton<LeaseHolder>()
            .AddHostedService<Worker>();
    }

    /// <summary>Adds signals alone, for hosts that give them and leave the work to others.</summary>
    public static IServiceCollection AddSignals(this IServiceCollection services)
    {
        services.TryAddSingleton<ISignals, Signals>();
        return services;
    }
}
