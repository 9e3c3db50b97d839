using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary><c>ledger witness</c> and <c>ledger forward</c>: who cosigns the log, and where its entries are sent.</summary>
internal static class ReceiverCommands
{
    public static Command Witness(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The witness's name in the list" };
        var url = new Option<string>("--url") { Description = "Its address (submission prefix of C2SP tlog-witness)", Required = true, HelpName = "URL" };
        var key = new Option<string>("--key") { Description = "Its key, NAME+ID+BASE64, or a file with it", Required = true, HelpName = "KEY|FILE" };
        var ca = Authority();
        return new Command(
            "witness",
            "Witnesses: independent parties that cosign the log's checkpoints, each only if it continues what they cosigned before. "
            + "Whoever demands their signatures (`ledger verify --witness`) can't be shown another past than everyone else. Anyone can be one: `beffroi witness run`.")
        {
            options.Run(terminal, new Command("list", "List the log's witnesses, and how it goes"), async (session, _, token) =>
            {
                var page = await session.Api.GetAsync(ApiLog.PathOf(session) + "/witnesses", ApiClient.Wire.PageLedgerWitness, token);
                session.Results.List(page.Items, wire => wire.LedgerWitness, "The log has no witnesses.", ["NAME", "URL", "COSIGNED", "AT", "PROBLEM"], w =>
                    [w.Name, w.Url, w.CosignedSize.ToString(CultureInfo.InvariantCulture), Time(w.CosignedAt), w.Error]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("set", "Have a witness cosign the log, or change its address or key; it must be told the log's key first") { name, url, key, ca }, async (session, result, token) =>
            {
                var given = result.GetRequiredValue(key);
                var put = new PutLedgerWitness(result.GetRequiredValue(url), File.Exists(given) ? File.ReadAllText(given).Trim() : given, InputFiles.ReadTextIfNamed(result.GetValue(ca)));
                var made = await session.Api.ChangeAsync(
                    HttpMethod.Put, One(ApiLog.PathOf(session) + "/witnesses", result.GetRequiredValue(name)), put,
                    ApiClient.Wire.PutLedgerWitness, ApiClient.Wire.LedgerWitness, Preconditions.None, token);
                session.Results.Value(made!, wire => wire.LedgerWitness, writer => writer.WriteLine($"{made!.Name} is asked to cosign the log; see `beffroi ledger witness list`."));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Ask a witness no more; what it cosigned stays valid") { name }, (session, result, token) => Removal.RunAsync(
                session, ApiLog.PathOf(session) + "/witnesses", result.GetRequiredValue(name), ApiClient.Wire.PageLedgerWitness, $"{result.GetValue(name)} is not asked any more.", token)),
        };
    }

    public static Command Forward(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The receiver's name in the list" };
        var url = new Option<string>("--url") { Description = "syslog+tls://HOST[:PORT] (RFC 5424, RFC 5425), or https://… for JSON lines", Required = true, HelpName = "URL" };
        var ca = Authority();
        var fromStart = new Option<bool>("--from-start") { Description = "First send all that the log holds [only what comes from now on]" };
        return new Command("forward", "Forward the log's entries as they come, e.g. to a SIEM: each at least once and in order, also after the receiver was away")
        {
            options.Run(terminal, new Command("list", "List where the log is forwarded, and how it goes"), async (session, _, token) =>
            {
                var page = await session.Api.GetAsync(ApiLog.PathOf(session) + "/forwards", ApiClient.Wire.PageLedgerForward, token);
                session.Results.List(page.Items, wire => wire.LedgerForward, "The log is forwarded nowhere.", ["NAME", "URL", "WAITING", "DELIVERED", "PROBLEM"], f =>
                    [f.Name, f.Url, f.Waiting.ToString(CultureInfo.InvariantCulture), Time(f.DeliveredAt), f.Error]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("set", "Forward the log there, or change where it goes; a new webhook's secret is shown once") { name, url, ca, fromStart }, async (session, result, token) =>
            {
                var put = new PutLedgerForward(result.GetRequiredValue(url), InputFiles.ReadTextIfNamed(result.GetValue(ca)), result.GetValue(fromStart));
                var made = await session.Api.ChangeAsync(
                    HttpMethod.Put, One(ApiLog.PathOf(session) + "/forwards", result.GetRequiredValue(name)), put,
                    ApiClient.Wire.PutLedgerForward, ApiClient.Wire.LedgerForward, Preconditions.None, token);
                session.Results.Value(made!, wire => wire.LedgerForward, writer =>
                {
                    writer.WriteLine($"The log is forwarded to {made!.Url}; see `beffroi ledger forward list`.");
                    if (made.Secret is not null)
                    {
                        writer.WriteLine($"The secret that signs what is sent, shown only now: {made.Secret}");
                    }
                });
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Forward there no more") { name }, (session, result, token) => Removal.RunAsync(
                session, ApiLog.PathOf(session) + "/forwards", result.GetRequiredValue(name), ApiClient.Wire.PageLedgerForward, $"The log is not forwarded to {result.GetValue(name)} any more.", token)),
        };
    }

    private static Option<string?> Authority() =>
        new("--ca") { Description = "The certificate authority of its TLS certificate [the server's own trusted ones]", HelpName = "FILE" };

    private static string One(string path, string name) => path + "/" + Uri.EscapeDataString(name);

    private static string? Time(DateTimeOffset? at) => at?.ToString("u", CultureInfo.InvariantCulture);
}
