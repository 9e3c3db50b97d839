namespace Beffroi.Kernel.Tests;

public sealed class InstallationTests
{
    [Theory, InlineData("beffroi"), InlineData("beffroi-e2e"), InlineData("beffroi-ab12")]
    public void NamesOfInterfacesFit(string name) =>
        Assert.All([0, 9999], index => Assert.InRange(new Installation(name).NetworkName(index).Length, 1, 15));

    [Theory, InlineData(""), InlineData("other"), InlineData("beffroi-"), InlineData("beffroi-abcde"), InlineData("beffroi/.."), InlineData("beffroi\n")]
    public void OtherNamesAreRefused(string name) => Assert.Throws<ArgumentException>(() => new Installation(name));

    [Fact]
    public void NoInstallationsPrefixBeginsAnothers()
    {
        string[] prefixes = [.. new[] { "beffroi", "beffroi-e2e", "beffroi-e", "beffroi-7" }.Select(n => new Installation(n).NetworkPrefix)];

        Assert.All(prefixes, a => Assert.Single(prefixes, b => b.StartsWith(a, StringComparison.Ordinal)));
    }
}
