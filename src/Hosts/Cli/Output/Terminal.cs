using System.Text.Json.Nodes;

namespace Beffroi.Hosts.Cli.Output;

/// <summary>Where the program speaks to a person or to another program.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Problems, and progress where <paramref name="Out"/> carries a result.</param>
/// <param name="Interactive">Whether a person watches standard output.</param>
/// <param name="ErrorInteractive">Whether a person watches standard error.</param>
/// <param name="CanAsk">Whether a person can be asked something.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool Interactive, bool ErrorInteractive, bool CanAsk)
{
    /// <summary>Where progress goes: beside the result if that is for a program.</summary>
    public TextWriter Progress(bool json) => json ? Error : Out;

    /// <summary>Whether a person watches <see cref="Progress"/>.</summary>
    public bool ProgressInteractive(bool json) => json ? ErrorInteractive : Interactive;

    /// <summary>Prints a result as the one or the other asked for it; always success.</summary>
    public int Tell(bool json, JsonObject result, string text)
    {
        Out.WriteLine(json ? result.ToJsonString() : text);
        return ExitCode.Ok;
    }

    /// <summary>Says what was done: to a person on standard error, as it is no result; to a program as the result. Always success.</summary>
    public int Confirm(bool json, JsonObject result, string text)
    {
        (json ? Out : Error).WriteLine(json ? result.ToJsonString() : text);
        return ExitCode.Ok;
    }

    public static Terminal OfProcess()
    {
        var capable = Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term && term != "dumb"
            && Environment.GetEnvironmentVariable("CI") is null or "" or "false";
        return new Terminal(
            Console.Out,
            Console.Error,
            capable && !Console.IsOutputRedirected,
            capable && !Console.IsErrorRedirected,
            !Console.IsInputRedirected && !Console.IsErrorRedirected);
    }
}
