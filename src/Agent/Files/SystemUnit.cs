namespace Beffroi.Agent.Files;

/// <summary>A unit of the instance's systemd.</summary>
internal static class SystemUnit
{
    private const string Systemctl = "/usr/bin/systemctl";

    internal static Task StartAsync(string unit, CancellationToken cancellationToken) => SystemCommand.RunAsync(Systemctl, ["start", unit], cancellationToken);

    internal static Task StopAsync(string unit, CancellationToken cancellationToken) => SystemCommand.RunAsync(Systemctl, ["stop", unit], cancellationToken);

    /// <summary>Has it read its configuration again; it must run.</summary>
    internal static Task ReloadAsync(string unit, CancellationToken cancellationToken) => SystemCommand.RunAsync(Systemctl, ["reload", unit], cancellationToken);

    internal static async Task<bool> IsActiveAsync(string unit, CancellationToken cancellationToken)
    {
        try
        {
            await SystemCommand.RunAsync(Systemctl, ["is-active", unit], cancellationToken);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
