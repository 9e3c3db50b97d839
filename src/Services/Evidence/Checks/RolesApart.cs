using Beffroi.Platform.Access;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Of several people not each may do everything.</summary>
internal sealed class RolesApart : IEvidenceCheck
{
    // Which permission is in which built-in role: a row each.
    private static readonly (string Role, string Permission)[] BuiltIn = [.. Roles.Names.SelectMany(role => Roles.Permissions(role).Select(permission => (role, permission)))];

    public CheckDescription Description { get; } = new(
        "roles-apart",
        new("People have different roles", "Les personnes ont des rôles distincts"),
        new(
            "That of the people who can get in and have any right, by themselves or through groups, at least one has not every permission in the whole organization. Roles are the platform's six and the organization's own; who gets which is the organization's choice. It does not show that the division fits their duties.",
            "Que, parmi les personnes qui peuvent entrer et ont un droit, par elles-mêmes ou par des groupes, une au moins n'a pas toutes les permissions dans toute l'organisation. Les rôles sont les six de la plateforme et ceux de l'organisation ; à qui va lequel, elle le choisit. Cela ne montre pas que la répartition convient à leurs fonctions."),
        Enforced: false,
        "secnumcloud-3.2/9.3.b")
    {
        JudgesBy = [ConfigurationFiles.Access],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            with built_in (role, permission) as (select * from unnest($2::text[], $3::text[])),
            given as (
                select g.principal_id, g.role, g.custom_role_id, g.space_id from platform.grants g where g.organization_id = $1 and g.principal_id is not null
                union all
                select m.principal_id, g.role, g.custom_role_id, g.space_id from platform.grants g join platform.group_members m on m.group_id = g.group_id where g.organization_id = $1
            ), held as (
                select p.id, g.role, g.custom_role_id, g.space_id from given g join platform.principals p on p.id = g.principal_id
                where p.organization_id = $1 and p.kind = 'user' and p.disabled_at is null and p.accepted_at is not null
            ), everything as (
                select id from (
                    select h.id, b.permission from held h join built_in b on b.role = h.role where h.space_id is null
                    union
                    select h.id, b.permission from held h join platform.roles r on r.id = h.custom_role_id join built_in b on b.role = 'owner' and b.permission = any(r.permissions)
                    where h.space_id is null) e
                group by id having count(*) = (select count(*) from built_in where role = 'owner')
            )
            select (select count(distinct id) from held), (select count(*) from everything)
            """, organizationId, BuiltIn.Select(b => b.Role).ToArray(), BuiltIn.Select(b => b.Permission).ToArray()).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1)) switch
            {
                ( < 2, _) => new Observation(null, new("There are no two people with rights yet.", "Il n'y a pas encore deux personnes qui aient des droits.")),
                var (people, all) when people == all => new Observation(false, new(
                    FormattableString.Invariant($"All {people} may do everything: `beffroi grant`."), FormattableString.Invariant($"Toutes ({people}) peuvent tout : `beffroi grant`."))),
                var (people, all) => new Observation(true, new(
                    FormattableString.Invariant($"Of {people} people, {all} may do everything."), FormattableString.Invariant($"Sur {people} personnes, {all} peuvent tout."))),
            },
            cancellationToken))!;
}
