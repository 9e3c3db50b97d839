namespace Beffroi.Infrastructure.Incus;

/// <summary>
/// Incus looks at every interface of the host when it makes or removes a bridge, and gives up if one disappears meanwhile, as one does whenever an
/// instance of anyone stops. Nothing is wrong then, and the next attempt does it.
/// </summary>
internal static class Disturbance
{
    private const int MostAttempts = 5;

    /// <summary>Does it, again while others disturb it.</summary>
    /// <exception cref="IncusException">It failed for another reason, or five times.</exception>
    public static async Task OutlastAsync(Func<Task> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await change();
                return;
            }
            catch (IncusException e) when (attempt < MostAttempts && e.Message.Contains("bridge children interfaces", StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), cancellationToken);
            }
        }
    }
}
