using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Beffroi.Platform.Sovereignty;

namespace Beffroi.Platform.Tests.Sovereignty;

/// <summary>The register says of the product what is true of it: its packages are those that are locked and installed, with the licences that they themselves tell.</summary>
public sealed partial class ProductRegisterTests
{
    // Parts of the SDK, whose patch brings its own: they are the register's software:dotnet.
    private static readonly Regex OfSdk = new(@"^(runtime\.[a-z0-9-]+\.)?Microsoft\.(DotNet\.ILCompiler|NET\.ILLink\.Tasks)$");

    private static readonly (string Folder, string Program)[] Programs =
        [("Hosts/Server", "software:beffroid"), ("Hosts/Host", "software:beffroi-host"), ("Agent", "software:beffroi-agent"), ("Hosts/Cli", "software:beffroi")];

    /// <summary>With BEFFROI_WRITE_REGISTER=1 it writes the list instead, from what the lock files and the packages' metadata say.</summary>
    [Fact]
    public void The_NuGet_packages_are_those_of_the_lock_files_with_the_licences_of_their_metadata()
    {
        var locked = Programs.SelectMany(p => Locked(p.Folder).Select(l => (l.Name, l.Version, p.Program))).Where(l => !OfSdk.IsMatch(l.Name))
            .GroupBy(l => (l.Name, l.Version), l => l.Program).OrderBy(g => g.Key.Name, StringComparer.OrdinalIgnoreCase).ToList();
        if (Environment.GetEnvironmentVariable("BEFFROI_WRITE_REGISTER") == "1")
        {
            var options = new JsonSerializerOptions(RegisterJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = false };
            var rows = locked.Select(l => JsonSerializer.Serialize(Told(l.Key.Name, l.Key.Version, [.. l]), options));
            File.WriteAllText(Root() + "/src/Platform/Sovereignty/Data/nuget.json", "[\n  " + string.Join(",\n  ", rows) + "\n]\n");
            Assert.Skip("The list is written; build again.");
        }

        const string Advice = "Run these tests with BEFFROI_WRITE_REGISTER=1 in a checkout where everything is restored, and read what changed.";
        var register = ProductRegister.NuGet.ToDictionary(p => (p.Name, p.Version));
        Assert.True(locked.Select(l => l.Key).Order().SequenceEqual(register.Keys.Order()), $"The register's packages are not those of the lock files. {Advice}");
        var looked = 0;
        foreach (var package in locked)
        {
            // Only what has been restored here can be looked at; this project itself needs most of it.
            if (Told(package.Key.Name, package.Key.Version, [.. package]) is { } told)
            {
                looked++;
                var said = register[package.Key];
                Assert.True((told.Licence, told.Supplier) == (said.Licence, said.Supplier) && told.Carries.SequenceEqual(said.Carries), $"{told} is not what the register says: {said}. {Advice}");
            }
        }

        Assert.True(looked >= 20, $"Only {looked} packages could be looked at.");
    }

    [Fact]
    public void Every_licence_of_a_package_is_a_free_one() =>
        Assert.All(ProductRegister.NuGet, p => Assert.Contains(p.Licence, (string[])["MIT", "Apache-2.0", "BSD-3-Clause", "ISC", "PostgreSQL"]));

    [Fact]
    public void The_hosts_packages_are_those_that_up_installs()
    {
        var script = File.ReadAllText(Root() + "/eng/packages");
        var wanted = Words(UpPackages().Match(script).Groups[1].Value).Concat(Words(BackportedPackages().Match(script).Groups[1].Value));
        Assert.Equal(wanted.Order(StringComparer.Ordinal), ProductRegister.This.HostPackages.Keys.Order(StringComparer.Ordinal));

        static IEnumerable<string> Words(string lines) => lines.Split('\n').SelectMany(l => l.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void The_images_packages_are_those_that_images_are_made_of()
    {
        var images = Directory.GetDirectories(Root() + "/images");
        Assert.Equal("postgres", Path.GetFileName(Assert.Single(images)));
        Assert.Equal(
            File.ReadLines(images[0] + "/packages").Where(l => l.Length > 0 && l[0] != '#').Order(StringComparer.Ordinal), ProductRegister.This.ImagePackages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Images_have_only_packages_from_the_section_that_holds_free_software()
    {
        var sources = Regex.Matches(File.ReadAllText(Root() + "/images/build"), "\"deb \\$url \\$suite[a-z-]* ([^\"]*)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources, s => Assert.Equal("main", s));
    }

    [Fact]
    public async Task A_bill_of_materials_has_the_licences_that_a_readable_copyright_file_names()
    {
        var root = Directory.CreateTempSubdirectory("beffroi-test-licences-");
        try
        {
            Copyright("deb", "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ or \"Artistic\"\n\nFiles: x\nLicense: MIT\n words\n\nLicense: MIT\n");
            Copyright("old", "This package was debianized by hand.\nLicense: BSD\n");
            var start = new ProcessStartInfo(Root() + "/images/licences", [root.FullName]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync("deb\t1.0\tamd64\nold\t2\tall\nnone\t3\tall\n");
            process.StandardInput.Close();
            Assert.Equal("deb\t1.0\tamd64\tGPL-2+ or Artistic|MIT\nold\t2\tall\t\nnone\t3\tall\t\n", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            root.Delete(recursive: true);
        }

        void Copyright(string package, string text) => File.WriteAllText(root.CreateSubdirectory("usr/share/doc/" + package).FullName + "/copyright", text);
    }

    [Fact]
    public void Everything_that_is_named_is_there_and_every_program_of_the_product_has_an_entry()
    {
        var all = ProductRegister.This.Entries.Concat(ProductRegister.NuGet.Select(ProductRegister.Entry))
            .Concat(ProductRegister.This.HostPackages.Select(p => ProductRegister.DebianPackage(p.Key, "host", p.Value, null, null))).ToList();
        var ids = all.Select(e => e.Id).ToHashSet();
        Assert.Equal(all.Count, ids.Count);
        Assert.All(all, e => Assert.All(e.Carries, c => Assert.Contains(c.Id, ids)));
        Assert.All(all.Where(e => e.Supplier is not null), e => Assert.Equal("supplier", all.Single(s => s.Id == e.Supplier).Kind));
        Assert.All(all, e => Assert.Contains(e.Kind, EntryKinds.All));
        Assert.All(all, e => Assert.Contains(e.Stops, EntryKinds.Stops));
        Assert.All(all, e => Assert.True(e.Jurisdiction is null || Countries.Exists(e.Jurisdiction)));
        Assert.All(all, e => Assert.True(e.Reason.En.Length > 0 && e.Reason.Fr.Length > 0 && e.Reason.En != e.Reason.Fr));
        Assert.All(ProductRegister.This.Authors.Values, s => Assert.Contains(s, ids));
        var programs = Directory.EnumerateFiles(Root() + "/src", "*.csproj", SearchOption.AllDirectories).Where(f => File.ReadAllText(f).Contains("<OutputType>Exe</OutputType>", StringComparison.Ordinal) || File.ReadAllText(f).Contains("Sdk.Web", StringComparison.Ordinal))
            .Select(f => "software:" + (Regex.Match(File.ReadAllText(f), "<AssemblyName>(.*)</AssemblyName>").Groups[1].Value)).ToList();
        Assert.NotEmpty(programs);
        Assert.All(programs, p => Assert.Contains(p, ids));
    }

    [Fact]
    public void Without_any_supplier_of_the_product_what_runs_goes_on_and_only_updates_stop()
    {
        var all = ProductRegister.This.Entries.Concat(ProductRegister.NuGet.Select(ProductRegister.Entry)).ToList();
        var suppliers = all.Where(e => e.Kind == "supplier").Select(e => e.Id).ToList();
        var simulation = Simulations.Run(all, suppliers, [], new DateOnly(2026, 11, 27));
        Assert.Equal("updates", Assert.Single(simulation.Services, s => s.When != "never").Id);
    }

    private static IEnumerable<(string Name, string Version)> Locked(string folder) =>
        JsonNode.Parse(File.ReadAllText($"{Root()}/src/{folder}/packages.lock.json"))!["dependencies"]!.AsObject().SelectMany(f => f.Value!.AsObject())
            .Where(d => (string?)d.Value!["type"] != "Project").Select(d => (d.Key, (string)d.Value!["resolved"]!)).Distinct();

    /// <summary>What a package says of itself; null if it isn't here.</summary>
    private static NuGetPackage? Told(string name, string version, IReadOnlyList<string> programs)
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/.nuget/packages";
        var folder = $"{cache}/{name.ToLowerInvariant()}/{version}";
        if (!File.Exists($"{folder}/{name.ToLowerInvariant()}.nuspec"))
        {
            return null;
        }

        var metadata = XDocument.Load($"{folder}/{name.ToLowerInvariant()}.nuspec").Root!.Elements().Single(e => e.Name.LocalName == "metadata").Elements().ToDictionary(e => e.Name.LocalName);
        var licence = metadata["license"];
        var author = metadata["authors"].Value.Split(',')[0].Trim();
        Assert.True(ProductRegister.This.Authors.ContainsKey(author), $"{name}: say in product.json who {author} is.");
        return new NuGetPackage(
            name,
            version,
            (string?)licence.Attribute("type") == "expression" ? licence.Value
            : File.ReadAllText($"{folder}/{licence.Value}") is var text && text.Contains("Apache License", StringComparison.Ordinal) && text.Contains("Version 2.0, January 2004", StringComparison.Ordinal) ? "Apache-2.0"
            : "unknown",
            ProductRegister.This.Authors[author],
            metadata.GetValueOrDefault("developmentDependency")?.Value == "true" ? ["updates"] : programs);
    }

    private static string Root([CallerFilePath] string file = "")
    {
        // Paths are mapped in deterministic builds; then the tests run from the checkout's artifacts.
        var directory = new DirectoryInfo(File.Exists(file) ? Path.GetDirectoryName(file)! : AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Beffroi.slnx")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"^up_packages=\(\n(.*?)^\)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex UpPackages();

    [GeneratedRegex(@"^backported_packages=\((.*)\)$", RegexOptions.Multiline)]
    private static partial Regex BackportedPackages();
}
