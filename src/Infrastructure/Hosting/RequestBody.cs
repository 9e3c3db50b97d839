using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Beffroi.Infrastructure.Hosting;

/// <summary>Reads a request as a whole, and leaves nothing of it where it was received: some hold a volume's key.</summary>
internal static class RequestBody
{
    /// <exception cref="JsonException">It is no JSON, or not of this type.</exception>
    public static async Task<T?> ReadAsync<T>(PipeReader body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            if (read.IsCompleted)
            {
                try
                {
                    return Parse(read.Buffer, type);
                }
                finally
                {
                    foreach (var piece in read.Buffer)
                    {
                        MemoryMarshal.AsMemory(piece).Span.Clear();
                    }

                    body.AdvanceTo(read.Buffer.End);
                }
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static T? Parse<T>(ReadOnlySequence<byte> json, JsonTypeInfo<T> type)
    {
        var reader = new Utf8JsonReader(json, type.Options.ReaderOptions());
        var value = JsonSerializer.Deserialize(ref reader, type);
        // Nothing comes after it.
        reader.Read();
        return value;
    }

    private static JsonReaderOptions ReaderOptions(this JsonSerializerOptions options) =>
        new() { AllowTrailingCommas = options.AllowTrailingCommas, CommentHandling = options.ReadCommentHandling, MaxDepth = options.MaxDepth };
}
