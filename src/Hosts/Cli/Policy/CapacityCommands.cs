using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Policy;

/// <summary><c>operator zone list|capacity|images</c>: which zones there are, what their hosts have, and what instances are made from.</summary>
internal static class CapacityCommands
{
    private const string Zones = "/operator/v1/zones";

    public static Command List(GlobalOptions options, Terminal terminal) =>
        options.Run(terminal, new Command("list", "List the zones with what is declared of each"), async (session, _, token) =>
        {
            Check(session);
            var page = await session.Api.GetAsync(Zones, ApiClient.Wire.PageZone, token);
            session.Results.List(
                page.Items, wire => wire.Zone, "There are no zones.", ["NAME", "OPERATOR", "COUNTRY", "ISOLATION", "HOLDS", "DECLARED"],
                z => [z.Name, z.Declaration.Operator, z.Declaration.Country, z.Declaration.Isolation, Holds(z.Declaration), z.ChangedAt?.ToString("u", CultureInfo.InvariantCulture) ?? "never"]);
            return ExitCode.Ok;
        });

    public static Command Capacity(GlobalOptions options, Terminal terminal)
    {
        var name = Name();
        return options.Run(terminal, new Command("capacity", "Show a zone's hosts with what they have and what is used, and what was admitted and promised of it") { name }, async (session, result, token) =>
        {
            Check(session);
            var capacity = await session.Api.GetAsync($"{Zones}/{Uri.EscapeDataString(result.GetRequiredValue(name))}/capacity", ApiClient.Wire.ZoneCapacity, token);
            session.Results.Value(capacity, wire => wire.ZoneCapacity, writer => Write(writer, capacity, session.Terminal.Interactive));
            return ExitCode.Ok;
        });
    }

    public static Command Images(GlobalOptions options, Terminal terminal)
    {
        var name = Name();
        return options.Run(terminal, new Command("images", "List the images on a zone's hosts: when each was built, with which versions, and how many instances have it") { name }, async (session, result, token) =>
        {
            Check(session);
            var page = await session.Api.GetAsync($"{Zones}/{Uri.EscapeDataString(result.GetRequiredValue(name))}/images", ApiClient.Wire.PageZoneImage, token);
            session.Results.List(
                page.Items, wire => wire.ZoneImage, "No image is known yet: no host has been heard.", ["IMAGE", "DIGEST", "FOR NEW", "BUILT", "DEBIAN", "POSTGRESQL", "AGENT", "INSTANCES"],
                i => [i.Kind ?? "older", i.Digest[..Math.Min(12, i.Digest.Length)], i.Current ? "yes" : "no", i.BuiltAt?.ToString("u", CultureInfo.InvariantCulture), i.Debian, i.Postgres, i.Agent, Number(i.Instances)]);
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Name() => new("name") { Description = "The zone's name", DefaultValueFactory = _ => "local" };

    private static void Check(Session session)
    {
        if (!session.IsOperator)
        {
            throw new CliException("Only the operator's people see this: use a context of theirs, e.g. --context admin.", ExitCode.Usage);
        }
    }

    private static void Write(TextWriter writer, ZoneCapacity capacity, bool styled)
    {
        var (hosts, allocated, promised) = (capacity.Hosts, capacity.Allocated, capacity.Promised);
        Columns.Write(writer, styled, ["HOST", "STATE", "HEARD", "LOAD", "CPUS", "MEMORY FREE", "OF", "STORAGE FREE", "OF", "INSTANCES", "SYSTEM", "INCUS", "BEFFROI"], hosts.Select(h => new string?[]
        {
            h.Name, h.State, h.HeardAt.ToString("u", CultureInfo.InvariantCulture), h.Load.ToString("0.0", CultureInfo.InvariantCulture), Number(h.Cpus), Columns.Size(h.MemoryAvailableBytes), Columns.Size(h.MemoryBytes),
            Columns.Size(h.StorageAvailableBytes), Columns.Size(h.StorageBytes), $"{Number(h.InstancesRunning)} of {Number(h.Instances)}", h.Versions.System, h.Versions.Incus, h.Versions.Program,
        }));
        writer.WriteLine();
        Columns.Write(writer, styled, [capacity.Zone, "HOSTS HAVE", "ADMITTED", "PROMISED"],
        [
            ["CPUs", Number(hosts.Sum(h => h.Cpus)), Number(allocated.Cpus), promised.Cpus is { } cpus ? Number(cpus) : "no limit"],
            ["memory", Columns.Size(hosts.Sum(h => h.MemoryBytes)), Columns.Size(allocated.MemoryBytes), promised.MemoryBytes is { } memory ? Columns.Size(memory) : "no limit"],
            ["storage", Columns.Size(hosts.Sum(h => h.StorageBytes)), Columns.Size(allocated.StorageBytes), promised.StorageBytes is { } storage ? Columns.Size(storage) : "no limit"],
            ["networks for spaces", Number(capacity.MostSpaces), Number(capacity.Spaces), null],
            .. allocated.Resources.Select(r => new string?[] { r.Key, null, Number(r.Value), null }),
        ]);
        writer.WriteLine();
        writer.WriteLine(Columns.Printable(string.Create(CultureInfo.InvariantCulture, $"{capacity.Organizations} organizations; {capacity.Agents.Known - capacity.Agents.Silent} of {capacity.Agents.Known} agents heard.")));
    }

    private static string? Holds(ZoneDeclaration declared) =>
        declared.Qualifications is { Count: > 0 } held ? string.Join(", ", held.Select(q => $"{q.Kind} until {q.Until.ToString("O", CultureInfo.InvariantCulture)}")) : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
