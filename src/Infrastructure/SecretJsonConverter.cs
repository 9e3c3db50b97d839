using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure;

/// <summary>
/// Carries a secret as base64 between beffroid and beffroi-host, on their private unix socket and nowhere else.
/// Opt-in per member: a <see cref="Secret"/> has no JSON form of its own.
/// </summary>
public sealed class SecretJsonConverter : JsonConverter<Secret>
{
    /// <inheritdoc/>
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var bytes = reader.GetBytesFromBase64();
        try
        {
            return Secret.FromBytes(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(value.Reveal());
}
