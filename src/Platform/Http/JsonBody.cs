using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Beffroi.Platform.Http;

/// <summary>Reads request bodies: bounded, strict, and with every fault named, not only the first.</summary>
public static class JsonBody
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The body's bytes, if it is JSON by its content type and not too large.</summary>
    /// <param name="http">The request.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <param name="largest">In bytes.</param>
    public static async Task<Result<byte[]>> ReadAsync(HttpContext http, CancellationToken cancellationToken, int largest = Problems.LargestBody)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
            || !string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            || (type.CharSet is { } charset && !string.Equals(charset.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return Problems.NotJson;
        }

        if (http.Request.ContentLength > largest)
        {
            return Problems.BodyTooLarge;
        }

        try
        {
            // One that may be larger is given the server's limit too, which stands before this one.
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit && limit.MaxRequestBodySize < largest)
            {
                limit.MaxRequestBodySize = largest;
            }

            using var body = new MemoryStream();
            var buffer = new byte[8192];
            int read;
            while ((read = await http.Request.Body.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (body.Length + read > largest)
                {
                    return Problems.BodyTooLarge;
                }

                body.Write(buffer, 0, read);
            }

            return body.ToArray();
        }
        catch (BadHttpRequestException bad) when (bad.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problems.BodyTooLarge;
        }
    }

    /// <summary>
    /// Reads a value. Members that are unknown or of the wrong type are named in <paramref name="errors"/> and left out, so that the rest can be
    /// checked too: the value may be used only while <paramref name="errors"/> stays empty.
    /// </summary>
    /// <returns>A problem if this is not a JSON object at all.</returns>
    public static Result<T> Parse<T>(byte[] body, JsonTypeInfo<T> type, List<FieldError> errors)
        where T : class
    {
        try
        {
            _ = StrictUtf8.GetCharCount(body);
            var node = JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            if (node is not JsonObject root)
            {
                return Problems.Malformed("The body must be a JSON object.");
            }

            JsonShape.Clean(root, type, "", errors);
            return root.Deserialize(type) is { } value ? value : Problems.Malformed("The body must be a JSON object.");
        }
        catch (JsonException bad)
        {
            return Problems.Malformed(
                bad.LineNumber is { } line
                    ? $"It can't be read at line {line + 1}, byte {bad.BytePositionInLine + 1}."
                    : "It can't be read: each member may occur once, and the nesting must not be deeper than 16.");
        }
        catch (Exception bad) when (bad is DecoderFallbackException or InvalidOperationException or ArgumentException)
        {
            return Problems.Malformed("It is not valid UTF-8 text, or has an incomplete surrogate pair or a member twice.");
        }
    }
}
