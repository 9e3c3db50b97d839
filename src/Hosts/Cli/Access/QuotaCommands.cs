using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>quota</c>: how much there may be, and how much there is.</summary>
internal static class QuotaCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Of this organization as a whole [without it: of the space]", HelpName = "NAME" };
        var cpus = new Option<long?>("--cpus") { Description = "The most CPUs [no limit]", HelpName = "N" };
        var memory = new Option<string?>("--memory") { Description = "The most memory, e.g. 64GiB [no limit]", HelpName = "SIZE" };
        var storage = new Option<string?>("--storage") { Description = "The most storage of data volumes, e.g. 2TiB [no limit]", HelpName = "SIZE" };
        var resources = new Option<string[]>("--resources") { Description = "The most resources of a kind, e.g. postgres=10; can be repeated [no limit]", HelpName = "KIND=N" };
        resources.Validators.Add(result =>
        {
            if ((result.GetValueOrDefault<string[]>() ?? []).Any(text => Pair(text) is null))
            {
                result.AddError("--resources: KIND=N, e.g. postgres=10.");
            }
        });
        return new Command("quota", "Quotas: the operator sets an organization's (--organization, in a context of the operator's), its administrators set its spaces'")
        {
            options.Run(terminal, new Command("show", "Show a quota and what is used of it") { organization }, async (session, result, token) =>
            {
                Show(session, await session.Api.GetAsync(Path(session, result.GetValue(organization)), ApiClient.Wire.Quota, token));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("set", "Set a quota, all of it: what is left out has no limit") { organization, cpus, memory, storage, resources }, async (session, result, token) =>
            {
                var limits = new QuotaLimits(
                    result.GetValue(cpus), result.GetValue(memory), result.GetValue(storage),
                    (result.GetValue(resources) ?? []).Select(text => Pair(text)!.Value).ToDictionary(p => p.Kind, p => p.Most));
                var made = await session.Api.ChangeAsync(
                    HttpMethod.Put, Path(session, result.GetValue(organization)), limits, ApiClient.Wire.QuotaLimits, ApiClient.Wire.Quota, Preconditions.None, token);
                Show(session, made!);
                return ExitCode.Ok;
            }),
        };
    }

    private static string Path(Session session, string? organization) =>
        (organization is null ? Paths.Space(session.Space)
            : session.IsOperator ? Paths.OperatorOrganization(organization)
            : Paths.Organization(organization)) + "/quota";

    private static (string Kind, long Most)? Pair(string text) =>
        text.Split('=') is [{ Length: > 0 } kind, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? (kind, most) : null;

    private static void Show(Session session, Quota quota) =>
        session.Results.Value(quota, wire => wire.Quota, writer =>
        {
            var kinds = (quota.Limits.Resources?.Keys ?? []).Union(quota.Used.Resources.Keys).Order(StringComparer.Ordinal);
            Columns.Write(writer, session.Terminal.Interactive, ["", "USED", "LIMIT"],
            [
                ["CPUs", quota.Used.Cpus.ToString(CultureInfo.InvariantCulture), quota.Limits.Cpus?.ToString(CultureInfo.InvariantCulture) ?? "none"],
                ["memory", quota.Used.Memory, quota.Limits.Memory ?? "none"],
                ["storage", quota.Used.Storage, quota.Limits.Storage ?? "none"],
                .. kinds.Select(kind => new string?[]
                {
                    kind, quota.Used.Resources.GetValueOrDefault(kind).ToString(CultureInfo.InvariantCulture),
                    quota.Limits.Resources is { } limits && limits.TryGetValue(kind, out var most) ? most.ToString(CultureInfo.InvariantCulture) : "none",
                }),
            ]);
        });
}
