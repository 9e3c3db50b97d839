using System.Net;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>How this node's PostgreSQL answers who speaks what it should not: looked at every six hours, and when it presents another certificate.</summary>
internal sealed class ListenerLook(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(6);

    private string _with = "";
    private DateTimeOffset _due;

    /// <summary>What was seen last; null before the first time.</summary>
    internal PostgresFacts.Types.Listener? Seen { get; private set; }

    /// <summary>What was seen last, after a look if that is due.</summary>
    /// <param name="configuration">Where it listens.</param>
    /// <param name="certificate">The SHA-256 of the certificate that it should present.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task<PostgresFacts.Types.Listener?> FindAsync(PostgresConfiguration configuration, ReadOnlyMemory<byte> certificate, CancellationToken cancellationToken)
    {
        var (now, with) = (time.GetUtcNow(), configuration.ListenAddress + Convert.ToHexString(certificate.Span));
        if ((now >= _due || with != _with) && await TlsProbe.LookAsync(IPAddress.Parse(configuration.ListenAddress), cancellationToken) is { } seen)
        {
            seen.LookedAt = now.ToUnixTimeSeconds();
            (Seen, _with, _due) = (seen, with, now + Interval);
        }

        return Seen;
    }
}
