using Beffroi.Platform.Access;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>In the platform's store nobody but the platform gets at ledgers, and entries can't be changed.</summary>
internal sealed class LedgerGuarded : IEvidenceCheck
{
    private static readonly string[] Reading = [.. Roles.Names.Where(role => Roles.Permissions(role).Contains(Permission.LedgerRead))];

    public CheckDescription Description { get; } = new(
        "ledger-guarded",
        new("The ledger is closed to others in the platform's store", "Le registre est fermé aux autres dans la base de la plateforme"),
        new(
            "In PostgreSQL's own catalogues: the triggers that refuse to change, delete or empty entries are there, enabled and refuse, and no role but the tables' owner, which is the platform, has a privilege on a table of the ledger. How many of the organization may read its ledger is counted. It does not show what a superuser of that PostgreSQL or root of its host does: receivers and witnesses of the ledger's are for that.",
            "Dans les catalogues mêmes de PostgreSQL : les déclencheurs qui refusent de modifier, supprimer ou vider les écritures sont là, actifs, et refusent ; aucun rôle, hors le propriétaire des tables qu'est la plateforme, n'a de privilège sur une table du registre. Ceux de l'organisation qui peuvent lire son registre sont comptés. Cela ne montre pas ce que fait un superutilisateur de ce PostgreSQL ni root de son hôte : les destinataires et les témoins du registre y servent."),
        Enforced: true,
        "secnumcloud-3.2/12.7.e")
    {
        JudgesBy = [ConfigurationFiles.Ledger, ConfigurationFiles.Access],
    };

    // Of the two triggers (pg_trigger.tgtype): before each row is updated or deleted, 27; before the table is truncated, 34. Which privileges count: also those through other roles or PUBLIC, and
    // on single columns. Of PostgreSQL's own roles, as pg_read_all_data, only who is a member counts.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            with kept as (
                select c.oid, c.relowner from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'platform' and (c.relname = 'ledger' or c.relname like 'ledger\_%') and c.relkind in ('r', 'p', 'v', 'm')
            ), guards as (
                select count(distinct t.tgtype) as there from pg_trigger t join pg_proc f on f.oid = t.tgfoid
                where t.tgrelid = 'platform.ledger_entries'::regclass and t.tgtype in (27, 34) and t.tgenabled in ('O', 'A') and t.tgqual is null and f.prosrc ~ '^\s*begin\s+raise exception '
                    and current_setting('session_replication_role') <> 'replica'
            ), others as (
                select count(*) as there from kept c
                where exists (select from pg_roles r where r.oid <> c.relowner and not r.rolsuper and not (r.rolname ~ '^pg_' and not r.rolcanlogin)
                        and (has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references') or has_table_privilege(r.oid, c.oid, 'delete, truncate, trigger')))
                   or has_any_column_privilege('public', c.oid, 'select, insert, update, references') or has_table_privilege('public', c.oid, 'delete, truncate, trigger')
            ), reading as (
                select g.principal_id, g.group_id from platform.grants g left join platform.roles r on r.id = g.custom_role_id
                where g.organization_id = $1 and g.space_id is null and (g.role = any($2) or $3 = any(r.permissions))
            ), readers as (
                select count(*) as there from platform.principals p
                where p.organization_id = $1 and p.disabled_at is null and p.accepted_at is not null
                  and p.id in (select principal_id from reading where principal_id is not null union select m.principal_id from reading g join platform.group_members m on m.group_id = g.group_id)
            )
            select (select there from guards), (select there from others), (select there from readers), (select count(*) from platform.principals where organization_id = $1 and disabled_at is null and accepted_at is not null)
            """, organizationId, Reading, Permission.LedgerRead).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)) switch
            {
                ( < 2, _, _, _) => new Observation(false, new("Entries could be changed in the store: what refuses that is off.", "Les écritures pourraient être modifiées dans la base : ce qui le refuse est désactivé.")),
                (_, > 0 and var open, _, _) => new Observation(false, new(
                    FormattableString.Invariant($"Others than the platform have privileges on {open} of its tables."), FormattableString.Invariant($"D'autres que la plateforme ont des privilèges sur {open} de ses tables."))),
                var (_, _, readers, all) => new Observation(true, new(
                    FormattableString.Invariant($"So it is. Of the organization's {all} accounts, {readers} may read it."), FormattableString.Invariant($"Il l'est. Des {all} comptes de l'organisation, {readers} peuvent le lire."))),
            },
            cancellationToken))!;
}
