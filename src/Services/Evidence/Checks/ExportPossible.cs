using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Each database answers, so that its owner can take everything out of it.</summary>
internal sealed class ExportPossible : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "export-possible",
        new("Databases can be taken out", "Les bases peuvent être emportées"),
        new(
            "The condition Ready of each database that is not stopped nor being deleted: it accepts its owner's connections, and was not without that for an hour. `beffroi postgres export` needs nothing else: it reads over such a connection, with PostgreSQL's own programs, into files that any PostgreSQL takes. It does not show that an export was made or read back, nor that the network between lets it through.",
            "La condition Ready de chaque base ni arrêtée ni en cours de suppression : elle accepte les connexions de son propriétaire, et n'en a pas été privée une heure. `beffroi postgres export` n'a besoin de rien d'autre : il lit par une telle connexion, avec les programmes mêmes de PostgreSQL, dans des fichiers que tout PostgreSQL reprend. Cela ne montre pas qu'un export a été fait ni relu, ni que le réseau le laisse passer."),
        Enforced: true,
        "secnumcloud-3.2/19.1.i")
    {
        JudgesBy = [ConfigurationFiles.Databases],
    };

    // What is sealed answers nobody, by its owner's wish.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var databases = await connection.Statement("""
            select s.name || '/' || r.name, coalesce(c ->> 'holds' = 'true', false), coalesce((c ->> 'since')::timestamptz, r.created_at) < now() - interval '1 hour',
                   exists (select from platform.organization_seals x where x.organization_id = $1 and x.sealed)
            from platform.resources r join platform.spaces s on s.id = r.space_id
            left join lateral (select e as c from jsonb_array_elements(coalesce(r.status -> 'conditions', '[]')) e where e ->> 'type' = 'Ready' limit 1) l on true
            where s.organization_id = $1 and r.kind = 'postgres' and not r.spare and r.deletion_requested_at is null and coalesce(r.spec ->> 'stopped', 'false') <> 'true'
            order by 1
            """, organizationId).ListAsync(r => (Name: r.GetString(0), Answers: r.GetBoolean(1), Long: r.GetBoolean(2), Sealed: r.GetBoolean(3)), cancellationToken);
        var silent = databases.Where(d => !d.Answers).ToList();
        var silentLong = silent.Where(d => d.Long).ToList();
        var names = string.Join(", ", (silentLong.Count > 0 ? silentLong : silent).Select(d => d.Name));
        return databases.Count == 0 ? new Observation(null, new("There is no database that runs.", "Aucune base n'est en marche."))
            : silent.Count == 0 ? new Observation(true, new(FormattableString.Invariant($"All {databases.Count} answer."), FormattableString.Invariant($"Toutes répondent ({databases.Count}).")))
            : databases[0].Sealed ? new Observation(null, new("The organization is sealed: nothing is read out of it until it is unsealed.", "L'organisation est scellée : rien n'en est lu avant qu'elle soit descellée."))
            : silentLong.Count > 0 ? new Observation(false, new($"No answer for more than an hour: {names}.", $"Pas de réponse depuis plus d'une heure : {names}."))
            : new Observation(null, new($"No answer yet, or for less than an hour: {names}.", $"Pas encore de réponse, ou plus de réponse depuis moins d'une heure : {names}."));
    }
}
