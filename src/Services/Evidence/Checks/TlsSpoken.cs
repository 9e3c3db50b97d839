using Beffroi.Services.Evidence.Configuration;
using Beffroi.Services.Evidence.Listeners;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The interfaces speak TLS of today, with a certificate that is strong and valid for a while.</summary>
internal sealed class TlsSpoken(ListenerWatch watch) : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "tls-spoken",
        new("Interfaces speak TLS 1.2 and 1.3 alone", "Les interfaces ne parlent que TLS 1.2 et 1.3"),
        new(
            "Every hour real handshakes with both sides' listeners: TLS 1.2 and 1.3 succeed; SSL 3.0, TLS 1.0 and 1.1, and of TLS 1.2 suites without forward secrecy or with broken ciphers, are refused; the certificate's key has 2048 bits of RSA or 256 of a curve at least, no broken hash signed it, and it is valid for 14 days more. It shows nothing of who trusts the certificate; of several replicas, the one that looked.",
            "Chaque heure, de vraies négociations avec les écoutes des deux côtés : TLS 1.2 et 1.3 aboutissent ; SSL 3.0, TLS 1.0 et 1.1, et de TLS 1.2 les suites sans confidentialité persistante ou à chiffrement cassé, sont refusés ; la clé du certificat a au moins 2048 bits de RSA ou 256 d'une courbe, aucun hachage cassé ne l'a signé, et il est valable 14 jours encore. Cela ne montre pas qui se fie au certificat ; de plusieurs répliques, celle qui a regardé."),
        Enforced: false,
        "secnumcloud-3.2/9.6.e", "secnumcloud-3.2/10.2.a", "secnumcloud-3.2/10.2.c")
    {
        GoodFor = TimeSpan.FromHours(2.5),
        JudgesBy = [ConfigurationFiles.Installation],
    };

    public Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        Task.FromResult(watch.Observed(seen => seen.Tls, new("Both listeners do.", "C'est le cas des deux écoutes.")));
}
