using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Platform.Resources;

/// <summary>Puts resources, operations and events into the container.</summary>
public static class ResourcesRegistration
{
    /// <summary>Adds them.</summary>
    public static IServiceCollection AddResources(this IServiceCollection services) =>
        services
            .AddSingleton<IResources, ResourceStore>()
            .AddSingleton<ISpares, SpareStore>()
            .AddSingleton<IOperations, OperationStore>()
            .AddSingleton<EventHints>()
            .AddHostedService(provider => provider.GetRequiredService<EventHints>());
}
