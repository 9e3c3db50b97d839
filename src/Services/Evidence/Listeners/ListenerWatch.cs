using System.Net.Sockets;
using System.Security.Authentication;
using Beffroi.Contracts.Evidence;
using Beffroi.Services.Evidence.Checks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Beffroi.Services.Evidence.Listeners;

/// <summary>What was seen of this process's own listeners.</summary>
/// <param name="At">When.</param>
/// <param name="Apart">What is wrong with how the two sides are kept apart.</param>
/// <param name="Tls">What is wrong with the TLS that they speak.</param>
/// <param name="Languages">What is wrong with the languages of their pages.</param>
internal sealed record ListenersSeen(DateTimeOffset At, IReadOnlyList<LocalText> Apart, IReadOnlyList<LocalText> Tls, IReadOnlyList<LocalText> Languages);

/// <summary>
/// Looks at this process's own listeners, for all organizations at once and outside of any transaction. Not more often than hourly: it asks without having signed in, and each time the operator's
/// ledger counts it among the sign-ins that failed. Safe for concurrent use.
/// </summary>
internal sealed partial class ListenerWatch(IOwnListeners listeners, TimeProvider time, ILogger<ListenerWatch> log) : BackgroundService
{
    private static readonly LocalText Customers = new("Customers' listener", "L'écoute des clients"), Operator = new("The operator's listener", "L'écoute de l'opérateur");
    private static readonly TimeSpan First = TimeSpan.FromSeconds(20), Interval = TimeSpan.FromHours(1), Again = TimeSpan.FromMinutes(5);

    /// <summary>What was seen last; null before the first look.</summary>
    public ListenersSeen? Seen { get; private set; }

    /// <summary>What a check makes of it: these faults, or that all is well.</summary>
    public Observation Observed(Func<ListenersSeen, IReadOnlyList<LocalText>> faultsOf, LocalText well) =>
        Seen is not { } seen ? new Observation(null, new("Nobody has looked yet.", "Personne n'a encore regardé."))
        : (faultsOf(seen) is { Count: > 0 } faults
            ? new Observation(false, new(string.Join(" ", faults.Select(f => f.En)), string.Join(" ", faults.Select(f => f.Fr))))
            : new Observation(true, well)) with
        { ObservedAt = seen.At };

    /// <summary>Looks once.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var (customers, administration) = listeners.Find();
        var now = time.GetUtcNow();
        var apart = await ListenerProbe.LookAsync(customers, administration, ListenerProbe.HostAddresses(), cancellationToken);
        IReadOnlyList<LocalText> tls =
        [
            .. await TlsProbe.LookAsync(customers, Customers, now, cancellationToken),
            .. await TlsProbe.LookAsync(administration, Operator, now, cancellationToken),
        ];
        IReadOnlyList<LocalText> languages =
        [
            .. await LanguageProbe.LookAsync(customers, Customers, cancellationToken), .. await LanguageProbe.LookAsync(administration, Operator, cancellationToken),
        ];
        Seen = new ListenersSeen(now, apart, tls, languages);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var delay = First; ;)
        {
            await Task.Delay(delay, time, stoppingToken);
            try
            {
                await LookAsync(stoppingToken);
                delay = Interval;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested
                && e is HttpRequestException or SocketException or IOException or OperationCanceledException or AuthenticationException or InvalidOperationException)
            {
                // What was seen before becomes stale in time.
                NotSeen(e);
                delay = Again;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "This process's own listeners could not be looked at; looking again in a while.")]
    private partial void NotSeen(Exception exception);
}
