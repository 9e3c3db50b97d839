using Beffroi.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Beffroi.Architecture.Tests;

public sealed class ConstantTextAnalyzerTests
{
    [Theory]
    [InlineData("new Npgsql.NpgsqlCommand($\"select {name}\")", "BFR0001")]
    [InlineData("new Npgsql.NpgsqlCommand(\"select \" + name)", "BFR0001")]
    [InlineData("new Npgsql.NpgsqlCommand(name)", "BFR0001")]
    [InlineData("new Npgsql.NpgsqlCommand { CommandText = name }", "BFR0001")]
    [InlineData("new Dapper.CommandDefinition($\"delete from {name}\")", "BFR0001")]
    [InlineData("System.Diagnostics.Process.Start(\"incus\", $\"delete {name}\")", "BFR0002")]
    [InlineData("new System.Diagnostics.ProcessStartInfo(\"incus\") { Arguments = name }", "BFR0002")]
    public async Task WhatIsPutTogetherDoesNotCompile(string expression, string rule) =>
        Assert.Equal([rule], await DiagnosticsAsync(expression));

    [Theory]
    [InlineData("new Npgsql.NpgsqlCommand(\"select 1\")")]
    [InlineData("new Npgsql.NpgsqlCommand(Constant + \" where true\")")]
    [InlineData("new Dapper.CommandDefinition(Constant, new { name })")]
    [InlineData("System.Diagnostics.Process.Start(\"incus\", new[] { \"delete\", name })")]
    public async Task ConstantsAndListsDo(string expression) => Assert.Empty(await DiagnosticsAsync(expression));

    private static async Task<IEnumerable<string>> DiagnosticsAsync(string expression)
    {
        var source = "class C { const string Constant = \"select 1\"; static object M(string name) => " + expression + "; }";
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "sample", [CSharpSyntaxTree.ParseText(source)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        var found = await compilation.WithAnalyzers([new ConstantTextAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        return found.Select(d => d.Id);
    }
}
