using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts.Agents;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Certificates inside the platform have keys and signatures of today.</summary>
internal sealed class CertificatesStrong : IEvidenceCheck
{
    // RFC 5758, 3.2: ECDSA with SHA-256, SHA-384 and SHA-512.
    private static readonly string[] Signatures = ["1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"];
    private static readonly string[] Keys = ["P-256", "P-384", "P-521"];

    public CheckDescription Description { get; } = new(
        "certificates-strong",
        new("Certificates are signed with algorithms of today", "Les certificats sont signés avec des algorithmes actuels"),
        new(
            "The authorities in the store, of the organization's spaces and databases and of the agents: ECDSA on P-256 or better, SHA-256 or better, and not expired; and of the certificates that agents hold by what each reports of its own, key and signature likewise. Authorities that the organization brought itself are its own to judge.",
            "Les autorités de la base de la plateforme, celles des espaces et des bases de l'organisation et celle des agents : ECDSA sur P-256 au moins, SHA-256 au moins, non expirées ; et des certificats que détiennent les agents, selon ce que chacun dit des siens, clé et signature de même. Les autorités que l'organisation a apportées sont à elle de juger."),
        Enforced: true,
        "secnumcloud-3.2/10.4.a", "secnumcloud-3.2/10.5.a")
    {
        JudgesBy = [ConfigurationFiles.Databases],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var authorities = await connection.Statement($"""
            select a.purpose || coalesce(' (' || (select name from platform.spaces where id = a.owner_id) || ')',
                       ' (' || (select s.name || '/' || r.name from platform.resources r join platform.spaces s on s.id = r.space_id where r.id = a.owner_id) || ')', ''),
                   a.certificate, now()
            from platform.authorities a where a.owner_id = $2 or a.owner_id in ({AuthorityId.OwnersOfOrganization})
            """, organizationId, Guid.Empty).ListAsync(r => (Name: r.GetString(0), Strong: IsStrong(r.GetFieldValue<byte[]>(1), r.GetFieldValue<DateTimeOffset>(2))), cancellationToken);
        var held = (await connection.Statement("""
            select coalesce(s.name || '/' || r.name, s.name), a.facts
            from platform.agents a join platform.spaces s on s.id = a.space_id left join platform.resources r on r.id = a.resource_id
            where s.organization_id = $1 and a.facts is not null and not coalesce(r.spare, false)
            """, organizationId).ListAsync(r => (Of: r.GetString(0), Facts.Parser.ParseFrom(r.Bytes(1)).Certificates), cancellationToken))
            .SelectMany(agent => agent.Certificates.Select(c => (Name: $"{c.Use} ({agent.Of})", Strong: Keys.Contains(c.Key) && Signatures.Contains(c.Signature)))).ToList();
        var weak = string.Join(", ", authorities.Concat(held).Where(c => !c.Strong).Select(c => c.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return authorities.Count == 0 ? new Observation(null, new("There is no authority yet.", "Il n'y a pas encore d'autorité."))
            : weak.Length > 0 ? new Observation(false, new($"Weak or expired: {weak}.", $"Faibles ou expirés : {weak}."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"So are {authorities.Count} authorities and {held.Count} certificates of agents."),
                string.Create(CultureInfo.InvariantCulture, $"C'est le cas de {authorities.Count} autorités et de {held.Count} certificats d'agents.")));
    }

    private static bool IsStrong(byte[] der, DateTimeOffset now)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            using var key = certificate.GetECDsaPublicKey();
            return key is not null && Keys.Contains(FormattableString.Invariant($"P-{key.KeySize}")) && Signatures.Contains(certificate.SignatureAlgorithm.Value)
                && certificate.NotAfter.ToUniversalTime() > now.UtcDateTime;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
