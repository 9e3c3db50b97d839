using System.Globalization;
using System.Text;

namespace Beffroi.Platform.Ledger;

/// <summary>
/// The JSON Canonicalization Scheme (RFC 8785) for flat objects of strings and integers, which is all that entries are:
/// members sorted by their UTF-16 code units, no white space, the shortest escapes, nulls left out.
/// </summary>
internal static class CanonicalJson
{
    // RFC 8785 numbers are IEEE doubles (its section 3.2.2.3): beyond this, integers aren't exact.
    private const long LargestInteger = (1L << 53) - 1;

    /// <summary>Writes the object.</summary>
    /// <exception cref="ArgumentException">A value has no canonical form: a lone surrogate, a too large integer, another type.</exception>
    public static string Write(IEnumerable<KeyValuePair<string, object?>> members)
    {
        var json = new StringBuilder("{");
        foreach (var (name, value) in members.Where(m => m.Value is not null).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            if (json.Length > 1)
            {
                json.Append(',');
            }

            WriteString(json, name);
            json.Append(':');
            switch (value)
            {
                case string text:
                    WriteString(json, text);
                    break;
                case long number when Math.Abs(number) <= LargestInteger:
                    json.Append(number.ToString(CultureInfo.InvariantCulture));
                    break;
                default:
                    throw new ArgumentException($"The value of '{name}' has no canonical JSON form.", nameof(members));
            }
        }

        return json.Append('}').ToString();
    }

    private static void WriteString(StringBuilder json, string text)
    {
        json.Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(c, text[i + 1]))
                {
                    throw new ArgumentException("The text is not well-formed Unicode.", nameof(text));
                }

                json.Append(c).Append(text[++i]);
                continue;
            }

            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\t' => json.Append("\\t"),
                '\n' => json.Append("\\n"),
                '\f' => json.Append("\\f"),
                '\r' => json.Append("\\r"),
                < ' ' => json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => json.Append(c),
            };
        }

        json.Append('"');
    }
}
