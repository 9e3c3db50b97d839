namespace Beffroi.Agent;

/// <summary>Wakes one waiting loop; any number of calls before it waits count as one. Safe for concurrent use.</summary>
internal sealed class Change : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

    internal void Notify()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Notified already.
        }
    }

    /// <summary>Returns at the next change, or after <paramref name="atLatest"/>.</summary>
    internal Task WaitAsync(TimeSpan atLatest, CancellationToken cancellationToken) => _signal.WaitAsync(atLatest, cancellationToken);

    public void Dispose() => _signal.Dispose();
}
