using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Usage;

/// <summary><c>price-list</c> and <c>operator price-list</c>: what things cost, as the operator declares it.</summary>
internal static class PriceListCommands
{
    private const string Path = "/v1/price-list";

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var file = new Option<string>("--file") { Description = "The price list, as JSON (see the operator's guide)", HelpName = "FILE", Required = true };
        return new Command("price-list", "What things cost: every customer can read it, and usage is priced by it")
        {
            Show(options, terminal, "show", "Show the price lists, the newest first"),
            options.Run(terminal, new Command("declare", "Declare what things cost from a day on, all of it: nothing that had a price gets another") { file }, async (session, result, token) =>
            {
                CheckOperator(session);
                var wanted = await JsonFile.ReadAsync(result.GetRequiredValue(file), WireJson.Default.PutPriceList, "a price list", token);
                Write(session, (await session.Api.ChangeAsync(HttpMethod.Put, "/operator" + Path, wanted, ApiClient.Wire.PutPriceList, ApiClient.Wire.PriceLists, Preconditions.None, token))!);
                return ExitCode.Ok;
            }),
        };
    }

    public static Command Show(GlobalOptions options, Terminal terminal, string verb, string description) =>
        options.Run(terminal, new Command(verb, description), async (session, _, token) =>
        {
            Write(session, await session.Api.GetAsync(session.Root + Path, ApiClient.Wire.PriceLists, token));
            return ExitCode.Ok;
        });

    /// <exception cref="CliException">The context is a customer's.</exception>
    internal static void CheckOperator(Session session)
    {
        if (!session.IsOperator)
        {
            throw new CliException("Only the operator's people do this: use a context of theirs, e.g. --context admin.", ExitCode.Usage);
        }
    }

    private static void Write(Session session, PriceLists prices) => session.Results.Value(prices, wire => wire.PriceLists, writer =>
    {
        if (prices.Lists.Count == 0)
        {
            writer.WriteLine("No price list is declared: nothing has a price.");
            return;
        }

        Columns.Write(writer, session.Terminal.Interactive, ["FROM", "HOLDS", "CURRENCY", "CPU-HOUR", "MEMORY GIB-HOUR", "STORAGE GIB-HOUR", "BACKUP GIB-HOUR", "DECLARED"], prices.Lists.Select(l => new string?[]
        {
            l.From.ToString("O", CultureInfo.InvariantCulture), l == prices.Current ? "now" : prices.Current is null || l.From > prices.Current.From ? "later" : "no more", l.Currency,
            Price(l.CpuHour), Price(l.MemoryGiBHour), Price(l.StorageGiBHour), Price(l.BackupGiBHour), l.DeclaredAt.ToString("u", CultureInfo.InvariantCulture),
        }));
    });

    private static string Price(decimal price) => price.ToString("0.##########", CultureInfo.InvariantCulture);
}
