using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>Removes tokens that have expired, once an hour. They are refused before that already.</summary>
internal sealed partial class ExpiredTokens(NpgsqlDataSource source, TimeProvider time, ILogger<ExpiredTokens> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("delete from platform.tokens where expires_at < now()");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RemoveAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired tokens could not be removed; tried again in an hour.")]
    private partial void LogFailed(Exception e);
}
