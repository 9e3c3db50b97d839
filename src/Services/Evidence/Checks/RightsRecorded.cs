using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Nobody holds a right that the ledger doesn't tell of.</summary>
internal sealed class RightsRecorded : IEvidenceCheck
{
    private const int MostNames = 5;

    public CheckDescription Description { get; } = new(
        "rights-recorded",
        new("Every right was given in the ledger", "Chaque droit a été donné dans le registre"),
        new(
            "That of each grant in force the newest entry of the ledger gives it, and gives exactly this role, to this holder, in this place. The first owner's comes with the entry that made the organization. So a right that was written into the store past the platform is found. It does not show that whoever gave it had reason to, nor what the roles of the organization's own allowed at that time: entries about roles tell that.",
            "Que, pour chaque droit en vigueur, la dernière écriture du registre le donne, et donne exactement ce rôle, à ce titulaire, à cet endroit. Celui du premier propriétaire vient avec l'écriture qui a créé l'organisation. Un droit inscrit dans la base hors de la plateforme est ainsi trouvé. Cela ne montre pas que qui l'a donné y était fondé, ni ce que permettaient alors les rôles propres à l'organisation : les écritures sur les rôles le disent."),
        Enforced: true,
        "secnumcloud-3.2/9.3.a")
    {
        JudgesBy = [ConfigurationFiles.Access],
        LedgerActions = ["grant.put", "grant.delete"],
    };

    // An entry names the grant and says what it gives, in the words of RoleEndpoints; entries of before reasons were written have none. What waits to be entered is newer than what is entered. An
    // owner made with the organization, or by the operator's repeating that, has a grant of the same transaction as their account, and the entry is of that transaction too.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            with told (waits, number, entry) as materialized (
                select false, index, entry::jsonb from platform.ledger_entries
                where log_id = $1 and (starts_with(entry, '{"action":"grant.') or starts_with(entry, '{"action":"organization.manage"'))
                union all
                select true, id, members::jsonb || jsonb_build_object('at', at) from platform.ledger_pending
                where log_id = $1 and (starts_with(members, '{"action":"grant.') or starts_with(members, '{"action":"organization.manage"'))
            ), newest as (
                select distinct on (entry ->> 'resourceId') entry ->> 'resourceId' as id, entry ->> 'action' as action, entry ->> 'reason' as reason
                from told where starts_with(entry ->> 'action', 'grant.') and entry ->> 'outcome' = 'accepted'
                order by entry ->> 'resourceId', waits desc, number desc
            ), made as (
                select (entry ->> 'at')::timestamptz as at from told where entry ->> 'action' = 'organization.manage' and entry ->> 'outcome' = 'accepted'
            ), held as (
                select g.id, coalesce(p.name, gr.name) as holder,
                       coalesce(g.role, r.name) || ' to ' || coalesce(p.name, 'group ' || gr.name) || coalesce(' in ' || s.name, '') || coalesce(' on ' || x.kind || '/' || x.name, '') as said,
                       g.role = 'owner' and g.space_id is null and g.created_at = p.created_at
                           and exists (select from made m where m.at between g.created_at and g.created_at + interval '1 minute') as first
                from platform.grants g
                left join platform.roles r on r.id = g.custom_role_id left join platform.principals p on p.id = g.principal_id left join platform.groups gr on gr.id = g.group_id
                left join platform.spaces s on s.id = g.space_id left join platform.resources x on x.id = g.resource_id
                where g.organization_id = $1
            ), judged as (
                select h.holder, coalesce(case when n.id is null then h.first else n.action = 'grant.put' and (n.reason is null or n.reason = h.said or starts_with(n.reason, h.said || '; ')) end, false) as told
                from held h left join newest n on n.id = h.id::text
            )
            select count(*), count(*) filter (where not told), coalesce((array_agg(distinct holder) filter (where not told))[1:$2], '{}') from judged
            """, organizationId, MostNames).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), string.Join(", ", r.GetFieldValue<string?[]>(2))) switch
            {
                (0, _, _) => new Observation(null, new("Nobody has a right here.", "Personne n'a de droit ici.")),
                (var all, 0, _) => new Observation(true, new(FormattableString.Invariant($"The ledger gave all {all}."), FormattableString.Invariant($"Le registre les a tous donnés ({all})."))),
                (var all, var untold, var holders) => new Observation(false, new(
                    FormattableString.Invariant($"The ledger did not give {untold} of {all}, which are held by: {holders}. Withdraw them, or give them again: `beffroi grant`."),
                    FormattableString.Invariant($"Le registre n'a pas donné {untold} droits sur {all}, tenus par : {holders}. Retirez-les, ou donnez-les à nouveau : `beffroi grant`."))),
            },
            cancellationToken))!;
}
