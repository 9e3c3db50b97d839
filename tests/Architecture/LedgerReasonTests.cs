using System.Text.RegularExpressions;
using Beffroi.Kernel;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Beffroi.Architecture.Tests;

/// <summary>Secrets stay out of the ledger by type: what could hold one does not compile as a part of an entry's reason, and where a statement is kept as it is is listed here.</summary>
public sealed partial class LedgerReasonTests
{
    /// <summary>Where somebody's own words are kept: what they state for others to read, for ever.</summary>
    private static readonly string[] Statements =
    [
        "src/Platform/Http/Endpoints/IdentityProviderEndpoints.cs", // a provider's address and our name there
        "src/Platform/Http/Endpoints/LockboxEndpoints.cs", // the signed consent, which an audit needs
        "src/Platform/Http/Endpoints/LockboxOperatorEndpoints.cs", // the number of the support case
        "src/Platform/Http/Endpoints/PolicyEndpoints.cs", // a space's label, the limits, who derogates by what
        "src/Platform/Http/Endpoints/WorkloadIdentityEndpoints.cs", // whom to accept, from where
        "src/Platform/Http/Endpoints/ZoneEndpoints.cs", // the number of a qualification
        "src/Platform/Lockbox/BreakGlassLedger.cs", // why the operator's people broke the glass, in their words for all customers
        "src/Services/Postgres/Backup/Reconcile/RepositoryReadyStep.cs", // the certificate of a restore drill
    ];

    [Theory]
    [InlineData("$\"unchanged\"", true)]
    [InlineData("$\"generation {number} of {id} until {day}\"", true)]
    [InlineData("$\"role {LedgerReason.Name(text)}\"", true)]
    [InlineData("LedgerReason.Words(\"unchanged\")", true)]
    [InlineData("text", false)]
    [InlineData("\"unchanged\" + text", false)]
    [InlineData("$\"password {text}\"", false)]
    [InlineData("$\"key {secret}\"", false)]
    [InlineData("$\"key {secret.Reveal()}\"", false)]
    [InlineData("$\"key {bytes}\"", false)]
    [InlineData("$\"failed: {failure}\"", false)]
    [InlineData("$\"request {new object()}\"", false)]
    public void What_could_hold_a_secret_does_not_compile(string reason, bool compiles)
    {
        var source = "using System; using Beffroi.Kernel; class C { static LedgerReason M(string text, Secret secret, byte[] bytes, Exception failure, long number, Guid id, DateOnly day) => " + reason + "; }";
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("sample", [CSharpSyntaxTree.ParseText(source)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var errors = compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()).ToList();
        Assert.True(errors.Count == 0 == compiles, string.Join("\n", errors.DefaultIfEmpty("It compiles.")));
    }

    // That Words and AppendLiteral take constants only is CA1857, which is an error here like every warning.
    [Fact]
    public void Who_keeps_a_statement_as_it_is_is_on_the_list()
    {
        var root = Checkout.Root();
        var found = Directory.EnumerateFiles(root + "/src", "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != nameof(LedgerReason) + ".cs" && Stated().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal);
        Assert.Equal(Statements, found);
    }

    [GeneratedRegex(@"(?<![\w.])(LedgerReason\.)?Stated\(")]
    private static partial Regex Stated();
}
