using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Hosts.WebConsole;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.OperatorPages;
using Beffroi.Hosts.WebConsole.SignIn;
using Beffroi.Infrastructure;
using Beffroi.Infrastructure.Hosting;
using Beffroi.Kernel;
using Beffroi.Platform;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Capacity;
using Beffroi.Platform.Http;
using Beffroi.Platform.Http.Endpoints;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Resources;
using Beffroi.Reconciling;
using Beffroi.Services.Evidence;
using Beffroi.Services.Evidence.Listeners;
using Beffroi.Services.Isolation;
using Beffroi.Services.Postgres;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Scalar.AspNetCore;

namespace Beffroi.Hosts.Server;

/// <summary>Puts beffroid together.</summary>
public static class ServerHost
{
    /// <summary>Builds the host; nothing runs yet.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="change">Replaces services, in tests.</param>
    /// <exception cref="ConfigurationException">The certificate can't be read.</exception>
    public static WebApplication Build(ServerOptions options, Action<IServiceCollection>? change = null)
    {
        var installation = new Installation(options.Installation);
        var certificate = Certificate(options);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Not the working directory: nobody else's appsettings.json is to be read.
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
            ApplicationName = "beffroid",
        });
        builder.Logging.ClearProviders().AddJsonConsole(console => console.UseUtcTimestamp = true);
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Npgsql", LogLevel.Warning).AddFilter("OpenIddict", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options, certificate));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(4));
        builder.Services
            .AddPlatform(options.ToPlatform())
            .AddResources()
            .AddApi(new ApiOptions { ImagesDirectory = options.ImagesDirectory ?? installation.State + "/images" })
            .AddSingleton<IInfrastructure>(_ => new HostClient(installation))
            .AddSingleton(new AgentChannelAddress(options.AgentPort))
            .AddAgentChannel()
            .AddCapacity()
            .AddReconciling(new ReconcilingOptions())
            .AddPostgres()
            .AddIsolation(new IsolationOptions(options.Installation, [options.EndPoint.Port, options.AdminEndPoint.Port], options.Zone.IsolationVerificationHours))
            .AddEvidence()
            .AddSingleton<IOwnListeners>(services => new OwnListeners(options.EndPoint, options.AdminEndPoint, services.GetRequiredService<IServer>()))
            .AddConsole(new ConsoleOptions())
            .AddSingleton<IConsoleSignIn, ConsoleProvider>()
            .AddSingleton<IConsoleApi>(services => new ConsoleApi(services.GetRequiredService<IOwnListeners>(), certificate[0], services.GetRequiredService<CallerAddress>()));
        change?.Invoke(builder.Services);
        ClearedBuffers.Use(builder.Services);

        var app = builder.Build();
        app.UseApi(http => http.Connection.LocalPort != options.AgentPort);
        app.MapPlatformEndpoints();
        app.MapPostgresEndpoints();
        app.MapIsolationEndpoints();
        app.MapEvidenceEndpoints();
        app.MapAgentChannel().ForAnyone();
        app.MapConsole().OnlyOn(Side.Customer).ForAnyone().ExcludeFromDescription();
        app.MapOperatorConsole().OnlyOn(Side.Operator).ForAnyone().ExcludeFromDescription();
        MapPages(app);
        return app;
    }

    private static void MapPages(WebApplication app)
    {
        // Everything this page loads comes from here: its script is in the assembly, its fonts are the browser's.
        app.MapScalarApiReference("/docs", scalar => scalar
            .WithTitle("Beffroi API")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools()).ForAnyone();
        app.MapGet("/", () => Results.Redirect("/docs/")).ForAnyone().ExcludeFromDescription();
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options, X509Certificate2Collection certificate)
    {
        kestrel.AddServerHeader = false;
        // More than a body may have: what is a little too large is read to its end, so that its sender gets to see the answer.
        kestrel.Limits.MaxRequestBodySize = 16 * Problems.LargestBody;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestLineSize = 4 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Limits.MaxConcurrentConnections = 2000;
        kestrel.ListenAnyIP(options.AgentPort, agents => agents.ConfigureAgentEndpoint());
        kestrel.Listen(options.EndPoint, Secure);
        kestrel.Listen(options.AdminEndPoint, listen =>
        {
            Listener.ForOperator(listen);
            Secure(listen);
        });

        void Secure(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate[0];
                https.ServerCertificateChain = [.. certificate.Skip(1)];
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            });
        }
    }

    private static X509Certificate2Collection Certificate(ServerOptions options)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(options.Certificate);
            all[0] = X509Certificate2.CreateFromPemFile(options.Certificate, options.CertificateKey);
            return all;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new ConfigurationException(
                $"The API's certificate {options.Certificate} or its key {options.CertificateKey} can't be read: {failure.Message}", failure);
        }
    }
}
