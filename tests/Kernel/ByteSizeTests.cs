using CsCheck;

namespace Beffroi.Kernel.Tests;

public sealed class ByteSizeTests
{
    [Fact]
    public void WhatIsWrittenIsReadBack() =>
        Gen.Select(Gen.Long[1, 1L << 20], Gen.Int[0, 3].Select(i => new[] { "KiB", "MiB", "GiB", "TiB" }[i])).Sample((count, unit) =>
        {
            Assert.True(ByteSize.TryParse(count + unit, out var size));
            Assert.True(ByteSize.TryParse(size.ToString(), out var again));
            Assert.Equal(size, again);
        });

    [Fact]
    public void NoTextThrows() => Gen.String.Sample(text => ByteSize.TryParse(text, out var size) || size == default);

    [Theory]
    [InlineData("10GiB", 10L << 30)]
    [InlineData("1024MiB", 1L << 30)]
    [InlineData("0GiB", 0)]
    [InlineData("8388607TiB", 8388607L << 40)]
    public void Reads(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("10"), InlineData("GiB"), InlineData("-1GiB"), InlineData("+1GiB"), InlineData(" 1GiB")]
    [InlineData("1.5GiB"), InlineData("10GB"), InlineData("10gib"), InlineData("8388608TiB"), InlineData("99999999999999999999GiB"), InlineData("١GiB")]
    public void Refuses(string? text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(1L << 30, "1GiB"), InlineData(1536L << 20, "1536MiB"), InlineData(1L << 40, "1TiB"), InlineData(1000, "1000"), InlineData(0, "0")]
    public void WritesTheShortestExactForm(long bytes, string text) => Assert.Equal(text, new ByteSize(bytes).ToString());
}
