using System.Reflection;
using System.Text.RegularExpressions;

namespace Beffroi.Architecture.Tests;

/// <summary>
/// Cryptographic primitives come from .NET, from NSec and from the PKCS#11 token, and from nowhere else. Another library may be there because one of ours needs it (BouncyCastle, for the mail library's
/// S/MIME, which isn't used); no code of ours calls it.
/// </summary>
public sealed partial class CryptographyTests
{
    /// <summary>What our assemblies use beside .NET and one another. Whoever adds one says here whether it encrypts, signs or hashes, and why that is not done by one of the three.</summary>
    private static readonly string[] Libraries =
    [
        "Dapper", // the store
        "Google.Protobuf", // the agent channel's messages
        "Grpc.AspNetCore.Server", "Grpc.Core.Api", "Grpc.Net.Client", "Grpc.Net.Common", // the agent channel; TLS is .NET's
        "MailKit", "MimeKit", // alerts by mail; TLS is .NET's
        "Microsoft.AspNetCore.OpenApi", "Microsoft.OpenApi", "Scalar.AspNetCore", // the API's description
        "Microsoft.IdentityModel.JsonWebTokens", "Microsoft.IdentityModel.Tokens", // tokens of sign-ins; signed and verified by .NET
        "Npgsql", "Npgsql.DependencyInjection", // the store; TLS is .NET's
        "NSec.Cryptography", // the ledger's signatures
        "OpenIddict.Abstractions", "OpenIddict.Server", "OpenIddict.Server.AspNetCore", // sign-ins; encrypted and signed by .NET
        "Pkcs11Interop", // the token
        "System.CommandLine", // the command line
    ];

    [Fact]
    public void What_our_assemblies_use_is_on_the_list()
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => path.Contains("/shared/Microsoft.", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension).ToHashSet();
        Assert.Contains("System.Security.Cryptography", platform);
        // Parts of .NET that a library brings in a version of its own.
        const string AlsoPlatform = "Microsoft.Extensions.";
        var used = DependencyTests.Assemblies.Select(row => Assembly.Load(row.Data)).SelectMany(assembly => assembly.GetReferencedAssemblies()).Select(reference => reference.Name!).Distinct()
            .Where(name => !platform.Contains(name) && !name.StartsWith(AlsoPlatform, StringComparison.Ordinal) && !name.StartsWith("beffroi", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(Libraries.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("NSec.Cryptography", "Beffroi.Transparency")]
    [InlineData("Pkcs11Interop", "Beffroi.Platform")]
    public void One_assembly_alone_calls_each_of_the_two(string library, string only) => Assert.Equal(
        [only], DependencyTests.Assemblies.Select(row => row.Data).Where(name => Assembly.Load(name).GetReferencedAssemblies().Any(reference => reference.Name == library)));

    [Fact]
    public void No_source_names_another_library_of_cryptography_or_calls_one_by_its_functions()
    {
        var root = Checkout.Root();
        var files = Directory.EnumerateFiles(root + "/src", "*.cs", SearchOption.AllDirectories).ToList();
        Assert.NotEmpty(files);
        Assert.Empty(files.Where(file => Other().IsMatch(File.ReadAllText(file))).Select(file => Path.GetRelativePath(root, file)));
        // What is called outside of .NET is the C library.
        Assert.Equal(["libc"], files.SelectMany(file => Imported().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)).Distinct());
        Assert.DoesNotContain(
            Directory.EnumerateFiles(root + "/src", "*.csproj", SearchOption.AllDirectories).Append(root + "/Directory.Packages.props"), file => Other().IsMatch(File.ReadAllText(file)));
    }

    [Theory]
    [InlineData("using Org.BouncyCastle.Crypto;", true)]
    [InlineData("using MimeKit.Cryptography;", true)]
    [InlineData("[LibraryImport(\"libcrypto.so.3\")]", true)]
    [InlineData("using System.Security.Cryptography;", false)]
    [InlineData("debian:openssl", false)]
    public void A_use_is_told_from_a_word(string text, bool uses) => Assert.Equal(uses, Other().IsMatch(text));

    [GeneratedRegex(@"BouncyCastle|MimeKit\.Cryptography|\blibcrypto\b|\blibssl\b|\blibgcrypt\b|\bmbedtls\b|\bSodium\.Core\b|\bChaos\.NaCl\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Other();

    [GeneratedRegex(@"(?:DllImport|LibraryImport)\(\s*""([^""]+)""")]
    private static partial Regex Imported();
}
