using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What is deleted can't be opened again: its key is gone.</summary>
internal sealed class KeysDestroyed : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "keys-destroyed",
        new("Keys of what was deleted are destroyed", "Les clés de ce qui a été supprimé sont détruites"),
        new(
            "That the store holds no wrapped key of something that no longer exists. It says nothing of copies of the store that were made before.",
            "Que la base de la plateforme n'a plus de clé emballée de ce qui n'existe plus. Cela ne dit rien de copies faites auparavant."),
        Enforced: true,
        "secnumcloud-3.2/11.9.a")
    {
        JudgesBy = [ConfigurationFiles.Keys, ConfigurationFiles.Safeguards],
        LedgerActions = ["postgres.key.destroy", "key.destroy"],
    };

    // What has a key without being a resource: a webhook of the ledger's, and probes of a running verification, of which none runs for an hour.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select count(*) from platform.resource_keys k
            where k.organization_id = $1 and k.created_at < now() - interval '1 hour' and not exists (select from platform.resources r where r.id = k.resource_id)
              and not exists (select from platform.ledger_forwards f where f.id = k.resource_id)
            """, organizationId).FirstAsync(
            r => r.GetInt64(0) is var left && left == 0
                ? new Observation(true, new("There is no key of anything that was deleted.", "Il n'y a aucune clé de ce qui a été supprimé."))
                : new Observation(false, new(
                    string.Create(CultureInfo.InvariantCulture, $"{left} keys of what no longer exists are still there."),
                    string.Create(CultureInfo.InvariantCulture, $"{left} clés de ce qui n'existe plus sont encore là."))),
            cancellationToken))!;
}
