namespace Beffroi.Reconciling.Tests;

internal static class Waiting
{
    /// <summary>Waits until it holds, at most 20 s, then fails saying what was waited for.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
        {
            Assert.False(limit.IsCancellationRequested, "Not within 20 s: " + what);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public static Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), what);
}
