using System.Diagnostics;

namespace Beffroi.Architecture.Tests;

/// <summary>Every source file is formatted as <c>.editorconfig</c> says. Compilers would look at it too (IDE0055), and take longer.</summary>
public sealed class FormattingTests
{
    [Fact]
    public async Task Files_are_formatted()
    {
        var root = Checkout.Root();
        var start = new ProcessStartInfo("dotnet", ["format", "whitespace", ".", "--folder", "--verify-no-changes", "--exclude", "artifacts"])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await error);
    }
}
