using System.Diagnostics;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>Waits for the page that a press leads to.</summary>
internal static class Navigation
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Does something that leads to another page, or to the same anew; the answer that is shown at its end.</summary>
    public static async Task<IResponse> FollowAsync(this IPage page, Func<Task> press)
    {
        // The answer is there before the page is: by this mark the one before is known.
        await page.EvaluateAsync("() => { window.before = true }");
        IResponse answer;
        try
        {
            answer = await page.RunAndWaitForResponseAsync(press, r => r.Request.IsNavigationRequest && r.Status != 303);
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException($"Nothing came of a press on {page.Url}: {await page.EvaluateAsync<string>("() => document.body.innerText")}", failure);
        }

        for (var begun = Stopwatch.StartNew(); begun.Elapsed < Patience; await Task.Delay(20))
        {
            try
            {
                if (await page.EvaluateAsync<bool>("() => !window.before && document.readyState === 'complete'"))
                {
                    return answer;
                }
            }
            catch (PlaywrightException)
            {
                // The page went while it was asked.
            }
        }

        throw new TimeoutException($"No page came after {page.Url}.");
    }
}
