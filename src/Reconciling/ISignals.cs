using Npgsql;

namespace Beffroi.Reconciling;

/// <summary>How the rest of the platform tells reconcilers that there is something to do. Safe for concurrent use.</summary>
public interface ISignals
{
    /// <summary>
    /// Signals the work, creating its item if there is none, on the caller's connection and in its transaction if it has one: the signal
    /// becomes visible with whatever it is about. A signal is never lost: if the item is leased, it runs once more.
    /// </summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="key">Which work.</param>
    /// <param name="deadline">
    /// By when it ought to be settled; missing it raises an alert for a person. Null leaves the present deadline as it is.
    /// </param>
    /// <param name="cancellationToken">Stops waiting for the database.</param>
    Task SignalAsync(NpgsqlConnection connection, WorkKey key, TimeSpan? deadline = null, CancellationToken cancellationToken = default);
}
