using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Usage;

/// <summary>The operator's price lists, in the store. Each method works on the caller's connection.</summary>
internal static class PriceTable
{
    private const decimal Largest = 1_000_000;
    private const int MostDecimals = 10;

    // An advisory lock: "bfpr" in ASCII.
    private const int DeclarationLock = 0x6266_7072;

    /// <summary>Those that held, hold or will hold, the oldest first.</summary>
    public static async Task<IReadOnlyList<PriceList>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Statement("select distinct on (holds_from) content, declared_at from platform.price_lists order by holds_from, id desc")
            .ListAsync(r => Shown(JsonSerializer.Deserialize(r.GetString(0), WireJson.Default.PutPriceList)!, r.GetFieldValue<DateTimeOffset>(1)), cancellationToken);

    /// <summary>As they are told.</summary>
    public static async Task<PriceLists> ShowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var lists = await ListAsync(connection, cancellationToken);
        var today = await TodayAsync(connection, cancellationToken);
        return new PriceLists(lists.LastOrDefault(l => l.From <= today), [.. lists.Reverse()]);
    }

    /// <summary>Declares a price list in the caller's transaction, or says what is wrong with it. Nothing that had a price gets another.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="wanted">It.</param>
    /// <param name="content">It, as it is kept.</param>
    /// <param name="by">Who declares it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<Problem?> DeclareAsync(NpgsqlConnection connection, PutPriceList wanted, string content, string by, CancellationToken cancellationToken)
    {
        await connection.Statement("select pg_advisory_xact_lock($1)", (long)DeclarationLock).RunAsync(cancellationToken);
        var errors = Check(wanted, await ListAsync(connection, cancellationToken), await TodayAsync(connection, cancellationToken));
        if (errors.Count > 0)
        {
            return Problem.Invalid(errors);
        }

        await connection.Statement("insert into platform.price_lists (holds_from, content, declared_by) values ($1, $2, $3)", wanted.From, content, by).RunAsync(cancellationToken);
        return null;
    }

    /// <summary>What is wrong with a price list that is declared on a day, beside those that there are. Pure.</summary>
    internal static IReadOnlyList<FieldError> Check(PutPriceList wanted, IReadOnlyList<PriceList> lists, DateOnly today)
    {
        var earliest = lists.Any(l => l.From <= today) ? today.AddDays(1) : today;
        FieldError?[] errors =
        [
            wanted.From < earliest || wanted.From > today.AddYears(10)
                ? new FieldError("from", "A price list is not declared for the past, nor for a day that has one already begun.", $"{earliest:yyyy-MM-dd} or later, within ten years") : null,
            wanted.Currency is not { Length: 3 } || !wanted.Currency.All(char.IsAsciiLetterUpper) ? new FieldError("currency", "This is not a currency.", "three capital letters, e.g. EUR")
                : lists.FirstOrDefault(l => l.From != wanted.From)?.Currency is { } currency && currency != wanted.Currency
                    ? new FieldError("currency", "Other price lists are in another currency, and sums over both would be of neither.", currency) : null,
            Price("cpuHour", wanted.CpuHour), Price("memoryGiBHour", wanted.MemoryGiBHour), Price("storageGiBHour", wanted.StorageGiBHour), Price("backupGiBHour", wanted.BackupGiBHour),
        ];
        return [.. errors.OfType<FieldError>()];
    }

    private static FieldError? Price(string field, decimal? price) =>
        price is not { } number || number is < 0 or > Largest || decimal.Round(number, MostDecimals) != number ? new FieldError(field, "This price is not possible.", "0 to 1000000, at most ten decimals") : null;

    private static PriceList Shown(PutPriceList l, DateTimeOffset at) => new(l.From, l.Currency, l.CpuHour ?? 0, l.MemoryGiBHour ?? 0, l.StorageGiBHour ?? 0, l.BackupGiBHour ?? 0, at);

    private static async Task<DateOnly> TodayAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.Statement("select (now() at time zone 'UTC')::date").ListAsync(r => r.GetFieldValue<DateOnly>(0), cancellationToken))[0];
}
