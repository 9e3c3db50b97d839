using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;

namespace Beffroi.Hosts.Cli.Output;

/// <summary>Writes results to standard output: aligned columns for people, or the API's own JSON.</summary>
internal sealed class ResultWriter(Terminal terminal, bool json)
{
    private static readonly WireJson Indented = new(new JsonSerializerOptions(ApiClient.Wire.Options)
    {
        WriteIndented = true,
        // It goes to a terminal or a program, not into HTML: é stays é.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly JsonWriterOptions IndentedWriter = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool Json => json;

    /// <summary>Writes one value.</summary>
    public void Value<T>(T value, Func<WireJson, JsonTypeInfo<T>> type, Action<TextWriter> forPeople)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(value, type(Indented)));
        }
        else
        {
            forPeople(terminal.Out);
        }
    }

    /// <summary>Writes a list: in JSON an array.</summary>
    public void List<T>(IReadOnlyList<T> items, Func<WireJson, JsonTypeInfo<T>> type, string none, string[] headings, Func<T, string?[]> row)
    {
        if (json)
        {
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream, IndentedWriter))
            {
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    JsonSerializer.Serialize(writer, item, type(Indented));
                }

                writer.WriteEndArray();
            }

            terminal.Out.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        }
        else if (items.Count == 0)
        {
            // Not on standard output: a script that counts lines gets none.
            terminal.Error.WriteLine(none);
        }
        else
        {
            Columns.Write(terminal.Out, terminal.Interactive, headings, items.Select(row));
        }
    }
}
