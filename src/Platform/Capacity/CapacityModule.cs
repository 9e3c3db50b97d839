using Beffroi.Platform.Http.Endpoints;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Platform.Capacity;

/// <summary>What the zone's hosts have. Needs an <see cref="Infrastructure.IInfrastructure"/>.</summary>
public static class CapacityModule
{
    /// <summary>Adds the watch over the hosts and what the API shows of them.</summary>
    public static IServiceCollection AddCapacity(this IServiceCollection services) => services
        .AddSingleton<ImageBills>()
        .AddSingleton(provider => new ZoneReview(provider.GetRequiredService<ImageBills>()))
        .AddSingleton<CapacityEndpoints>()
        .AddSingleton<HostWatch>()
        .AddHostedService(provider => provider.GetRequiredService<HostWatch>());
}
