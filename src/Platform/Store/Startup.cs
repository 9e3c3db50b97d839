using Beffroi.Platform.Identity;
using Microsoft.Extensions.Hosting;

namespace Beffroi.Platform.Store;

/// <summary>Brings the store up to date before anything else of the host starts, and lets the administrator in.</summary>
internal sealed class Startup(Migrator migrator, IPrincipals principals, PlatformOptions options) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await migrator.ApplyAsync(cancellationToken);
        if (options.AdministratorTokenSha256 is { } sha256)
        {
            await principals.EnsureAdministratorAsync(sha256, cancellationToken);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
