using System.Text;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// SLIP-0039's checksum: a Reed-Solomon code over GF(1024) of three words. It finds any change of up to three words, and of more with a chance of less than
/// one in 10⁹ that it doesn't.
/// </summary>
internal static class Rs1024
{
    public const int Length = 3;

    private static readonly uint[] Generator =
        [0x00E0E040, 0x01C1C080, 0x03838100, 0x07070200, 0x0E0E0009, 0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x03F3F120];

    public static int[] Create(ReadOnlySpan<int> words, bool extendable)
    {
        var remainder = Remainder([.. words, 0, 0, 0], extendable) ^ 1;
        return [(int)(remainder >> 20) & 1023, (int)(remainder >> 10) & 1023, (int)remainder & 1023];
    }

    public static bool Holds(ReadOnlySpan<int> words, bool extendable) => Remainder(words, extendable) == 1;

    private static uint Remainder(ReadOnlySpan<int> words, bool extendable)
    {
        var remainder = 1u;
        foreach (var c in Encoding.ASCII.GetBytes(Customization(extendable)))
        {
            remainder = Next(remainder, c);
        }

        foreach (var word in words)
        {
            remainder = Next(remainder, (uint)word);
        }

        return remainder;
    }

    // The standard's words, so that a share of the one form is never read as the other.
    private static string Customization(bool extendable) => extendable ? "shamir_extendable" : "shamir";

    private static uint Next(uint remainder, uint value)
    {
        var top = remainder >> 20;
        var next = ((remainder & 0xFFFFF) << 10) ^ value;
        for (var bit = 0; bit < 10; bit++)
        {
            next ^= ((top >> bit) & 1) * Generator[bit];
        }

        return next;
    }
}
