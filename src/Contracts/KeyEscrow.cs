namespace Beffroi.Contracts;

/// <summary>An organization's escrow: to which key of the customer's own everything is sealed beside the organization's key, and how far that has come.</summary>
/// <param name="Organization">Whose.</param>
/// <param name="PublicKey">PEM, P-521; null if none is registered.</param>
/// <param name="Fingerprint">SHA-256 of it, hexadecimal: to be compared with what the shares give.</param>
/// <param name="RegisteredBy">Who registered it.</param>
/// <param name="RegisteredAt">UTC.</param>
/// <param name="Sealed">How many keys are sealed to it.</param>
/// <param name="Left">How many are yet to be.</param>
public sealed record KeyEscrow(string Organization, string? PublicKey, string? Fingerprint, string? RegisteredBy, DateTimeOffset? RegisteredAt, long Sealed, long Left);

/// <summary>Registers an escrow key, in place of one that was there.</summary>
/// <param name="PublicKey">PEM of a SubjectPublicKeyInfo on P-521, as <c>beffroi key escrow create</c> writes it.</param>
public sealed record PutEscrow(string PublicKey);

/// <summary>Everything that is sealed to an organization's escrow key, for its owner to keep beside the shares. Without enough shares it opens nothing.</summary>
/// <param name="Format"><c>beffroi-escrow/1</c>.</param>
/// <param name="Organization">Whose, by name.</param>
/// <param name="OrganizationId">And by id, to which each sealed key is bound.</param>
/// <param name="PublicKey">PEM of the escrow key.</param>
/// <param name="Fingerprint">SHA-256 of it, hexadecimal.</param>
/// <param name="ExportedAt">UTC.</param>
/// <param name="Keys">All of them.</param>
public sealed record EscrowExport(
    string Format, string Organization, Guid OrganizationId, string PublicKey, string Fingerprint, DateTimeOffset ExportedAt, IReadOnlyList<EscrowedKey> Keys)
{
    /// <summary>The only format there is.</summary>
    public const string CurrentFormat = "beffroi-escrow/1";
}

/// <summary>A key that is wrapped under the organization's key, sealed to its escrow key.</summary>
/// <param name="Owner">SPACE/NAME of a resource, or a space's name.</param>
/// <param name="Kind">Of the owner: <c>postgres</c>, <c>space</c>, …</param>
/// <param name="OwnerId">Its id, to which the key is bound.</param>
/// <param name="Purpose"><c>resource-key</c> (32 bytes), or <c>authority/…</c> (PKCS #8 of a certificate authority).</param>
/// <param name="Generation">Of the key, from 1.</param>
/// <param name="Commitment">SHA-256 by which it is known, hexadecimal; null if it isn't sealed yet.</param>
/// <param name="Sealed">HPKE (RFC 9180); null if it isn't sealed yet.</param>
public sealed record EscrowedKey(string Owner, string Kind, Guid OwnerId, string Purpose, int Generation, string? Commitment, byte[]? Sealed);

/// <summary>Recovers an organization whose key is gone: all its keys, opened by the customer.</summary>
/// <param name="Provider">Where to make the new generation of the organization's key.</param>
/// <param name="Keys">All that are there: an organization is recovered wholly or not at all.</param>
public sealed record RecoverOrganization(string Provider, IReadOnlyList<RecoveredKey> Keys);

/// <summary>A key that came back.</summary>
/// <param name="OwnerId">Whose.</param>
/// <param name="Purpose">As it was sealed.</param>
/// <param name="Generation">Likewise.</param>
/// <param name="Key">The key itself. Whoever handles this clears it.</param>
public sealed record RecoveredKey(Guid OwnerId, string Purpose, int Generation, byte[] Key)
{
    /// <summary>Prints no key.</summary>
    public override string ToString() => $"{Purpose} of {OwnerId:D}";
}
