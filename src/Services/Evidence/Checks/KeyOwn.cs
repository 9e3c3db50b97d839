using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The organization has a key that no other organization has.</summary>
internal sealed class KeyOwn : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "key-own",
        new("The organization has a key of its own", "L'organisation a sa propre clé"),
        new(
            "The fingerprint of the active generation, compared with those of all other organizations' keys.",
            "L'empreinte de la génération active, comparée à celles des clés de toutes les autres organisations."),
        Enforced: true,
        "secnumcloud-3.2/10.1.a")
    {
        JudgesBy = [ConfigurationFiles.Keys],
        LedgerActions = ["key.generate"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select k.generation, exists (select from platform.organization_keys o where o.fingerprint = k.fingerprint and o.organization_id <> k.organization_id)
            from platform.organization_keys k where k.organization_id = $1 and k.state = 'active'
            """, organizationId).FirstAsync(
            r => r.GetBoolean(1)
                ? new Observation(false, new("Another organization has the same key.", "Une autre organisation a la même clé."))
                : new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"Generation {r.GetInt32(0)} is in use, and no other organization has that key."),
                    string.Create(CultureInfo.InvariantCulture, $"La génération {r.GetInt32(0)} est en service, et aucune autre organisation n'a cette clé."))),
            cancellationToken)
        ?? new Observation(null, new("There is no key yet: the first resource makes it.", "Il n'y a pas encore de clé : la première ressource la crée."));
}
