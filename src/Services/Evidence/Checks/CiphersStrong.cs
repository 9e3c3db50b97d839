using Beffroi.Platform.Capacity;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What is at rest is encrypted by ciphers of today.</summary>
internal sealed class CiphersStrong : IEvidenceCheck
{
    // What LUKS volumes are made with isn't read from them; they have not run.
    private static readonly string[] Strong = ["AES-256-XTS, names AES-256-CTS"];

    public CheckDescription Description { get; } = new(
        "ciphers-strong",
        new("Volumes are encrypted with AES-256", "Les volumes sont chiffrés en AES-256"),
        new(
            "What the kernel of each host of the zone says of every volume that is open on it, asked each minute: contents by AES-256-XTS, names by AES-256-CTS. A volume that is locked says nothing; that rows can't be read in it is what `beffroi verify encryption` looks for.",
            "Ce que dit le noyau de chaque hôte de la zone de tout volume qui y est ouvert, demandé chaque minute : les contenus en AES-256-XTS, les noms en AES-256-CTS. Un volume verrouillé ne dit rien ; que des lignes n'y soient pas lisibles, c'est ce que cherche `beffroi verify encryption`."),
        Enforced: true,
        "secnumcloud-3.2/10.1.b")
    {
        JudgesBy = [ConfigurationFiles.Keys],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var zones = await connection.Statement("select distinct zone from platform.spaces where organization_id = $1 order by zone", organizationId).ListAsync(r => r.GetString(0), cancellationToken);
        var (ciphers, heardAt) = (new SortedSet<string>(StringComparer.Ordinal), (DateTimeOffset?)null);
        foreach (var zone in zones)
        {
            var (those, at) = await ZoneReview.CiphersAsync(connection, zone, cancellationToken);
            ciphers.UnionWith(those);
            heardAt = heardAt is null || at < heardAt ? at : heardAt;
        }

        // Volumes are everybody's of the zone: which there are, and how many, is nobody else's to know.
        var weak = string.Join("; ", ciphers.Except(Strong).Where(c => c.Length > 0));
        return ciphers.Count == 0 || (weak.Length == 0 && ciphers.Contains(""))
                ? new Observation(null, new("No host has said it of every open volume.", "Aucun hôte ne l'a dit de tous les volumes ouverts."))
            : weak.Length > 0 ? new Observation(false, new($"Some of a host's volumes are not: {weak}.", $"Certains volumes d'un hôte ne le sont pas : {weak}.")) { ObservedAt = heardAt }
            : new Observation(true, new($"All that are open are: {string.Join("; ", ciphers)}.", $"Tous ceux qui sont ouverts le sont : {string.Join("; ", ciphers)}.")) { ObservedAt = heardAt };
    }
}
