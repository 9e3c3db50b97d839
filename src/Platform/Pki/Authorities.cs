using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Pki;

internal sealed class Authorities(IOrganizationKeys keys, TimeProvider time) : IAuthorities
{
    private const int LifetimeInYears = 10;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // Clocks of instances may lag.
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    public async Task<byte[]> EnsureAsync(NpgsqlConnection connection, AuthorityId authority, string commonName, CancellationToken cancellationToken)
    {
        if (await FindAsync(connection, authority, cancellationToken) is { } present)
        {
            return present.Certificate;
        }

        await keys.EnsureAsync(authority.OrganizationId, cancellationToken);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest(Subject(commonName), key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        using var certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Backdating, now.AddYears(LifetimeInYears), SerialNumber());
        using var secret = Export(key);
        var wrapped = await keys.WrapAsync(authority.OrganizationId, Context(authority), secret, cancellationToken);
        var (escrow, commitment) = await EscrowTable.SealAsync(connection, authority.OrganizationId, Context(authority), secret, cancellationToken);
        await connection.Statement("""
            insert into platform.authorities (owner_id, purpose, certificate, sealed_key, escrow, commitment) values ($1, $2, $3, $4, $5::bytea, $6::bytea) on conflict do nothing
            """, authority.OwnerId, authority.Purpose, certificate.RawData, wrapped, escrow, commitment).RunAsync(cancellationToken);
        // Another may have been quicker.
        return (await FindAsync(connection, authority, cancellationToken))!.Certificate;
    }

    public async Task<SignedCertificate> SignAsync(
        NpgsqlConnection connection, AuthorityId authority, byte[] certificateRequest, CertificateNames names, CertificateUse use, TimeSpan lifetime,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        var publicKey = RequestedKey.Read(certificateRequest);
        var issuer = await FindAsync(connection, authority, cancellationToken)
            ?? throw new InvalidOperationException($"There is no authority for {authority.Purpose} of {authority.OwnerId}.");
        using var certificate = X509CertificateLoader.LoadCertificate(issuer.Certificate);
        using var key = await OpenAsync(authority, issuer.SealedKey, cancellationToken);
        var request = new CertificateRequest(Subject(names.CommonName), publicKey, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Usages(use), critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(publicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (names.DnsNames.Count + names.Addresses.Count > 0)
        {
            var alternatives = new SubjectAlternativeNameBuilder();
            foreach (var name in names.DnsNames)
            {
                alternatives.AddDnsName(name);
            }

            foreach (var address in names.Addresses)
            {
                alternatives.AddIpAddress(address);
            }

            request.CertificateExtensions.Add(alternatives.Build());
        }

        var now = time.GetUtcNow();
        var end = now + lifetime;
        var notAfter = end < certificate.NotAfter.ToUniversalTime() ? end : certificate.NotAfter.ToUniversalTime();
        // Certificates tell whole seconds.
        notAfter = DateTimeOffset.FromUnixTimeSeconds(notAfter.ToUnixTimeSeconds());
        using var signed = request.Create(certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Backdating, notAfter, SerialNumber());
        return new SignedCertificate([signed.RawData, issuer.Certificate], notAfter);
    }

    public Task RemoveAsync(NpgsqlConnection connection, AuthorityId authority, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.authorities where owner_id = $1 and purpose = $2", authority.OwnerId, authority.Purpose).RunAsync(cancellationToken);

    public async Task<string?> FindPemAsync(NpgsqlConnection connection, AuthorityId authority, CancellationToken cancellationToken) =>
        await FindAsync(connection, authority, cancellationToken) is { } row ? PemEncoding.WriteString("CERTIFICATE", row.Certificate) + "\n" : null;

    // CA/Browser Forum baseline 7.1: at least 64 bits from a generator fit for cryptography; positive and without leading zeroes.
    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        return serial;
    }

    private static X500DistinguishedName Subject(string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        return name.Build();
    }

    private static OidCollection Usages(CertificateUse use) => use switch
    {
        CertificateUse.Client => [new Oid(ClientAuthentication)],
        CertificateUse.Server => [new Oid(ServerAuthentication)],
        CertificateUse.Peer => [new Oid(ServerAuthentication), new Oid(ClientAuthentication)],
        _ => throw new ArgumentOutOfRangeException(nameof(use)),
    };

    private static Secret Export(ECDsa key)
    {
        var bytes = key.ExportPkcs8PrivateKey();
        var secret = Secret.FromBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }

    private async Task<ECDsa> OpenAsync(AuthorityId authority, byte[] sealedKey, CancellationToken cancellationToken)
    {
        using var secret = await keys.UnwrapAsync(authority.OrganizationId, Context(authority), sealedKey, cancellationToken);
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(secret.Reveal(), out _);
        return key;
    }

    private static KeyContext Context(AuthorityId authority) => new(authority.OwnerId, "authority/" + authority.Purpose);

    private static Task<Row?> FindAsync(NpgsqlConnection connection, AuthorityId authority, CancellationToken cancellationToken) =>
        connection.Statement("select certificate, sealed_key from platform.authorities where owner_id = $1 and purpose = $2", authority.OwnerId, authority.Purpose)
            .FirstAsync(r => new Row(r.GetFieldValue<byte[]>(0), r.GetFieldValue<byte[]>(1)), cancellationToken);

    private sealed record Row(byte[] Certificate, byte[] SealedKey);
}
