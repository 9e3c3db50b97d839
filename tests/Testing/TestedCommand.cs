namespace Beffroi.Testing;

/// <summary>The command line that tests run.</summary>
public static class TestedCommand
{
    /// <summary>
    /// As it is installed, where whoever runs the tests has compiled it so (BEFFROI_TEST_COMMAND; it starts in a tenth of the processor's time), or else as the build left it
    /// beside the tests.
    /// </summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable("BEFFROI_TEST_COMMAND") is { Length: > 0 } installed ? installed : Path.Combine(AppContext.BaseDirectory, "command", "beffroi");
}
