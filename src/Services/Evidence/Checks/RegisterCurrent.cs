using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What the operator entered of suppliers and licences is whole and has not expired. Customers see how many entries, and not which.</summary>
internal sealed class RegisterCurrent : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "register-current",
        new("Licences and suppliers' certificates are valid, and suppliers' laws known", "Licences et certificats des fournisseurs sont en cours, et leur droit est connu"),
        new(
            "Of the operator's entries in the register of what the installation depends on: that no licence, contract, HDS certificate or decision of ANSSI has passed its last day, and that of each supplier it is said under which country's law it is. It is the operator's word, and shows neither that it is true nor that nobody is missing.",
            "Des entrées de l'opérateur au registre de ce dont dépend l'installation : qu'aucune licence, aucun contrat, certificat HDS ni décision de l'ANSSI n'a passé son dernier jour, et que de chaque fournisseur il est dit de quel pays est son droit. C'est la parole de l'opérateur, et ne montre ni qu'elle est vraie ni que personne ne manque."),
        Enforced: false,
        "secnumcloud-3.2/8.1.c", "secnumcloud-3.2/15.1.a")
    {
        JudgesBy = [ConfigurationFiles.Installation],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select count(*),
                   count(*) filter (where least((content ->> 'expires')::date, (content #>> '{hosting,hds,until}')::date, (content #>> '{hosting,secNumCloud,until}')::date) < (now() at time zone 'UTC')::date),
                   count(*) filter (where content ->> 'kind' = 'supplier' and content ->> 'jurisdiction' is null),
                   count(*) filter (where content ->> 'kind' = 'supplier')
            from platform.register_entries
            """).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)) switch
            {
                (_, _, _, 0) => new Observation(null, new("The operator has entered no supplier.", "L'opérateur n'a inscrit aucun fournisseur.")),
                (var all, 0, 0, var suppliers) => new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"So it is for {all} entries, of which {suppliers} are suppliers."),
                    string.Create(CultureInfo.InvariantCulture, $"C'est le cas de {all} entrées, dont {suppliers} fournisseurs."))),
                var (all, expired, lawless, suppliers) => new Observation(false, new(
                    string.Create(CultureInfo.InvariantCulture, $"Of {all} entries, {expired} have expired; of {suppliers} suppliers, {lawless} are under a law that nobody told."),
                    string.Create(CultureInfo.InvariantCulture, $"Sur {all} entrées, {expired} ont expiré ; sur {suppliers} fournisseurs, le droit de {lawless} n'est pas dit."))),
            },
            cancellationToken))!;
}
