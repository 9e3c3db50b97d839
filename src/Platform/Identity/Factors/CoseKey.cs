using System.Formats.Cbor;
using System.Security.Cryptography;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>A passkey's public key as authenticators give it (COSE, RFC 9052 section 7, RFC 9053 section 7.1, RFC 8230 section 4). Pure.</summary>
internal static class CoseKey
{
    private const int KeyType = 1, Ec2 = 2, Rsa = 3;

    // Of an elliptic curve's key: curve and point; of an RSA key the modulus has the curve's label, and the exponent that of the first coordinate.
    private const int CurveOrModulus = -1, XOrExponent = -2, Y = -3, P256 = 1;

    /// <summary>The same key as SubjectPublicKeyInfo (RFC 5280); null for other kinds of keys, and for what is none.</summary>
    public static byte[]? ToSubjectPublicKeyInfo(byte[] coseKey)
    {
        try
        {
            var reader = new CborReader(coseKey, CborConformanceMode.Ctap2Canonical);
            reader.ReadStartMap();
            var (type, curve, numbers) = (0, 0, new Dictionary<int, byte[]>());
            while (reader.PeekState() != CborReaderState.EndMap)
            {
                var label = reader.ReadInt32();
                switch (reader.PeekState())
                {
                    case CborReaderState.ByteString:
                        numbers[label] = reader.ReadByteString();
                        break;
                    case CborReaderState.UnsignedInteger when label is KeyType:
                        type = reader.ReadInt32();
                        break;
                    case CborReaderState.UnsignedInteger when label is CurveOrModulus:
                        curve = reader.ReadInt32();
                        break;
                    default:
                        reader.SkipValue();
                        break;
                }
            }

            if (type == Ec2 && curve == P256 && numbers.TryGetValue(XOrExponent, out var x) && numbers.TryGetValue(Y, out var y))
            {
                using var ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });
                return ecdsa.ExportSubjectPublicKeyInfo();
            }

            if (type == Rsa && numbers.TryGetValue(CurveOrModulus, out var modulus) && numbers.TryGetValue(XOrExponent, out var exponent))
            {
                using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
                return rsa.ExportSubjectPublicKeyInfo();
            }

            return null;
        }
        catch (Exception bad) when (bad is CborContentException or InvalidOperationException or OverflowException or CryptographicException)
        {
            return null;
        }
    }
}
