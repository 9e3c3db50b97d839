using System.Globalization;
using Beffroi.Platform.Ledger;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The ledger is what its signed checkpoint says it is.</summary>
internal sealed class LedgerComplete : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "ledger-complete",
        new("The ledger is whole", "Le registre est entier"),
        new(
            "The signature of the newest checkpoint, the tree's root against it, the first entry, the newest and some between, and that nothing waits to be entered. "
            + "`beffroi ledger verify` verifies every entry, without trust in the platform. What an entry says is the word of what wrote it.",
            "La signature du dernier point de contrôle, la racine de l'arbre, la première écriture, la dernière et quelques-unes entre elles, et que rien n'attend d'être inscrit. "
            + "`beffroi ledger verify` vérifie chaque écriture, sans faire confiance à la plateforme. Ce que dit une écriture reste la parole de ce qui l'a écrite."),
        Enforced: true,
        "secnumcloud-3.2/12.6.b", "secnumcloud-3.2/12.6.c", "secnumcloud-3.2/12.6.d", "secnumcloud-3.2/12.7.a", "secnumcloud-3.2/12.8.b", "secnumcloud-3.2/16.6.a", "hds-2/EXI-15")
    {
        JudgesBy = [ConfigurationFiles.Ledger],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        if (await LedgerReader.FindHeadAsync(connection, organizationId, cancellationToken) is not { } head)
        {
            return new Observation(null, new("There is no entry yet.", "Il n'y a pas encore d'écriture."));
        }

        var (size, fault) = await LedgerReader.InspectAsync(connection, organizationId, head, cancellationToken);
        return fault is null
            ? new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"The newest checkpoint covers {size} entries, all since the first."),
                string.Create(CultureInfo.InvariantCulture, $"Le dernier point de contrôle couvre {size} écritures, toutes depuis la première.")))
            : new Observation(false, new(fault, "Le registre n'est pas ce que dit son point de contrôle : " + fault));
    }
}
