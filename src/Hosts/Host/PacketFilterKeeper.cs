using Beffroi.Infrastructure;

namespace Beffroi.Hosts.Host;

/// <summary>Puts the packet filter's rules back in force every minute, in case another program flushed all rules.</summary>
internal sealed partial class PacketFilterKeeper(IncusInfrastructure infrastructure, TimeProvider time, ILogger<PacketFilterKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await infrastructure.ApplyPacketFilterAsync(stoppingToken) is { } repair)
                {
                    LogRepaired(repair.What);
                }
            }
            catch (InfrastructureException e)
            {
                LogFailed(e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The packet filter of the space networks was not as it had been put in force: {What} It is again; find out who changed it.")]
    private partial void LogRepaired(string what);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The packet filter of the space networks is not in force: {Reason}")]
    private partial void LogFailed(string reason);
}
