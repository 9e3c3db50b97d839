using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;

namespace Beffroi.Hosts.Cli.Output;

/// <summary>Says on standard error what went wrong: in words, or as a problem document for a program.</summary>
internal static class ProblemWriter
{
    public static void Write(TextWriter error, CliException exception, bool json)
    {
        if (json)
        {
            var problem = (exception as ProblemException)?.Problem
                ?? new ProblemDocument("urn:beffroi:problem:" + Word(exception.ExitCode), exception.Message, 0, exception.Message, null, null);
            error.WriteLine(JsonSerializer.Serialize(problem, ApiClient.Wire.ProblemDocument));
            return;
        }

        if (exception is not ProblemException refused)
        {
            error.WriteLine(exception.Message);
            return;
        }

        error.WriteLine(refused.Problem.Title + ".");
        var fields = refused.Problem.Errors ?? [];
        // Of a request that isn't valid, the detail only repeats what is said of each field.
        if (refused.Problem.Detail != string.Join(" ", fields.Select(f => f.Message)))
        {
            error.WriteLine(refused.Problem.Detail);
        }

        foreach (var field in fields)
        {
            error.WriteLine($"  {field.Field}: {field.Message}{(field.Allowed is null ? "" : " Allowed: " + field.Allowed)}");
        }
    }

    private static string Word(int exitCode) => exitCode switch
    {
        ExitCode.Usage => "usage",
        ExitCode.NotFound => "not-found",
        ExitCode.Refused => "refused",
        ExitCode.Unreachable => "unreachable",
        ExitCode.TimedOut => "timed-out",
        _ => "failed",
    };
}
