namespace Beffroi.Hosts.Cli.Setup;

/// <summary>One step, idempotent: it looks at what is there and does what is missing.</summary>
/// <param name="Title">What it ensures, for a person.</param>
/// <param name="Run">Does it; returns a few words on what came of it, or null.</param>
/// <param name="Advice">What a person can do when it fails.</param>
internal sealed record SetupStep(string Title, Func<SetupContext, CancellationToken, Task<string?>> Run, string Advice);
