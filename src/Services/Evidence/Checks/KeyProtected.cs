using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The organization's key is in a token or a key service, not in a file of the platform's.</summary>
internal sealed class KeyProtected : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "key-protected",
        new("The organization's key is in a token or key service", "La clé de l'organisation est dans un module ou un service de clés"),
        new(
            "Which provider holds the active generation. It shows that the key is not the platform's file, not what the token itself is: SoftHSM2 is software too.",
            "Quel fournisseur tient la génération active. Cela montre que la clé n'est pas un fichier de la plateforme, non ce qu'est le module : SoftHSM2 est aussi un logiciel."),
        Enforced: false,
        "secnumcloud-3.2/10.5.c")
    {
        JudgesBy = [ConfigurationFiles.Keys],
        LedgerActions = ["key.generate", "key.rotate"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement("select provider, problem from platform.organization_keys where organization_id = $1 and state = 'active'", organizationId).FirstAsync(
            r => (Provider: r.GetString(0), Problem: r.IsDBNull(1) ? null : r.GetString(1)) switch
            {
                ("software", _) => new Observation(false, new("It is in a file of the platform's.", "Elle est dans un fichier de la plateforme.")),
                (var name, null) => new Observation(true, new($"The provider {name} holds it.", $"Le fournisseur {name} la tient.")),
                var (name, _) => new Observation(null, new($"The provider {name} does not let it be used now.", $"Le fournisseur {name} ne la laisse pas employer en ce moment.")),
            },
            cancellationToken)
        ?? new Observation(null, new("There is no key yet: the first resource makes it.", "Il n'y a pas encore de clé : la première ressource la crée."));
}
