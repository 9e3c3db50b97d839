using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>The price lists, declaring one, and what each organization used this month, in sums.</summary>
internal static class PricesEndpoint
{
    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, null, null);

    public static async Task<IResult> DeclareAsync(Visit visit)
    {
        var form = PriceForm.Of(await visit.FormAsync());
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(OperatorApi.Root + "/price-list", form.List, WireJson.Default.PutPriceList, WireJson.Default.PriceLists), "/console/prices",
            problem => ShowAsync(visit, form, problem));
    }

    private static async Task<IResult> ShowAsync(Visit visit, PriceForm? typed, ProblemDocument? problem)
    {
        var usage = OperatorApi.AllowedAsync(visit, OperatorApi.Root + "/usage", WireJson.Default.MonthlyUsage);
        var prices = await visit.Api.GetAsync(OperatorApi.Root + "/price-list", WireJson.Default.PriceLists);
        return new HtmlPage<PricesPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.PriceLists, Path = "/console/prices" },
            ["Prices"] = prices,
            ["Usage"] = await usage,
            ["Typed"] = typed ?? PriceForm.Of(prices.Lists is [var newest, ..] ? newest : null),
            ["Problem"] = problem,
        });
    }
}

/// <summary>A price list as it was typed in. What is wrong with it, the API says.</summary>
internal sealed record PriceForm(string From, string Currency, string Cpu, string Memory, string Storage, string Backup)
{
    /// <summary>With the prices that were declared last, to be changed.</summary>
    public static PriceForm Of(PriceList? last) => last is null
        ? new("", "EUR", "", "", "", "")
        : new("", last.Currency, Plain(last.CpuHour), Plain(last.MemoryGiBHour), Plain(last.StorageGiBHour), Plain(last.BackupGiBHour));

    public static PriceForm Of(Func<string, string> field) => new(field("from"), field("currency"), field("cpu"), field("memory"), field("storage"), field("backup"));

    /// <summary>A day or price that is none is one that the API refuses with what is allowed.</summary>
    public PutPriceList List => new(
        DateOnly.TryParseExact(From, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : DateOnly.MinValue, Currency, Number(Cpu), Number(Memory), Number(Storage), Number(Backup));

    private static string Plain(decimal price) => price.ToString("0.##########", CultureInfo.InvariantCulture);

    // A comma is how French has it.
    private static decimal Number(string text) => decimal.TryParse(text.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
