using Beffroi.Platform.Access;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Who may do what, and who can get at this, is answered by lists that leave nothing out.</summary>
internal sealed class AccessAnswered : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "access-answered",
        new("Who may do what can be read from two lists", "Qui peut quoi se lit dans deux listes"),
        new(
            "That each grant names one account or group of this organization, one role that exists here with nothing but permissions that exist, and a place that exists here, and that groups have members of this organization alone. Nothing else gives anybody of the organization a right, so `beffroi grant list` and `beffroi group list` answer both questions: who has access to this, and to what has this person. It shows nothing of rights inside databases, which are theirs, nor of what the operator's people were shown with consent (`operator-access`).",
            "Que chaque droit nomme un seul compte ou groupe de cette organisation, un seul rôle qui existe ici et n'a que des permissions qui existent, et un endroit qui existe ici, et que les groupes n'ont pour membres que des comptes de cette organisation. Rien d'autre ne donne de droit à qui que ce soit de l'organisation : `beffroi grant list` et `beffroi group list` répondent donc aux deux questions, qui accède à ceci et à quoi accède cette personne. Cela ne montre rien des droits dans les bases, qui sont les leurs, ni de ce qui a été montré avec accord aux personnes de l'opérateur (`operator-access`)."),
        Enforced: true,
        "secnumcloud-3.2/9.3.d", "secnumcloud-3.2/9.3.e")
    {
        JudgesBy = [ConfigurationFiles.Access, ConfigurationFiles.Spaces],
    };

    // Authorizer takes what a grant's row says: a role by its id, wherever it is from, and members of a group, wherever they are from. What it makes nothing of, a permission that isn't one, lists
    // would still show as a right.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            with judged as (
                select num_nonnulls(p.id, gr.id) = 1 and num_nonnulls(g.principal_id, g.group_id) = 1 as known_holder,
                       num_nonnulls(g.role, g.custom_role_id) = 1 and coalesce(g.role = any($2), false) <> coalesce(r.permissions <@ $3, false) as known_role,
                       (g.space_id is null or s.id is not null) and (g.resource_id is null or x.id is not null) as known_place
                from platform.grants g
                left join platform.principals p on p.id = g.principal_id and p.organization_id = g.organization_id
                left join platform.groups gr on gr.id = g.group_id and gr.organization_id = g.organization_id
                left join platform.roles r on r.id = g.custom_role_id and r.organization_id = g.organization_id
                left join platform.spaces s on s.id = g.space_id and s.organization_id = g.organization_id
                left join platform.resources x on x.id = g.resource_id and x.space_id = g.space_id
                where g.organization_id = $1
            )
            select count(*), count(*) filter (where not known_holder), count(*) filter (where not known_role), count(*) filter (where not known_place),
                   (select count(*) from platform.group_members m left join platform.groups gr on gr.id = m.group_id left join platform.principals p on p.id = m.principal_id
                    where (gr.organization_id = $1 or p.organization_id = $1) and gr.organization_id is distinct from p.organization_id)
            from judged
            """, organizationId, Roles.Names.ToArray(), Roles.AllPermissions.ToArray()).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4)) switch
            {
                (0, _, _, _, 0) => new Observation(null, new("Nobody has a right here.", "Personne n'a de droit ici.")),
                (var all, 0, 0, 0, 0) => new Observation(true, new(
                    FormattableString.Invariant($"All {all} grants name who, what and where."), FormattableString.Invariant($"Tous les droits ({all}) nomment qui, quoi et où."))),
                var (all, holders, roles, places, members) => new Observation(false, new(
                    FormattableString.Invariant($"Of {all} grants, {holders} name nobody of here, {roles} no role of here or permissions that don't exist, {places} no place of here; {members} members of groups are not from here."),
                    FormattableString.Invariant($"Sur {all} droits, {holders} ne nomment personne d'ici, {roles} aucun rôle d'ici ou des permissions qui n'existent pas, {places} aucun endroit d'ici ; {members} membres de groupes ne sont pas d'ici."))),
            },
            cancellationToken))!;
}
