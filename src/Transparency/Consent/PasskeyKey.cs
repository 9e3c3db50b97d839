using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Transparency.Consent;

/// <summary>
/// A passkey's public key, and where it may have been asked to sign (W3C Web Authentication level 3): a page of exactly one origin, whose host is the name that the passkey is tied to (the RP ID). As text it is a
/// key for notes of a type of our own (C2SP signed-note, signature type 0xff with a longer identifier): 0xff, the identifier, a newline, the origin, a newline, the credential's id with its length before it in
/// two bytes, and the key as a SubjectPublicKeyInfo (RFC 5280). ECDSA on P-256 or RSA of 2048 to 4096 bits with PKCS #1 v1.5, both with SHA-256: what passkeys sign people in with. Immutable.
/// </summary>
public sealed class PasskeyKey : ApproverKey
{
    // WebAuthn section 4: no credential id has fewer bytes; section 6.5.1: nor more.
    private const int ShortestId = 16, LongestId = 1023;

    private const int ShortestModulus = 2048, LongestModulus = 4096, LongestKey = 600, LongestOrigin = 300;
    private const byte OtherType = 0xff;

    // Of a point on P-256, uncompressed, as SubjectPublicKeyInfo (RFC 5480): all but its two coordinates of 32 bytes. No other curve comes to be looked at.
    private static readonly byte[] P256 = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    // Before the hash of the text, in clear: a challenge that asks for a consent shows that it does, and none of a sign-in (32 random bytes) has this form.
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes("beffroi passkey note v1\n");

    private static readonly byte[] Type = [OtherType, .. Encoding.ASCII.GetBytes("beffroi/passkey-note/v1\n")];

    private readonly byte[] _encoded;
    private readonly byte[] _subjectPublicKeyInfo;

    private PasskeyKey(string name, string origin, byte[] credentialId, byte[] subjectPublicKeyInfo)
    {
        (Name, Origin, CredentialId, _subjectPublicKeyInfo) = (name, origin, credentialId, subjectPublicKeyInfo);
        Host = new Uri(origin).Host;
        _encoded = [.. Type, .. Encoding.ASCII.GetBytes(origin), (byte)'\n', (byte)(credentialId.Length >> 8), (byte)credentialId.Length, .. credentialId, .. subjectPublicKeyInfo];
        Id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. _encoded]));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override uint Id { get; }

    /// <inheritdoc/>
    public override bool IsPasskey => true;

    /// <summary>Whose pages may have asked: <c>https://HOST[:PORT]</c>.</summary>
    public string Origin { get; }

    /// <summary>The name that the passkey is tied to, in the origin.</summary>
    public string Host { get; }

    /// <summary>The authenticator's name for the passkey, 16 to 1023 bytes.</summary>
    public ReadOnlyMemory<byte> CredentialId { get; }

    /// <summary>The key, as SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> PublicKey => _subjectPublicKeyInfo;

    /// <summary>Puts a key together; null if a part of it is not as it has to be.</summary>
    /// <param name="name">The key's: <c>ORGANIZATION/ACCOUNT</c>.</param>
    /// <param name="origin"><c>https://HOST[:PORT]</c>, as browsers write it; the host is a name.</param>
    /// <param name="credentialId">16 to 1023 bytes.</param>
    /// <param name="subjectPublicKeyInfo">The key.</param>
    public static PasskeyKey? Create(string name, string origin, ReadOnlySpan<byte> credentialId, ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        NoteKey.IsName(name) && IsOrigin(origin) && credentialId.Length is >= ShortestId and <= LongestId && IsSound(subjectPublicKeyInfo)
            ? new PasskeyKey(name, origin, credentialId.ToArray(), subjectPublicKeyInfo.ToArray())
            : null;

    /// <summary>Reads a key; null if it isn't exactly one that <see cref="ToString"/> writes.</summary>
    public static new PasskeyKey? Parse(string text)
    {
        var parts = text.Length > MaxLength ? [] : text.Split('+', 3);
        if (parts.Length != 3 || Base64.Decode(parts[2]) is not { } bytes || !bytes.AsSpan().StartsWith(Type))
        {
            return null;
        }

        var rest = bytes.AsSpan(Type.Length);
        if (rest.IndexOf((byte)'\n') is not (> 0 and var end) || rest.Length < end + 3)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[(end + 1)..]);
        var after = rest[(end + 3)..];
        return after.Length > length && Ascii.IsValid(rest[..end]) && Create(parts[0], Encoding.ASCII.GetString(rest[..end]), after[..length], after[length..]) is { } key && key.ToString() == text ? key : null;
    }

    /// <summary>What a browser is asked to have signed for a text: not its hash alone, but what it is the hash of.</summary>
    public static byte[] Challenge(string text) => [.. Prefix, .. SHA256.HashData(Encoding.UTF8.GetBytes(text))];

    /// <summary>What the authenticator says with this key's signature below a note, if that is there and true: how often it has signed (0 if it doesn't count), and whether the passkey is copied to other devices.</summary>
    public (long Count, bool Synced)? Used(SignedNote note) =>
        HasSigned(note) && PasskeyAssertion.Parse(note.Signatures.First(s => s.KeyId == Id && s.Name == Name).Signature.Span) is { } assertion ? (assertion.Count, assertion.Synced) : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}+{Id:x8}+{Convert.ToBase64String(_encoded)}");

    private protected override bool IsTrue(string text, ReadOnlySpan<byte> signature) =>
        PasskeyAssertion.Parse(signature) is { } assertion && assertion.Answers(Challenge(text), Origin, Host) && IsSigned(assertion);

    private bool IsSigned(PasskeyAssertion assertion)
    {
        try
        {
            if (IsP256(_subjectPublicKeyInfo))
            {
                using var ecdsa = ECDsa.Create();
                return TryImport(ecdsa, _subjectPublicKeyInfo) && ecdsa.VerifyData(assertion.Signed, assertion.Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            }

            using var rsa = RSA.Create();
            return TryImport(rsa, _subjectPublicKeyInfo) && rsa.VerifyData(assertion.Signed, assertion.Signature.Span, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            // A signature that is no DER.
            return false;
        }
    }

    private static bool IsOrigin(string origin) =>
        origin.Length <= LongestOrigin && Ascii.IsValid(origin) && Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.HostNameType == UriHostNameType.Dns
        && uri.UserInfo.Length == 0 && uri.GetLeftPart(UriPartial.Authority) == origin;

    // Another curve, a point that isn't on it, fewer bits or another spelling of the same key is none.
    private static bool IsSound(ReadOnlySpan<byte> key)
    {
        if (IsP256(key))
        {
            using var ecdsa = ECDsa.Create();
            return TryImport(ecdsa, key);
        }

        using var rsa = RSA.Create();
        return key.Length <= LongestKey && TryImport(rsa, key) && rsa.KeySize is >= ShortestModulus and <= LongestModulus && rsa.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key);
    }

    private static bool IsP256(ReadOnlySpan<byte> key) => key.Length == P256.Length + (2 * 32) && key.StartsWith(P256);

    private static bool TryImport(AsymmetricAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        try
        {
            algorithm.ImportSubjectPublicKeyInfo(key, out var read);
            return read == key.Length;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
