using Beffroi.Contracts.Agents;
using Npgsql;
using Refusal = Beffroi.Contracts.Agents.PostgresFacts.Types.Refusal;
using Role = Beffroi.Contracts.Agents.PostgresConfiguration.Types.Role;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Roles as configured. Those of the customer's spec carry a mark, so that whatever database this is (a restored one, say) tells which of them are not in the
/// spec any more: see <see cref="RetiredRoles"/>. What the customer made by SQL has no mark and is left alone.
/// </summary>
internal sealed class Roles(TimeProvider time)
{
    /// <summary>The comment that marks a role. Only a superuser can give and take it: nobody else has the admin option on such a role.</summary>
    internal const string Mark = CustomerRoles.Mark;

    /// <summary>Makes them as they shall be. Returns those that PostgreSQL did not let be so.</summary>
    internal async Task<IReadOnlyList<Refusal>> EnsureAsync(NpgsqlConnection connection, PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var refused = new List<Refusal>();
        var present = await ReadAsync(connection, configuration, cancellationToken);
        foreach (var role in configuration.Roles)
        {
            await EnsureAsync(connection, role, present.GetValueOrDefault(role.Name), cancellationToken);
        }

        // After all are there, as they may be members of each other; what is taken before what is given, as it may turn round.
        var memberships = await MembershipsAsync(connection, [.. configuration.Roles.Select(role => role.Name)], cancellationToken);
        await TakeAsync(connection, memberships.Where(m => IsFormer(configuration, m)), cancellationToken);

        foreach (var role in configuration.Roles)
        {
            try
            {
                await GiveAsync(connection, configuration, role, memberships, cancellationToken);
            }
            catch (PostgresException e)
            {
                // A circle, with what the customer granted by SQL.
                refused.Add(new Refusal { Kind = "role", Name = role.Name, SqlState = e.SqlState });
            }
        }

        return refused;
    }

    /// <summary>Takes all that the platform has made a role a member of.</summary>
    internal static async Task TakeAllAsync(NpgsqlConnection connection, string role, CancellationToken cancellationToken) =>
        await TakeAsync(connection, await MembershipsAsync(connection, [role], cancellationToken), cancellationToken);

    /// <summary>The first role: it administers the database, and is not of the spec.</summary>
    internal static string First(PostgresConfiguration configuration) => configuration.Roles.First(role => role.Managed is null).Name;

    /// <summary>Ends sessions of roles that can't sign in any more, on whatever node they are. The database itself says which those are.</summary>
    internal static async Task SignOutAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select count(pg_terminate_backend(a.pid)) from pg_stat_activity a left join pg_authid r on r.oid = a.usesysid
            where a.backend_type = 'client backend' and a.usesysid is not null
                and (r.oid is null or (not r.rolcanlogin and shobj_description(r.oid, 'pg_authid') = $1))
            """, connection) { Parameters = { new() { Value = Mark } } };
        await command.ExecuteScalarAsync(cancellationToken);
    }

    private async Task EnsureAsync(NpgsqlConnection connection, Role role, Present? present, CancellationToken cancellationToken)
    {
        var name = Identifier.Quote(role.Name);
        var wanted = Wanted(role);
        if (present is null)
        {
            await DataDefinition.RunAsync(connection, "create role " + name, cancellationToken);
        }

        if (present != wanted with { Marked = present?.Marked ?? false })
        {
            // Never superuser, replication or bypassrls, whatever it may have become.
            await DataDefinition.RunAsync(
                connection,
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"alter role {name} {Yes(wanted.Login, "login")} nosuperuser noreplication nobypassrls {Yes(wanted.CreateDatabase, "createdb")} {Yes(wanted.CreateRole, "createrole")} connection limit {wanted.Limit} valid until '{Time(wanted.ValidUntil)}' password {Password(wanted.Verifier)}"),
                cancellationToken);
        }

        if (wanted.Marked && present is not { Marked: true })
        {
            await DataDefinition.RunAsync(connection, $"comment on role {name} is '{Mark}'", cancellationToken);
        }

        static string Yes(bool holds, string word) => holds ? word : "no" + word;
    }

    private Present Wanted(Role role)
    {
        var managed = role.Managed;
        var signsIn = managed is null or { Login: true };
        var password = signsIn && managed is not { Certificate: true };
        if (password && (!role.ScramVerifier.StartsWith("SCRAM-SHA-256$", StringComparison.Ordinal) || role.ScramVerifier.AsSpan().ContainsAny('\'', '\\')))
        {
            throw new InvalidOperationException("The configuration has a password verifier of an unknown form.");
        }

        var until = managed?.ValidUntil ?? 0;
        return new(
            signsIn && (until == 0 || time.GetUtcNow().ToUnixTimeSeconds() < until), TooMighty: false, role.CreateDatabase, role.CreateRole,
            managed is { ConnectionLimit: > 0 } ? managed.ConnectionLimit : -1, until, password ? role.ScramVerifier : "", managed is not null);
    }

    private static string Time(long seconds) => seconds == 0 ? "infinity" : DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss'+00'", System.Globalization.CultureInfo.InvariantCulture);

    private static string Password(string verifier) => verifier.Length == 0 ? "null" : $"'{verifier}'";

    private static async Task<Dictionary<string, Present>> ReadAsync(NpgsqlConnection connection, PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var present = new Dictionary<string, Present>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("""
            select rolname::text, rolcanlogin, rolsuper or rolreplication or rolbypassrls, rolcreatedb, rolcreaterole, rolconnlimit,
                case when rolvaliduntil is null or rolvaliduntil = 'infinity' then 0 when rolvaliduntil = '-infinity' then -1 else extract(epoch from rolvaliduntil)::bigint end,
                coalesce(rolpassword, ''), coalesce(shobj_description(oid, 'pg_authid') = $2, false)
            from pg_authid where rolname = any($1)
            """, connection) { Parameters = { new() { Value = configuration.Roles.Select(role => role.Name).ToArray() }, new() { Value = Mark } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            present[reader.GetString(0)] = new(
                reader.GetBoolean(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetInt32(5), reader.GetInt64(6), reader.GetString(7), reader.GetBoolean(8));
        }

        return present;
    }

    /// <summary>Memberships that the platform has given: as superuser, so that PostgreSQL's own first role is their grantor.</summary>
    private static async Task<IReadOnlyList<Membership>> MembershipsAsync(NpgsqlConnection connection, string[] members, CancellationToken cancellationToken)
    {
        var found = new List<Membership>();
        await using var command = new NpgsqlCommand("""
            select g.rolname::text, m.rolname::text, a.admin_option from pg_auth_members a join pg_authid g on g.oid = a.roleid join pg_authid m on m.oid = a.member
            where a.grantor = 10 and m.rolname = any($1)
            """, connection) { Parameters = { new() { Value = members } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        }

        return found;
    }

    // With the admin option it comes from having made the other role, which is the customer's own matter.
    private static async Task TakeAsync(NpgsqlConnection connection, IEnumerable<Membership> memberships, CancellationToken cancellationToken)
    {
        foreach (var former in memberships.Where(m => !m.Admin && IsGroup(m.Group)))
        {
            await DataDefinition.RunAsync(connection, $"revoke \"{former.Group}\" from {Identifier.Quote(former.Member)}", cancellationToken);
        }
    }

    // The first role is a member of retired ones: of those that have come back it is not.
    private static bool IsFormer(PostgresConfiguration configuration, Membership membership)
    {
        var member = configuration.Roles.First(role => role.Name == membership.Member);
        return !member.MemberOf.Contains(membership.Group)
            && (member.Managed is not null || configuration.Roles.Any(role => role.Name == membership.Group));
    }

    private static async Task GiveAsync(
        NpgsqlConnection connection, PostgresConfiguration configuration, Role role, IReadOnlyList<Membership> memberships, CancellationToken cancellationToken)
    {
        var first = role.Managed is null;
        foreach (var group in role.MemberOf.Where(group => !memberships.Any(m => m.Member == role.Name && m.Group == group && (m.Admin || !first))))
        {
            if (!CustomerRoles.Predefined.Contains(group) && (!IsGroup(group) || configuration.Roles.All(r => r.Name != group)))
            {
                throw new InvalidOperationException("The configuration grants a role that is not for customers.");
            }

            await DataDefinition.RunAsync(connection, $"grant \"{group}\" to {Identifier.Quote(role.Name)}{(first ? " with admin option" : "")}", cancellationToken);
        }
    }

    // Whether a role may be given to a customer's.
    private static bool IsGroup(string name) => CustomerRoles.Predefined.Contains(name) || CustomerRoles.IsName(name);

    /// <summary>How a role is, or shall be.</summary>
    /// <param name="Login">Whether it signs in.</param>
    /// <param name="TooMighty">Whether it is superuser, replicates or goes past row security.</param>
    /// <param name="CreateDatabase">Whether it makes databases.</param>
    /// <param name="CreateRole">Whether it makes roles.</param>
    /// <param name="Limit">Connections at one time; -1 for no limit.</param>
    /// <param name="ValidUntil">Unix seconds; 0 for no end.</param>
    /// <param name="Verifier">In place of a password; empty for none.</param>
    /// <param name="Marked">Whether it is of the customer's spec.</param>
    private sealed record Present(bool Login, bool TooMighty, bool CreateDatabase, bool CreateRole, int Limit, long ValidUntil, string Verifier, bool Marked);

    private sealed record Membership(string Group, string Member, bool Admin);
}
