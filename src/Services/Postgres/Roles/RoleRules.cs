using System.Globalization;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres.Roles;

/// <summary>What roles and databases a spec may have. Every fault is named, not only the first.</summary>
internal static class RoleRules
{
    /// <summary>The most roles, and the most databases, of one PostgreSQL.</summary>
    internal const int Most = 100;

    private const int MostConnections = 10_000;
    private const string NameForm = "1 to 63 of a-z, 0-9 and _, beginning with a letter; not app, postgres, template0, template1, public or none, and not beginning with pg_ or beffroi_";

    /// <summary>Every error.</summary>
    internal static IEnumerable<FieldError> Check(PostgresSpec spec)
    {
        IReadOnlyList<PostgresRoleSpec?> roles = spec.Roles ?? [];
        IReadOnlyList<PostgresDatabaseSpec?> databases = spec.Databases ?? [];
        if (roles.Count > Most || databases.Count > Most)
        {
            return [new FieldError(roles.Count > Most ? "spec.roles" : "spec.databases", "There are too many of them.", string.Create(CultureInfo.InvariantCulture, $"at most {Most}"))];
        }

        var certificates = spec.ClientAuthorities is { Count: > 0 };
        var names = roles.Select(role => role?.Name).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return
        [
            .. roles.Select((role, index) => Check(Field("roles", index), role, names, certificates)).SelectMany(errors => errors),
            .. Twice("roles", roles.Select(role => role?.Name)),
            .. Circle(roles.OfType<PostgresRoleSpec>()),
            .. databases.Select((database, index) => Check(Field("databases", index), database, names)).SelectMany(errors => errors),
            .. Twice("databases", databases.Select(database => database?.Name)),
        ];
    }

    /// <summary>Valid roles in the one form in which they are kept: in order, with what they are members of in order and each once; no empty lists.</summary>
    internal static IReadOnlyList<PostgresRoleSpec>? Normal(IReadOnlyList<PostgresRoleSpec>? roles) =>
        roles is { Count: > 0 }
            ? [.. roles.OrderBy(role => role.Name, StringComparer.Ordinal).Select(role => role with
            {
                ValidUntil = role.ValidUntil is { } until ? DateTimeOffset.FromUnixTimeSeconds(until.ToUnixTimeSeconds()) : null,
                MemberOf = role.MemberOf is { Count: > 0 } groups ? [.. groups.Distinct().Order(StringComparer.Ordinal)] : null,
            })]
            : null;

    /// <summary>Valid databases in the one form in which they are kept.</summary>
    internal static IReadOnlyList<PostgresDatabaseSpec>? Normal(IReadOnlyList<PostgresDatabaseSpec>? databases) =>
        databases is { Count: > 0 }
            ? [.. databases.OrderBy(database => database.Name, StringComparer.Ordinal).Select(database => database with
            {
                Extensions = database.Extensions is { Count: > 0 } extensions ? [.. extensions.Distinct().Order(StringComparer.Ordinal)] : null,
            })]
            : null;

    private static IEnumerable<FieldError> Check(string field, PostgresRoleSpec? role, HashSet<string> names, bool certificates)
    {
        if (role is null)
        {
            yield return new FieldError(field, "The role is missing.", "an object with at least a name");
            yield break;
        }

        if (NameError(field, role.Name) is { } unnamed)
        {
            yield return unnamed;
        }

        if (role.Login is not (PostgresRoleSpec.Password or PostgresRoleSpec.Certificate or PostgresRoleSpec.None))
        {
            yield return new FieldError(field + ".login", "There is no such way to sign in.", $"{PostgresRoleSpec.Password}, {PostgresRoleSpec.Certificate}, {PostgresRoleSpec.None}");
        }

        if (role.Login == PostgresRoleSpec.Certificate && !certificates)
        {
            yield return new FieldError(field + ".login", "No certificate is good for anything: there is no client authority.", "certificate where spec.clientAuthorities has one");
        }

        if (role.ConnectionLimit is < 1 or > MostConnections)
        {
            yield return new FieldError(field + ".connectionLimit", "This limit is out of range.", string.Create(CultureInfo.InvariantCulture, $"1 to {MostConnections}; without: no limit; login none: no connection"));
        }

        if (role.ValidUntil is { } until && (until.Year < 2000 || until.Year > 9000))
        {
            yield return new FieldError(field + ".validUntil", "This moment is out of range.", "the years 2000 to 9000; without: no end");
        }

        if (role.MemberOf is { } groups && groups.Any(group => group is null || !(CustomerRoles.Predefined.Contains(group) || group == PostgresKind.Application || (names.Contains(group) && group != role.Name))))
        {
            yield return new FieldError(
                field + ".memberOf", "It can't be a member of one of these.",
                string.Join(", ", CustomerRoles.Predefined.Append(PostgresKind.Application).Concat(names.Where(name => name != role.Name)).Order(StringComparer.Ordinal)));
        }
    }

    private static IEnumerable<FieldError> Check(string field, PostgresDatabaseSpec? database, HashSet<string> roles)
    {
        if (database is null)
        {
            yield return new FieldError(field, "The database is missing.", "an object with at least a name");
            yield break;
        }

        if (NameError(field, database.Name) is { } unnamed)
        {
            yield return unnamed;
        }

        if (database.Owner != PostgresKind.Application && (database.Owner is null || !roles.Contains(database.Owner)))
        {
            yield return new FieldError(field + ".owner", "There is no such role in the spec.", string.Join(", ", roles.Append(PostgresKind.Application).Order(StringComparer.Ordinal)));
        }

        foreach (var error in PostgresRules.CheckExtensions(field + ".extensions", database.Extensions ?? []))
        {
            yield return error;
        }
    }

    private static FieldError? NameError(string field, string? name) =>
        name is null || name == PostgresKind.Application || !CustomerRoles.IsName(name) ? new FieldError(field + ".name", "This name can't be had.", NameForm) : null;

    private static IEnumerable<FieldError> Twice(string list, IEnumerable<string?> names) =>
        names.Select((name, index) => (Name: name, Index: index)).Where(n => n.Name is not null).GroupBy(n => n.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)
            .Select(group => new FieldError(Field(list, group.Last().Index) + ".name", "This name is there twice.", "each name once"));

    // PostgreSQL knows no roles that are members of each other.
    private static IEnumerable<FieldError> Circle(IEnumerable<PostgresRoleSpec> roles)
    {
        var members = roles.Where(role => role.Name is not null).GroupBy(role => role.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => (group.First().MemberOf ?? []).Where(name => name is not null).ToList(), StringComparer.Ordinal);
        while (members.Keys.FirstOrDefault(name => !members[name].Any(members.ContainsKey)) is { } ends)
        {
            members.Remove(ends);
        }

        return members.Count == 0 || members.Any(m => m.Value.Contains(m.Key))
            ? []
            : [new FieldError("spec.roles", "Roles are members of each other: " + string.Join(", ", members.Keys.Order(StringComparer.Ordinal)), "memberOf without a circle")];
    }

    private static string Field(string list, int index) => string.Create(CultureInfo.InvariantCulture, $"spec.{list}[{index}]");
}
