using System.Reflection;

namespace Beffroi.Architecture.Tests;

/// <summary>Dependencies point one way: Kernel ← Contracts ← …, Kernel ← Reconciling, Infrastructure ← Platform ← Services ← Hosts.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Beffroi.Kernel"] = [],
        ["Beffroi.Contracts"] = ["Beffroi.Kernel"],
        ["Beffroi.Transparency"] = ["Beffroi.Kernel"],
        ["Beffroi.Reconciling"] = ["Beffroi.Kernel"],
        ["Beffroi.Infrastructure"] = ["Beffroi.Kernel"],
        ["Beffroi.Platform"] = ["Beffroi.Kernel", "Beffroi.Contracts", "Beffroi.Transparency", "Beffroi.Reconciling", "Beffroi.Infrastructure"],
        ["Beffroi.Services.Postgres"] =
            ["Beffroi.Kernel", "Beffroi.Contracts", "Beffroi.Reconciling", "Beffroi.Infrastructure", "Beffroi.Platform"],
        ["Beffroi.Services.Isolation"] =
            ["Beffroi.Kernel", "Beffroi.Contracts", "Beffroi.Reconciling", "Beffroi.Infrastructure", "Beffroi.Platform"],
        ["Beffroi.Services.Evidence"] =
            ["Beffroi.Kernel", "Beffroi.Contracts", "Beffroi.Transparency", "Beffroi.Reconciling", "Beffroi.Infrastructure", "Beffroi.Platform"],
        ["beffroid"] =
        [
            "Beffroi.Kernel", "Beffroi.Contracts", "Beffroi.Reconciling", "Beffroi.Infrastructure", "Beffroi.Platform", "Beffroi.Services.Postgres",
            "Beffroi.Services.Isolation", "Beffroi.Services.Evidence", "Beffroi.Console",
        ],
        // What every client of the API has, and no more: the console has no way around it.
        ["Beffroi.Console"] = ["Beffroi.Kernel", "Beffroi.Contracts"],
        ["beffroi-host"] = ["Beffroi.Kernel", "Beffroi.Infrastructure"],
        ["beffroi"] = ["Beffroi.Kernel", "Beffroi.Contracts", "Beffroi.Transparency"],
        ["beffroi-agent"] = ["Beffroi.Kernel", "Beffroi.Contracts"],
    };

    public static TheoryData<string> Assemblies => [.. Allowed.Keys];

    [Theory, MemberData(nameof(Assemblies))]
    public void AnAssemblyReferencesOnlyWhatItMay(string name)
    {
        var references = Assembly.Load(name).GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(a => a.StartsWith("beffroi", StringComparison.OrdinalIgnoreCase));

        Assert.Empty(references.Except(Allowed[name]));
    }

    [Fact]
    public void EveryProjectUnderSrcIsHeldToARule()
    {
        var projects = Directory.EnumerateFiles(Path.Combine(Checkout.Root(), "src"), "*.csproj", SearchOption.AllDirectories);

        Assert.Equal(Allowed.Count, projects.Count());
    }

    [Fact]
    public void NoSourceFileIsLongerThan500Lines()
    {
        var tooLong = Directory.EnumerateFiles(Checkout.Root(), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/artifacts/", StringComparison.Ordinal) && File.ReadLines(f).Count() > 500);

        Assert.Empty(tooLong);
    }

    [Theory, InlineData("Manager"), InlineData("Helper"), InlineData("Helpers"), InlineData("Util"), InlineData("Utils")]
    public void NoTypeIsNamedForNothing(string suffix)
    {
        var types = Allowed.Keys.SelectMany(name => Assembly.Load(name).GetTypes())
            .Where(t => t.Namespace?.StartsWith("Beffroi", StringComparison.Ordinal) == true && t.Name.EndsWith(suffix, StringComparison.Ordinal));

        Assert.Empty(types);
    }
}
