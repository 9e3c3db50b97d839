using Beffroi.Infrastructure;
using Beffroi.Infrastructure.Hosting;
using Beffroi.Kernel;
using HostOptions = Beffroi.Infrastructure.HostOptions;

namespace Beffroi.Hosts.Host;

/// <summary>The serving process: the endpoints on the unix socket, closed to all but root and the installation's user.</summary>
internal static class HostServer
{
    private const long LargestBody = 64 * 1024;
    private const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Puts the packet filter in force, then listens.</summary>
    /// <exception cref="InfrastructureException">The rules or the socket can't be put in place.</exception>
    public static async Task<WebApplication> StartAsync(HostOptions options, CancellationToken cancellationToken)
    {
        var installation = new Installation(options.Installation);
        var user = SystemUser.Find(installation.User);
        Directory.CreateDirectory(installation.Run);
        File.Delete(installation.HostSocket);

        // Empty: the usual builder reads settings from the environment and watches the content root for changed files; a
        // watch below a volume would keep its key from being evicted.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.AddServerHeader = false;
            kestrel.ListenUnixSocket(installation.HostSocket, listen =>
                listen.Use(new Peers(user?.Id, listen.ApplicationServices.GetRequiredService<ILogger<Peers>>()).Admit));
        });
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IncusInfrastructure>();
        builder.Services.AddSingleton<IInfrastructure>(services => services.GetRequiredService<IncusInfrastructure>());
        builder.Services.AddSingleton(new RequestRules(options.ToSubnet()));
        builder.Services.AddSingleton<HostEndpoints>();
        builder.Services.AddHostedService<PacketFilterKeeper>();
        builder.Services.AddHostedService<BackupLockKeeper>();

        var app = builder.Build();
        app.Services.GetRequiredService<HostEndpoints>().Map(app);
        await app.Services.GetRequiredService<IncusInfrastructure>().ApplyPacketFilterAsync(cancellationToken);

        // Made for root alone, then opened to the group: never open to all, not even for a moment.
        var before = Umask(Convert.ToInt32("177", 8));
        try
        {
            await app.StartAsync(cancellationToken);
        }
        finally
        {
            _ = Umask(before);
        }

        if (user is not null)
        {
            SystemUser.GiveGroup(installation.HostSocket, user.GroupId);
        }

        File.SetUnixFileMode(installation.HostSocket, OwnerAndGroup);
        return app;
    }

    private static int Umask(int mask) => SystemUser.SetUmask(mask);
}
