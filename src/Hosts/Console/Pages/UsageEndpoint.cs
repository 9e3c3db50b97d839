using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A month of the organization's, divided in three ways.</summary>
internal sealed record UsageMonth(DateOnly Month, bool Last, UsageReport Days, UsageReport Spaces, UsageReport Resources);

/// <summary>What the organization used in a month, and what it costs.</summary>
internal static class UsageEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var now = DateTime.UtcNow;
        var present = new DateOnly(now.Year, now.Month, 1);
        var month = DateOnly.TryParseExact(visit.Query("month") + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var asked) && asked.Year >= 2000 && asked <= present ? asked : present;
        var days = ReportAsync("day");
        var spaces = ReportAsync("space");
        var resources = ReportAsync("resource");
        var prices = visit.Api.GetAsync("/v1/price-list", WireJson.Default.PriceLists);
        return new HtmlPage<UsagePage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.UsageAndCost, Path = "/console/usage?month=" + month.ToString("yyyy-MM", CultureInfo.InvariantCulture) },
            ["Seen"] = new UsageMonth(month, month == present, await days, await spaces, await resources),
            ["Prices"] = await prices,
        });

        Task<UsageReport> ReportAsync(string by) => visit.Api.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"{visit.Root}/usage?since={month:yyyy-MM-dd}&until={month.AddMonths(1):yyyy-MM-dd}&by={by}"), WireJson.Default.UsageReport);
    }

    /// <summary>What was used this month; null where this person may not see it.</summary>
    /// <param name="visit">Whose.</param>
    /// <param name="of">The organization, or a space, as the API has it.</param>
    /// <param name="by">How it is divided.</param>
    public static async Task<UsageReport?> ThisMonthAsync(Visit visit, string of, string by)
    {
        try
        {
            return await visit.Api.GetAsync(of + "/usage?by=" + by, WireJson.Default.UsageReport);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 404)
        {
            return null;
        }
    }
}
