using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Kernel;

/// <summary>
/// What an entry of the ledger says beside its other members, as its type allows: words that stand in the source, and between them numbers, ids, days, digests, and what its
/// writer marks as a <see cref="Name"/> or as <see cref="Stated"/>. It is written as an interpolated string; a string, bytes or a <see cref="Secret"/> in a hole of it do not
/// compile, and neither do the words of a variable. Immutable once written.
/// </summary>
[InterpolatedStringHandler]
public sealed class LedgerReason : IEquatable<LedgerReason>
{
    /// <summary>How long a name may be, in characters; what is longer is cut.</summary>
    public const int MaxName = 200;

    /// <summary>How long a statement may be, in characters; what is longer is cut.</summary>
    public const int MaxStated = 16 * 1024;

    private readonly StringBuilder _text;

    /// <summary>For the compiler, which turns an interpolated string into calls of this class.</summary>
    public LedgerReason(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + (formattedCount * 16));

    /// <summary>Words that stand in the source.</summary>
    public static LedgerReason Words([ConstantExpected] string words) => new(words, words.Length);

    /// <summary>An interpolated string as one of these, where C# would take it for a string otherwise: beside null in a conditional expression.</summary>
    public static LedgerReason Of(LedgerReason reason) => reason;

    /// <summary>
    /// What something is called: a role, an account, a rule, a step's title. Whoever reads the ledger may know it. On one line.
    /// </summary>
    public static LedgerReason Name(string name) => new(string.Create(name.Length, name, (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = char.IsControl(from[i]) ? ' ' : from[i];
        }
    }), MaxName);

    /// <summary>
    /// What somebody stated for the record and the ledger keeps as it is: a label, a limit, a reference, a signed consent, a certificate. Where this is called is held to a list in the tests.
    /// </summary>
    public static LedgerReason Stated(string text) => new(text, MaxStated);

    /// <summary>The SHA-256 of <paramref name="text"/>'s UTF-8, hexadecimal: what it is of stays out.</summary>
    public static LedgerReason Sha256(string text) => Sha256(Encoding.UTF8.GetBytes(text));

    /// <summary>The SHA-256 of <paramref name="bytes"/>, hexadecimal.</summary>
    public static LedgerReason Sha256(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)), MaxName);

    /// <summary>Several, with words between; null where there are none.</summary>
    public static LedgerReason? Join([ConstantExpected] string between, params IEnumerable<LedgerReason?> parts) =>
        parts.OfType<LedgerReason>().ToList() is { Count: > 0 } said ? new(string.Join(between, said), int.MaxValue) : null;

    /// <summary>Words of the source.</summary>
    public void AppendLiteral([ConstantExpected] string value) => _text.Append(value);

    /// <summary>Another one; nothing for null.</summary>
    public void AppendFormatted(LedgerReason? value) => _text.Append(value?._text);

    /// <summary>A number.</summary>
    public void AppendFormatted(long value) => _text.Append(CultureInfo.InvariantCulture, $"{value}");

    /// <summary>An amount; nothing for null.</summary>
    public void AppendFormatted(decimal? value) => _text.Append(CultureInfo.InvariantCulture, $"{value}");

    /// <summary>An id.</summary>
    public void AppendFormatted(Guid value) => _text.Append(CultureInfo.InvariantCulture, $"{value:D}");

    /// <summary>A day, ISO 8601.</summary>
    public void AppendFormatted(DateOnly value) => _text.Append(CultureInfo.InvariantCulture, $"{value:O}");

    /// <summary>As the ledger has it.</summary>
    public override string ToString() => _text.ToString();

    /// <inheritdoc/>
    public bool Equals(LedgerReason? other) => other is not null && _text.Equals(other._text);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LedgerReason);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private LedgerReason(string text, int max) => _text = new StringBuilder(text.Length > max ? text.Shortened(max) + "…" : text);
}
