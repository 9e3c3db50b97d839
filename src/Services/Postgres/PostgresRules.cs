using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Services.Postgres.Maintenance;
using Beffroi.Services.Postgres.Metrics;
using Beffroi.Services.Postgres.Parameters;
using Beffroi.Services.Postgres.Roles;

namespace Beffroi.Services.Postgres;

/// <summary>What a PostgreSQL may be asked to be. Every fault is named, not only the first.</summary>
internal static class PostgresRules
{
    private static readonly ByteSize Smallest = ByteSize.GiB(1);
    private static readonly ByteSize Largest = ByteSize.GiB(16 * 1024);

    /// <summary>Versions that can be had.</summary>
    public static IReadOnlyList<string> Versions { get; } = ["17"];

    /// <summary>How available it can be.</summary>
    public static IReadOnlyList<string> Availabilities { get; } = [PostgresKind.Single, "ha", PostgresKind.Strict];

    /// <summary>Every error in a request.</summary>
    public static IEnumerable<FieldError> Check(string name, PutResource<PostgresSpec> request)
    {
        if (ResourceName.Check("name", name) is { } badName)
        {
            yield return badName;
        }

        foreach (var error in LabelSelector.Check("labels", request.Labels ?? new Dictionary<string, string>()))
        {
            yield return error;
        }

        var errors = request.Spec is { } spec ? Check(spec)
            : [new FieldError("spec", "The spec is missing.", "an object with version, size, storage, deletionProtection and availability; {} takes the defaults")];
        foreach (var error in errors)
        {
            yield return error;
        }
    }

    /// <summary>Every error in a spec.</summary>
    public static IEnumerable<FieldError> Check(PostgresSpec spec)
    {
        if (!Versions.Contains(spec.Version))
        {
            yield return new FieldError("spec.version", "This version can't be had.", string.Join(", ", Versions));
        }

        if (!Availabilities.Contains(spec.Availability))
        {
            yield return new FieldError("spec.availability", "This availability doesn't exist.", string.Join(", ", Availabilities));
        }

        if (!PostgresSize.TryGet(spec.Size, out _))
        {
            yield return new FieldError("spec.size", "This size doesn't exist.", string.Join(", ", PostgresSize.All.Select(s => s.Name)));
        }

        if (!ByteSize.TryParse(spec.Storage, out var storage) || storage < Smallest || storage > Largest || storage.Bytes % ByteSize.MiB(1).Bytes != 0)
        {
            yield return new FieldError("spec.storage", "This storage size is not valid.", "1GiB to 16TiB in whole MiB, e.g. 10GiB");
        }

        foreach (var error in CheckBackup(spec.BackupOrDefault).Concat(ParameterRules.Check(spec)).Concat(CheckExtensions("spec.extensions", spec.Extensions ?? [])).Concat(RoleRules.Check(spec)).Concat(CheckNetworks(spec.AllowedNetworks ?? []))
            .Concat(CheckAuthorities(spec.ClientAuthorities ?? []))
            .Concat(MaintenanceHours.Check("spec.maintenanceWindow", spec.MaintenanceWindow)).Concat(AlertRules.Check(spec.Alerts ?? [])).Concat(CheckPooler(spec.Pooler)))
        {
            yield return error;
        }
    }

    /// <summary>Every error in a list of extensions.</summary>
    internal static IEnumerable<FieldError> CheckExtensions(string field, IReadOnlyList<string?> extensions)
    {
        if (extensions.Count > 2 * PostgresExtensions.Allowed.Count)
        {
            return [new FieldError(field, "These are more extensions than there are.", string.Join(", ", PostgresExtensions.Allowed))];
        }

        return extensions.Select((name, index) => name is not null && PostgresExtensions.Allowed.Contains(name) ? null : new FieldError(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{field}[{index}]"),
                "This extension can't be had: only those that give no way to files, programs or other roles' rights.", string.Join(", ", PostgresExtensions.Allowed)))
            .OfType<FieldError>();
    }

    private static IEnumerable<FieldError> CheckNetworks(IReadOnlyList<string?> networks) =>
        networks.Count > CustomerNetworks.Most
            ? [new FieldError("spec.allowedNetworks", "There are too many of them.", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at most {CustomerNetworks.Most}"))]
            : networks.Select((network, index) => CustomerNetworks.Parse(network) is not null ? null : new FieldError(
                    string.Create(System.Globalization.CultureInfo.InvariantCulture, $"spec.allowedNetworks[{index}]"), "This is no IPv4 network.",
                    "an address, e.g. 10.93.4.7, or a network without bits of a host, e.g. 10.93.4.0/24"))
                .OfType<FieldError>();

    private static IEnumerable<FieldError> CheckAuthorities(IReadOnlyList<string?> authorities) =>
        authorities.Count > CustomerAuthority.Most
            ? [new FieldError("spec.clientAuthorities", "There are too many of them.", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at most {CustomerAuthority.Most}"))]
            : authorities.Select((pem, index) => CustomerAuthority.Parse(pem) is not null ? null : new FieldError(
                    string.Create(System.Globalization.CultureInfo.InvariantCulture, $"spec.clientAuthorities[{index}]"), "This is no certificate of an authority.",
                    string.Create(
                        System.Globalization.CultureInfo.InvariantCulture,
                        $"one certificate in PEM and nothing beside it, self-signed, with CA:TRUE, with an RSA key of 2048 bits or more or an EC key; at most {CustomerAuthority.Longest} characters")))
                .OfType<FieldError>();

    private static IEnumerable<FieldError> CheckPooler(PostgresPoolerSpec? pooler)
    {
        if (pooler is not null && !CustomerPooler.Modes.Contains(pooler.Mode))
        {
            yield return new FieldError("spec.pooler.mode", "A pooler has no such mode.", string.Join(", ", CustomerPooler.Modes));
        }

        if (pooler?.MaxClients is < CustomerPooler.LeastClients or > CustomerPooler.MostClients)
        {
            yield return new FieldError(
                "spec.pooler.maxClients", "This value is out of range.",
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{CustomerPooler.LeastClients} to {CustomerPooler.MostClients}"));
        }
    }

    private static IEnumerable<FieldError> CheckBackup(PostgresBackupSpec backup)
    {
        (string Field, int Value, int Least, int Most)[] ranges =
        [
            ("retentionDays", backup.RetentionDays, 1, 3650), ("retentionFulls", backup.RetentionFulls, 1, 100), ("fullEveryDays", backup.FullEveryDays, 1, 31),
            ("incrementalEveryHours", backup.IncrementalEveryHours, 1, 24), ("drillEveryDays", backup.DrillEveryDays, 0, 365),
        ];
        return ranges.Where(r => r.Value < r.Least || r.Value > r.Most)
            .Select(r => new FieldError("spec.backup." + r.Field, "This value is out of range.", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{r.Least} to {r.Most}")));
    }

    /// <summary>
    /// A valid spec in the one form in which it is kept: storage and parameters in their largest exact unit, lists in order and each of them once,
    /// none of them as if they were left out.
    /// </summary>
    public static PostgresSpec Normal(PostgresSpec valid) => valid with
    {
        Storage = ByteSize.TryParse(valid.Storage, out var storage) ? storage.ToString() : valid.Storage,
        Parameters = ParameterRules.Normal(valid),
        Extensions = valid.Extensions is { Count: > 0 } extensions ? [.. extensions.Distinct().Order(StringComparer.Ordinal)] : null,
        Databases = RoleRules.Normal(valid.Databases),
        Roles = RoleRules.Normal(valid.Roles),
        AllowedNetworks = valid.AllowedNetworks is { Count: > 0 } networks
            ? [.. networks.Select(network => CustomerNetworks.Parse(network)!.Value).Distinct().OrderBy(network => network.ToString(), StringComparer.Ordinal).Select(network => network.ToString())]
            : null,
        ClientAuthorities = valid.ClientAuthorities is { Count: > 0 } authorities
            ? [.. authorities.Select(pem => CustomerAuthority.Parse(pem)!).DistinctBy(authority => authority.Sha256).OrderBy(authority => authority.Sha256, StringComparer.Ordinal).Select(authority => authority.Pem)]
            : null,
        Alerts = AlertRules.Normal(valid.Alerts),
    };

    /// <summary>Every field that can't be changed so.</summary>
    public static IEnumerable<FieldError> CheckChange(PostgresSpec before, PostgresSpec after)
    {
        if (before.Version != after.Version)
        {
            yield return new FieldError("spec.version", "The version can't be changed.", before.Version);
        }

        if (ByteSize.TryParse(before.Storage, out var had) && ByteSize.TryParse(after.Storage, out var wanted) && wanted < had)
        {
            yield return new FieldError("spec.storage", "Storage can grow but not shrink.", $"{before.Storage} to {Largest}");
        }
    }
}
