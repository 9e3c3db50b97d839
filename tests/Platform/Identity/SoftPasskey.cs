using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Beffroi.Testing;

/// <summary>
/// A passkey as an authenticator holds it, with the browser in front: W3C Web Authentication level 3 written once more, so that a mistake in the product's isn't its own proof. Every part can be made wrong.
/// </summary>
public sealed class SoftPasskey : IDisposable
{
    /// <summary>User present, user verified, backup eligible, backed up, attested data, extensions (section 6.1).</summary>
    public const byte Up = 1, Uv = 4, Be = 8, Bs = 16, At = 64, Ed = 128;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private RSA? _rsa;

    public byte[] Id { get; init; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>The user handle, once it was made.</summary>
    public byte[] User { get; set; } = [];

    /// <summary>What it counts, and sends with each use.</summary>
    public uint Count { get; set; }

    public byte Flags { get; set; } = Up | Uv;

    /// <summary>The algorithm that the key says it is for.</summary>
    public int Algorithm { get; set; } = -7;

    /// <summary>An RSA key instead, of so many bits.</summary>
    public int? RsaBits { get; init; }

    /// <summary>What a site that isn't ours would have in place of these.</summary>
    public string? Origin { get; set; }

    public string? RpId { get; set; }

    public string? Type { get; set; }

    public string? Challenge { get; set; }

    /// <summary>Whether it was asked in a frame of another site's.</summary>
    public bool CrossOrigin { get; set; }

    /// <summary>What else a browser says: other members, or the same ones again.</summary>
    public string? More { get; set; }

    /// <summary>All that a browser says, whatever that is.</summary>
    public string? ClientData { get; set; }

    /// <summary>What an authenticator adds that nobody asked for.</summary>
    public byte[] Extensions { get; set; } = [];

    /// <summary>Changes what is signed after it was signed.</summary>
    public Action<byte[]>? Spoil { get; set; }

    /// <summary>The public key.</summary>
    public byte[] PublicKey => RsaBits is null ? _key.ExportSubjectPublicKeyInfo() : Rsa.ExportSubjectPublicKeyInfo();

    private RSA Rsa => _rsa ??= RSA.Create(RsaBits!.Value);

    /// <summary>The browser's answer to what a page asked for to make a passkey.</summary>
    public string Make(string options, string origin)
    {
        var asked = JsonNode.Parse(options)!;
        User = Base64Url.DecodeFromChars((string)asked["user"]!["id"]!);
        var client = Client(asked, "webauthn.create", origin);
        var data = Data((string)asked["rp"]!["id"]!, (byte)(Flags | At));
        byte[] all = [.. data, .. new byte[16], (byte)(Id.Length >> 8), (byte)Id.Length, .. Id, .. CoseKey()];
        Spoil?.Invoke(all);
        var cbor = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cbor.WriteStartMap(3);
        cbor.WriteTextString("fmt");
        cbor.WriteTextString("none");
        cbor.WriteTextString("attStmt");
        cbor.WriteStartMap(0);
        cbor.WriteEndMap();
        cbor.WriteTextString("authData");
        cbor.WriteByteString(all);
        cbor.WriteEndMap();
        return Answer(new JsonObject { ["clientDataJSON"] = Text(client), ["attestationObject"] = Text(cbor.Encode()), ["transports"] = new JsonArray("internal", "carrier-pigeon") });
    }

    /// <summary>The browser's answer to what a page asked for to sign in.</summary>
    public string Use(string options, string origin)
    {
        var asked = JsonNode.Parse(options)!;
        var client = Client(asked, "webauthn.get", origin);
        var data = Data((string)asked["rpId"]!, Flags);
        byte[] signed = [.. data, .. SHA256.HashData(client)];
        var signature = RsaBits is null ? _key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            : Rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Spoil?.Invoke(data);
        return Answer(new JsonObject { ["clientDataJSON"] = Text(client), ["authenticatorData"] = Text(data), ["signature"] = Text(signature), ["userHandle"] = Text(User) });
    }

    /// <summary>The passkey as a key for notes, put together as the product does, once more.</summary>
    public string KeyOf(string name, string origin)
    {
        byte[] key = [0xff, .. "beffroi/passkey-note/v1\n"u8, .. Encoding.ASCII.GetBytes(origin + "\n"), (byte)(Id.Length >> 8), (byte)Id.Length, .. Id, .. PublicKey];
        return $"{name}+{Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(name + "\n"), .. key])[..4])}+{Convert.ToBase64String(key)}";
    }

    /// <summary>The line of a note over a text, as our page's script makes it of what the browser answers.</summary>
    public string Sign(string key, string text, string origin)
    {
        byte[] challenge = [.. "beffroi passkey note v1\n"u8, .. SHA256.HashData(Encoding.UTF8.GetBytes(text))];
        return LineOf(key, Use(new JsonObject { ["challenge"] = Text(challenge), ["rpId"] = new Uri(origin).Host }.ToJsonString(), origin));
    }

    /// <summary>What a browser answered to whatever it was asked, as the line of a note.</summary>
    public static string LineOf(string key, string answer)
    {
        var response = JsonNode.Parse(answer)!["response"]!;
        byte[] Part(string name) => Base64Url.DecodeFromChars((string)response[name]!);
        static byte[] Sized(byte[] bytes) => [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
        var parts = key.Split('+');
        return $"\u2014 {parts[0]} {Convert.ToBase64String([.. Convert.FromHexString(parts[1]), .. Sized(Part("authenticatorData")), .. Sized(Part("clientDataJSON")), .. Part("signature")])}";
    }

    public void Dispose()
    {
        _key.Dispose();
        _rsa?.Dispose();
    }

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);

    private string Answer(JsonObject response) => new JsonObject
    {
        ["id"] = Text(Id),
        ["rawId"] = Text(Id),
        ["type"] = "public-key",
        ["clientExtensionResults"] = new JsonObject(),
        ["response"] = response,
    }.ToJsonString();

    private byte[] Client(JsonNode asked, string type, string origin) => Encoding.UTF8.GetBytes(ClientData ?? new JsonObject
    {
        ["type"] = Type ?? type,
        ["challenge"] = Challenge ?? (string)asked["challenge"]!,
        ["origin"] = Origin ?? origin,
        ["crossOrigin"] = CrossOrigin,
    }.ToJsonString()[..^1] + More + "}");

    private byte[] Data(string rpId, byte flags)
    {
        var data = new byte[37 + Extensions.Length];
        SHA256.HashData(Encoding.UTF8.GetBytes(RpId ?? rpId)).CopyTo(data, 0);
        data[32] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(33), Count);
        Extensions.CopyTo(data, 37);
        return data;
    }

    /// <summary>The public key as authenticators give it.</summary>
    public byte[] CoseKey()
    {
        var cbor = new CborWriter(CborConformanceMode.Ctap2Canonical);
        if (RsaBits is not null)
        {
            var rsaKey = Rsa.ExportParameters(false);
            cbor.WriteStartMap(4);
            Pair(cbor, 1, 3);
            Pair(cbor, 3, Algorithm);
            Pair(cbor, -1, rsaKey.Modulus!);
            Pair(cbor, -2, rsaKey.Exponent!);
            cbor.WriteEndMap();
            return cbor.Encode();
        }

        var key = _key.ExportParameters(false);
        cbor.WriteStartMap(5);
        Pair(cbor, 1, 2);
        Pair(cbor, 3, Algorithm);
        Pair(cbor, -1, 1);
        Pair(cbor, -2, key.Q.X!);
        Pair(cbor, -3, key.Q.Y!);
        cbor.WriteEndMap();
        return cbor.Encode();
    }

    private static void Pair(CborWriter cbor, int label, int value)
    {
        cbor.WriteInt32(label);
        cbor.WriteInt32(value);
    }

    private static void Pair(CborWriter cbor, int label, byte[] value)
    {
        cbor.WriteInt32(label);
        cbor.WriteByteString(value);
    }
}
