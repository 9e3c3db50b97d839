using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Beffroi.Transparency.Consent;

/// <summary>
/// A passkey's signature as a line below a note has it, after the key's id: the authenticator's data and the browser's (W3C Web Authentication level 3, sections 6.1 and 5.8.1), each with its length before it in two
/// bytes, and what was signed with the key. All that whoever verifies it needs beside the text and the key. Immutable.
/// </summary>
internal sealed class PasskeyAssertion
{
    private const int LongestAuthenticatorData = 1024, LongestClientData = 2048, LongestSignature = 512;

    // Section 6.1: the hash of the name, flags, the counter; then what no assertion of ours asks for.
    private const int NameHash = 32, Plain = 37;
    private const byte Present = 1, Verified = 4, Eligible = 8, BackedUp = 16, Attested = 64, Extended = 128;

    private readonly byte[] _authenticatorData;
    private readonly byte[] _clientData;

    private PasskeyAssertion(byte[] authenticatorData, byte[] clientData, byte[] signature) => (_authenticatorData, _clientData, Signature) = (authenticatorData, clientData, signature);

    /// <summary>By the passkey, over <see cref="Signed"/>.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>What a passkey signs (section 7.2).</summary>
    public byte[] Signed => [.. _authenticatorData, .. SHA256.HashData(_clientData)];

    /// <summary>How often the authenticator has signed, as it says; 0 if it doesn't count.</summary>
    public uint Count => BinaryPrimitives.ReadUInt32BigEndian(_authenticatorData.AsSpan(NameHash + 1));

    /// <summary>Whether the passkey is copied to other devices, as the authenticator says.</summary>
    public bool Synced => (_authenticatorData[NameHash] & BackedUp) != 0;

    /// <summary>Reads one; null if a part is missing or too long.</summary>
    public static PasskeyAssertion? Parse(ReadOnlySpan<byte> bytes) =>
        Take(ref bytes, LongestAuthenticatorData) is { Length: >= Plain } authenticatorData && Take(ref bytes, LongestClientData) is { } clientData && bytes.Length is > 0 and <= LongestSignature
            ? new PasskeyAssertion(authenticatorData, clientData, bytes.ToArray())
            : null;

    /// <summary>Whether a person who was verified was asked for this, by a page of this origin's and for this name. Whether it was signed is another question.</summary>
    public bool Answers(ReadOnlySpan<byte> challenge, string origin, string name)
    {
        var flags = _authenticatorData[NameHash];
        return _authenticatorData.AsSpan(0, NameHash).SequenceEqual(SHA256.HashData(Encoding.ASCII.GetBytes(name)))
            && (flags & (Present | Verified)) == (Present | Verified) && (flags & Attested) == 0 && (flags & (Eligible | BackedUp)) != BackedUp
            && (flags & Extended) != 0 == _authenticatorData.Length > Plain
            && IsAsked(challenge, origin);
    }

    // Section 7.2. A browser may add members (section 5.8.1).
    private bool IsAsked(ReadOnlySpan<byte> challenge, string origin)
    {
        try
        {
            using var document = JsonDocument.Parse(_clientData, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            var client = document.RootElement;
            return client.ValueKind == JsonValueKind.Object && Is(client, "type", "webauthn.get") && Is(client, "challenge", Base64Url.EncodeToString(challenge)) && Is(client, "origin", origin)
                && (!client.TryGetProperty("crossOrigin", out var cross) || cross.ValueKind == JsonValueKind.False) && !client.TryGetProperty("topOrigin", out _);
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half of a surrogate pair.
            return false;
        }
    }

    private static bool Is(JsonElement client, string name, string value) => client.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String && found.ValueEquals(value);

    private static byte[]? Take(ref ReadOnlySpan<byte> bytes, int longest)
    {
        if (bytes.Length < sizeof(ushort) || BinaryPrimitives.ReadUInt16BigEndian(bytes) is var length && (length > longest || bytes.Length < sizeof(ushort) + length))
        {
            return null;
        }

        var taken = bytes.Slice(sizeof(ushort), length).ToArray();
        bytes = bytes[(sizeof(ushort) + length)..];
        return taken;
    }
}
