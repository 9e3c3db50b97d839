using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Usage;

/// <summary><c>usage</c>: what was taken, and what it costs. <c>operator usage</c>: the same of each organization, in sums.</summary>
internal static class UsageCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Of this organization as a whole [without it: of the space]", HelpName = "NAME" };
        var since = new Option<string?>("--since") { Description = "From this day or whole hour (UTC) on, e.g. 2026-11-01 or 2026-11-01T08:00:00Z [the beginning of the month]", HelpName = "TIME" };
        var until = new Option<string?>("--until") { Description = "Up to the beginning of this day or hour (UTC) [now]", HelpName = "TIME" };
        var by = new Option<string>("--by") { Description = "total, space, resource, day or hour", DefaultValueFactory = _ => "resource" };
        by.AcceptOnlyFromAmong("total", "space", "resource", "day", "hour");
        return options.Run(
            terminal, new Command("usage", "Show what a space or an organization used, hour by hour as it was recorded, and what that costs") { organization, since, until, by },
            async (session, result, token) =>
            {
                var path = (result.GetValue(organization) is { } name ? Paths.Organization(name) : Paths.Space(session.Space)) + "/usage?by=" + result.GetRequiredValue(by)
                    + Parameter("since", result.GetValue(since)) + Parameter("until", result.GetValue(until));
                var report = await session.Api.GetAsync(path, ApiClient.Wire.UsageReport, token);
                session.Results.Value(report, wire => wire.UsageReport, writer => Write(writer, report, session.Terminal.Interactive));
                return ExitCode.Ok;
            });
    }

    public static Command OfOrganizations(GlobalOptions options, Terminal terminal)
    {
        var month = new Option<string?>("--month") { Description = "Which, e.g. 2026-11 [the present one]", HelpName = "MONTH" };
        return options.Run(terminal, new Command("usage", "Show what each organization used in a month, in sums, for its invoice") { month }, async (session, result, token) =>
        {
            PriceListCommands.CheckOperator(session);
            var usage = await session.Api.GetAsync("/operator/v1/usage" + (result.GetValue(month) is { } m ? "?month=" + Uri.EscapeDataString(m) : ""), ApiClient.Wire.MonthlyUsage, token);
            session.Results.Value(usage, wire => wire.MonthlyUsage, writer =>
            {
                Columns.Write(
                    writer, session.Terminal.Interactive, ["ORGANIZATION", "CPU HOURS", "MEMORY GIB-H", "STORAGE GIB-H", "BACKUP GIB-H", "COST"],
                    usage.Organizations.Select(o => new string?[]
                    {
                        o.Organization, Number(o.CpuHours), Number(o.MemoryGiBHours), Number(o.StorageGiBHours), Number(o.BackupGiBHours), Cost(o.Cost, usage.Currency),
                    }));
                Recorded(writer, usage.RecordedFrom, usage.RecordedUntil, usage.Organizations.Sum(o => o.UnpricedHours), usage.Organizations.Sum(o => o.BackupUnknownHours));
            });
            return ExitCode.Ok;
        });
    }

    private static void Write(TextWriter writer, UsageReport report, bool styled)
    {
        IEnumerable<UsagePart> total = [new UsagePart("total", null, null, null, null, report.Total)];
        Columns.Write(
            writer, styled,
            [
                report.By switch { "resource" => "RESOURCE", "space" => "SPACE", "day" or "hour" => "FROM", _ => "" },
                "CPU HOURS", "MEMORY GIB-H", "STORAGE GIB-H", "BACKUP GIB-H", "RUNNING H", "STOPPED H", "COST",
            ],
            report.Parts.Concat(total).Select(p => new string?[]
            {
                Name(p), Number(p.Amounts.CpuHours), Number(p.Amounts.MemoryGiBHours), Number(p.Amounts.StorageGiBHours), Number(p.Amounts.BackupGiBHours), Number(p.Amounts.RunningHours),
                Number(p.Amounts.StoppedHours), Cost(p.Amounts.Cost, report.Currency),
            }));
        Recorded(writer, report.RecordedFrom, report.RecordedUntil, report.Total.UnpricedHours, report.Total.BackupUnknownHours);
    }

    private static string? Name(UsagePart part) =>
        part.From is { } from ? from.ToString("u", CultureInfo.InvariantCulture) : part.Name is null ? part.Space : $"{part.Space}/{part.Kind}/{part.Name}";

    private static void Recorded(TextWriter writer, DateTimeOffset from, DateTimeOffset until, decimal unpriced, decimal unknown)
    {
        writer.WriteLine();
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Recorded from {from:u} up to {until:u}. Nothing is known of before."));
        if (unpriced > 0)
        {
            writer.WriteLine($"Hours of resources in which no price held: {Number(unpriced)}. They are in no cost.");
        }

        if (unknown > 0)
        {
            writer.WriteLine($"Hours of resources of which it is not known what their backups took: {Number(unknown)}. They are in no sum of backups.");
        }
    }

    private static string Parameter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static string Number(decimal number) => number.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Cost(decimal? cost, string? currency) => cost is { } amount ? Number(amount) + " " + currency : "no price";
}
