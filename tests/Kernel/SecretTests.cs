using System.Text.Json;

namespace Beffroi.Kernel.Tests;

public sealed class SecretTests
{
    [Fact]
    public void NothingOfItIsPrinted()
    {
        using var secret = Secret.FromText("canary");

        Assert.DoesNotContain("canary", $"{secret}", StringComparison.Ordinal);
        Assert.DoesNotContain("canary", JsonSerializer.Serialize(secret), StringComparison.Ordinal);
        Assert.Equal(0, secret.GetHashCode());
    }

    [Fact]
    public void ComparesByContent()
    {
        using Secret a = Secret.FromText("same"), b = Secret.FromText("same"), c = Secret.FromText("other");

        Assert.Equal(a, b);
        Assert.NotEqual(a, c);
        Assert.False(a.Equals(null));
    }

    [Fact]
    public void DisposingOverwrites()
    {
        var secret = Secret.FromText("canary");
        secret.Dispose();

        Assert.All(secret.Reveal().ToArray(), b => Assert.Equal(0, b));
    }
}
