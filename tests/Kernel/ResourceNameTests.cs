using CsCheck;

namespace Beffroi.Kernel.Tests;

public sealed class ResourceNameTests
{
    [Theory, InlineData("a"), InlineData("dossiers"), InlineData("a-1"), InlineData("a--b"), InlineData("abcdefghijklmnopqrstuvwxyz0123456789-abc")]
    public void Accepts(string name) => Assert.True(ResourceName.IsValid(name));

    [Theory]
    [InlineData(null), InlineData(""), InlineData("A"), InlineData("1a"), InlineData("-a"), InlineData("a-"), InlineData("a_b"), InlineData("a.b")]
    [InlineData("a/b"), InlineData("a\n"), InlineData("é"), InlineData("../etc"), InlineData("abcdefghijklmnopqrstuvwxyz0123456789-abcd")]
    public void Refuses(string? name) => Assert.False(ResourceName.IsValid(name));

    [Fact]
    public void WhatIsAcceptedIsADnsLabel() => Gen.String[Gen.Char["ab09-_.A\n"], 0, 45].Sample(name =>
    {
        if (ResourceName.IsValid(name))
        {
            Assert.Equal(UriHostNameType.Dns, Uri.CheckHostName(name));
            Assert.True(name.Length <= 40);
        }
    });
}
