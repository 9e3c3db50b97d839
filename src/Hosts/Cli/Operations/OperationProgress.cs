using System.Diagnostics;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Operations;

/// <summary>Follows an operation to its end and shows each of its steps.</summary>
internal sealed class OperationProgress(ApiClient api, Func<Guid, string> path, Func<Guid, string> follow, StepDisplay display)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);
    private readonly HashSet<string> _shown = [];
    private string? _current;

    /// <summary>Of an operation of a space.</summary>
    public OperationProgress(ApiClient api, SpaceName space, StepDisplay display)
        : this(api, id => Paths.Operation(space, id), id => $"beffroi operation watch {id} --space {space}", display)
    {
    }

    /// <summary>
    /// Waits until it isn't running any more. A server that is away for a while is waited for: the work goes on when it is back.
    /// </summary>
    /// <exception cref="CliException">It took longer than <paramref name="limit"/> (exit code 6).</exception>
    public async Task<Operation> WaitAsync(Guid id, TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                var operation = await api.GetAsync(path(id), ApiClient.Wire.Operation, cancellationToken);
                Show(operation);
                if (operation.State != "running")
                {
                    return operation;
                }
            }
            catch (CliException e) when (e.ExitCode == ExitCode.Unreachable && Stopwatch.GetElapsedTime(start) < limit)
            {
                display.Note(e.Message);
            }

            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                display.Fail("still running");
                throw new CliException(
                    $"The operation is still running after {StepDisplay.Elapsed(limit)}. It goes on; follow it with: {follow(id)}",
                    ExitCode.TimedOut);
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    private void Show(Operation operation)
    {
        foreach (var step in operation.Steps)
        {
            if (step.State == "done" && _shown.Add(step.Name))
            {
                if (_current != step.Name)
                {
                    display.Begin(step.Title);
                }

                display.Done(took: step.FinishedAt - step.StartedAt);
                _current = null;
            }
            else if (step.State is "running" or "retrying" && _current != step.Name)
            {
                _current = step.Name;
                display.Begin(step.Title);
            }
        }

        if (_current is not null)
        {
            display.Note(operation.Message);
        }
    }
}
