using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Whenever the operator's people broke the glass, the organization's ledger tells it.</summary>
internal sealed class BreakGlassTold : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "break-glass-told",
        new("Whenever the operator broke the glass, the ledger tells it", "Chaque bris de glace de l'opérateur figure au registre"),
        new(
            "That each time two of the operator's people opened the list of what is on the hosts since the organization is here, its ledger has an entry that it was opened, and one for each time it was looked at. Entries are written in the transaction that opens or shows, so one that is missing was taken out of the store, or put into it past the platform. It shows nothing of what root on a host could look at, nor that two accounts are two people.",
            "Que, pour chaque fois que deux personnes de l'opérateur ont ouvert la liste de ce qui se trouve sur les hôtes depuis que l'organisation existe, son registre a une écriture de l'ouverture et une de chaque consultation. Les écritures sont faites dans la transaction qui ouvre ou qui montre : celle qui manque a été retirée de la base, ou l'ouverture y a été inscrite hors de la plateforme. Cela ne montre ni ce que root pourrait regarder sur un hôte, ni que deux comptes sont deux personnes."),
        Enforced: true,
        "secnumcloud-3.2/9.7.d", "secnumcloud-3.2/12.13.a")
    {
        JudgesBy = [ConfigurationFiles.Installation, ConfigurationFiles.Ledger],
        LedgerActions = ["break-glass.open", "break-glass.host", "break-glass.end"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            with told (entry) as materialized (
                select entry::jsonb from platform.ledger_entries where log_id = $1 and starts_with(entry, '{"action":"break-glass.')
                union all
                select members::jsonb from platform.ledger_pending where log_id = $1 and starts_with(members, '{"action":"break-glass.')
            ), counted as (
                select entry ->> 'resourceId' as id, count(*) filter (where entry ->> 'action' = 'break-glass.open') as opened, count(*) filter (where entry ->> 'action' = 'break-glass.host') as shown
                from told where entry ->> 'outcome' = 'accepted' group by entry ->> 'resourceId'
            ), due as (
                select b.id::text as id, (select count(*) from platform.break_glass_showings s where s.break_glass_id = b.id) as shown
                from platform.break_glasses b join platform.organizations o on o.id = $1
                where b.opened_at is not null and coalesce(b.ended_at, b.open_until) > o.created_at
            )
            select count(*), count(*) filter (where coalesce(c.opened, 0) = 0), coalesce(sum(d.shown), 0)::bigint, coalesce(sum(greatest(d.shown - coalesce(c.shown, 0), 0)), 0)::bigint
            from due d left join counted c on c.id = d.id
            """, organizationId).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)) switch
            {
                (0, _, _, _) => new Observation(true, new("It was never broken.", "Elle n'a jamais été brisée.")),
                (var all, 0, var shown, 0) => new Observation(true, new(
                    FormattableString.Invariant($"The ledger tells all {all}, and each of {shown} showings."), FormattableString.Invariant($"Le registre les dit tous ({all}), et chacune des {shown} consultations."))),
                (var all, var untold, var shown, var unseen) => new Observation(false, new(
                    FormattableString.Invariant($"The ledger does not tell {untold} of {all}, nor {unseen} of {shown} showings. See them: `beffroi break-glass list`, and ask the operator."),
                    FormattableString.Invariant($"Le registre ne dit pas {untold} des {all}, ni {unseen} des {shown} consultations. Les voir : `beffroi break-glass list`, et interroger l'opérateur."))),
            },
            cancellationToken))!;
}
