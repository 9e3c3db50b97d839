namespace Beffroi.Architecture.Tests;

/// <summary>The sources that these tests are of.</summary>
internal static class Checkout
{
    /// <summary>The checkout's folder, above that of the tests' program.</summary>
    public static string Root()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(root + "/Beffroi.slnx"))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests run outside of the checkout.");
        }

        return root;
    }
}
