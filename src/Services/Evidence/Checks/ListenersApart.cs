using Beffroi.Services.Evidence.Configuration;
using Beffroi.Services.Evidence.Listeners;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Customers' and the operator's interfaces are apart, and neither answers who has not signed in.</summary>
internal sealed class ListenersApart(ListenerWatch watch) : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "listeners-apart",
        new("Customers' and operator's interfaces are apart", "Les interfaces des clients et de l'opérateur sont séparées"),
        new(
            "Every hour each side's listener is asked for paths of both sides, without a token: it has its own alone, and answers nobody who has not signed in. The operator's is at one address, which is no public one, and at none of the host's others. It shows nothing of networks between, nor of proxies in front; of several replicas, the one that looked.",
            "Chaque heure, on demande à l'écoute de chaque côté des chemins des deux côtés, sans jeton : elle n'a que les siens, et ne répond à personne qui ne s'est pas connecté. Celle de l'opérateur est à une seule adresse, qui n'est pas publique, et à aucune autre de l'hôte. Cela ne montre rien des réseaux entre eux, ni de mandataires devant ; de plusieurs répliques, celle qui a regardé."),
        Enforced: true,
        "secnumcloud-3.2/9.6.b", "secnumcloud-3.2/9.6.c", "secnumcloud-3.2/9.6.d", "secnumcloud-3.2/9.6.h")
    {
        // Two looks may be missed.
        GoodFor = TimeSpan.FromHours(2.5),
        JudgesBy = [ConfigurationFiles.Installation],
    };

    public Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        Task.FromResult(watch.Observed(seen => seen.Apart, new(
        "Each serves its own side's paths alone, to who has signed in; the operator's is at one address that is not public.",
        "Chacune ne sert que les chemins de son côté, à qui s'est connecté ; celle de l'opérateur est à une seule adresse non publique.")));
}
