using System.Security.Authentication;
using Beffroi.Contracts.Agents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Platform.Agents;

/// <summary>The agent channel in a host. Needs AddPlatform before it, and an <see cref="Reconciling.ISignals"/>.</summary>
public static class AgentsModule
{
    // A repository reports the backups of all databases of its space; an answer has 27 series of 1500 points at most.
    private const int MaxReceivedBytes = 512 * 1024;
    private const int MaxSentBytes = 1024 * 1024;

    /// <summary>Adds what the channel needs.</summary>
    public static IServiceCollection AddAgentChannel(this IServiceCollection services)
    {
        services.AddGrpc().AddServiceOptions<AgentChannelService>(o => (o.MaxReceiveMessageSize, o.MaxSendMessageSize) = (MaxReceivedBytes, MaxSentBytes));
        services.AddSingleton<Enrolment>();
        services.AddSingleton<AgentQuestions>();
        services.AddSingleton<IAgentQuestions>(p => p.GetRequiredService<AgentQuestions>());
        services.AddSingleton<AgentNotifications>();
        services.AddHostedService(p => p.GetRequiredService<AgentNotifications>());
        services.AddSingleton<AgentServerCertificate>();
        services.AddHostedService(p => p.GetRequiredService<AgentServerCertificate>());
        services.AddHostedService<SilentAgents>();
        services.AddSingleton<IStartupFilter, ChannelSeparation>();
        // Watches are silent for long: without pings, a vanished agent would be noticed only by the next write.
        services.Configure<KestrelServerOptions>(o => o.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30));
        return services;
    }

    /// <summary>Maps the channel.</summary>
    public static IEndpointConventionBuilder MapAgentChannel(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<AgentChannelService>();

    /// <summary>
    /// Makes a Kestrel endpoint the agents': HTTP/2 over TLS 1.3 with client certificates, which may be absent (for enrolment) but not
    /// wrong. Serves the agent channel and nothing else; no other endpoint serves it.
    /// </summary>
    public static void ConfigureAgentEndpoint(this ListenOptions options)
    {
        options.Protocols = HttpProtocols.Http2;
        options.Use(next => connection =>
        {
            connection.Features.Set(new AgentEndpointFeature());
            return next(connection);
        });
        var certificate = options.ApplicationServices.GetRequiredService<AgentServerCertificate>();
        options.UseHttps(new HttpsConnectionAdapterOptions
        {
            SslProtocols = SslProtocols.Tls13,
            ServerCertificateSelector = (_, _) => certificate.Certificate,
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (presented, _, _) => certificate.IsAgents(presented),
        });
    }

    private sealed class AgentEndpointFeature;

    private sealed class ChannelSeparation : IStartupFilter
    {
        private static readonly PathString Prefix = "/" + AgentChannel.Descriptor.FullName;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                if (context.Request.Path.StartsWithSegments(Prefix) == context.Features.Get<AgentEndpointFeature>() is not null)
                {
                    return rest(context);
                }

                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
            next(app);
        };
    }
}
