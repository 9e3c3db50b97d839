using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Runs steps in order and explains the first that fails.</summary>
internal static class SetupRun
{
    public static async Task<int> RunAsync(SetupContext context, IEnumerable<SetupStep> steps, TextWriter error, bool json, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            context.Log.Write("== " + step.Title);
            context.Display.Begin(step.Title);
            try
            {
                context.Display.Done(await step.Run(context, cancellationToken));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                context.Log.Write(e.ToString());
                context.Display.Fail();
                var code = (e as CliException)?.ExitCode ?? ExitCode.Failed;
                if (!json)
                {
                    await error.WriteLineAsync();
                }

                ProblemWriter.Write(error, new CliException(Explanation(context, step, e), code, e), json);
                return code;
            }
            catch (OperationCanceledException)
            {
                context.Log.Write("interrupted");
                context.Display.Fail("interrupted; run the same command again to go on");
                return ExitCode.Interrupted;
            }
        }

        return ExitCode.Ok;
    }

    private static string Explanation(SetupContext context, SetupStep step, Exception e)
    {
        var failure = e as SetupException;
        return string.Join(
            '\n',
            [
                e.Message, .. (failure?.Tail ?? []).Select(line => "    " + line), "",
                "What to do: " + (failure?.Advice ?? step.Advice), "The whole log: " + context.Log.Path,
            ]);
    }
}
