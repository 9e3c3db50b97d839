using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Runs steps in order and explains the first that fails.</summary>
internal static class SetupRun
{
    public static async Task<int> RunAsync(SetupContext context, IEnumerable<SetupStep> steps, TextWriter error, CancellationToken cancellationToken)
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
                await Explain(error, context, step, e);
                return (e as CliException)?.ExitCode ?? ExitCode.Failed;
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

    private static async Task Explain(TextWriter error, SetupContext context, SetupStep step, Exception e)
    {
        await error.WriteLineAsync();
        await error.WriteLineAsync(e.Message);
        foreach (var line in (e as SetupException)?.Tail ?? [])
        {
            await error.WriteLineAsync("    " + line);
        }

        await error.WriteLineAsync();
        await error.WriteLineAsync("What to do: " + ((e as SetupException)?.Advice ?? step.Advice));
        await error.WriteLineAsync("The whole log: " + context.Log.Path);
    }
}
