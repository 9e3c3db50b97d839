using CsCheck;

namespace Beffroi.Kernel.Tests;

public sealed class LabelSelectorTests
{
    [Fact]
    public void ReadsPairs() =>
        Assert.Equal(
            new Dictionary<string, string> { ["team"] = "cardio", ["env"] = "" },
            LabelSelector.Parse("selector", "team=cardio,env=").Value!.Required);

    [Theory, InlineData("a"), InlineData("=b"), InlineData("a=b,a=c"), InlineData("A=b"), InlineData("a=b=c"), InlineData("a=\n")]
    public void NamesTheFieldOfWhatItRefuses(string text) =>
        Assert.Equal("selector", Assert.Single(LabelSelector.Parse("selector", text).Problem!.Errors).Field);

    [Fact]
    public void NoTextThrows() => Gen.String.Sample(text => LabelSelector.Parse("selector", text) is { } result && (result.Ok || result.Problem is not null));

    [Fact]
    public void EveryBadLabelIsNamed() =>
        Assert.Equal(2, LabelSelector.Check("labels", new Dictionary<string, string> { ["Bad"] = "x", ["good"] = "a,b", ["fine"] = "ok" }).Count());
}
