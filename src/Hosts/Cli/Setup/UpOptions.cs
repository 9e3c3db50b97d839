using System.Net;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>What <c>up</c> was told this time; null where it was not, so that what an earlier one was told stays.</summary>
internal sealed record UpOptions(
    string? Sources,
    int? ApiPort,
    int? AgentPort,
    int? AdminPort,
    string? Pool,
    string? PoolSize,
    string? SpaceRange,
    string? Store,
    int? Spares,
    IReadOnlyList<string>? OutboundNetworks,
    bool NoDemonstration)
{
    private static readonly IPNetwork[] Private = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16")];

    public UpRecord ApplyTo(UpRecord record, Installation installation)
    {
        var sources = Sources ?? record.Sources;
        if (sources is null || !File.Exists(sources + "/eng/packages"))
        {
            throw new CliException("`up` builds from the checkout: run ./beffroi up there.", ExitCode.Usage);
        }

        RefuseChange("--space-range", record.SpaceRange, SpaceRange, installation);
        RefuseChange("--pool", record.Pool ?? "one of its own", Pool, installation);
        if (Store is not null)
        {
            var connection = ReadConnection(Store);
            Directory.CreateDirectory(installation.Configuration);
            PrivateFiles.WriteIfDifferent(ConfigurationFiles.ExternalStoreFile(installation), connection + "\n");
        }

        return record with
        {
            Sources = sources,
            ApiPort = ApiPort ?? record.ApiPort,
            AgentPort = AgentPort ?? record.AgentPort,
            AdminPort = AdminPort ?? record.AdminPort,
            Pool = Pool ?? record.Pool,
            PoolSize = PoolSize ?? record.PoolSize,
            SpaceRange = SpaceRange ?? record.SpaceRange,
            Spares = Spares ?? record.Spares,
            OutboundNetworks = OutboundNetworks ?? record.OutboundNetworks,
            ExternalStore = Store is not null || record.ExternalStore,
            Demonstration = record.Demonstration && !NoDemonstration,
        };
    }

    /// <summary>Whether this is a private range (RFC 1918) of /8 to /24, in its canonical form.</summary>
    public static bool IsSpaceRange(string text) =>
        IPNetwork.TryParse(text, out var range) && range.PrefixLength is >= 8 and <= 24 && range.ToString() == text
        && Private.Any(p => p.Contains(range.BaseAddress));

    // What has databases in it already can't be moved by an option.
    private static void RefuseChange(string option, string before, string? now, Installation installation)
    {
        if (now is not null && now != before && UpRecord.Load(installation) is not null)
        {
            throw new CliException($"{option} is {before} in this installation and can't be changed afterwards.", ExitCode.Refused);
        }
    }

    /// <summary>What <c>--store</c> names: @FILE or a variable, so that a password is in no process list.</summary>
    /// <exception cref="CliException">There is no such file or variable, or nothing in it.</exception>
    public static string ReadConnection(string source)
    {
        string? text;
        try
        {
            text = source.StartsWith('@') ? File.ReadAllText(source[1..]) : Environment.GetEnvironmentVariable(source);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException($"--store: {source[1..]} can't be read: {e.Message}", ExitCode.Usage);
        }

        return text?.Trim() is { Length: > 0 } connection
            ? connection
            : throw new CliException("--store takes @FILE, or the name of an environment variable, that holds the connection string.", ExitCode.Usage);
    }
}
