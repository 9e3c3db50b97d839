using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Operations;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli;

/// <summary>One command's dealings with the API, as the context and the global options say.</summary>
internal sealed class Session : IDisposable
{
    private readonly SpaceName? _space;

    private Session(ApiClient api, SpaceName? space, bool isOperator, ResultWriter results, Terminal terminal, TimeSpan timeout, bool wait) =>
        (Api, _space, IsOperator, Results, Terminal, Timeout, Wait) = (api, space, isOperator, results, terminal, timeout, wait);

    public ApiClient Api { get; }

    /// <summary>Whether the context is one of the operator's.</summary>
    public bool IsOperator { get; }

    /// <summary>What paths begin with that both sides have.</summary>
    public string Root => IsOperator ? "/operator" : "";

    public ResultWriter Results { get; }

    public Terminal Terminal { get; }

    public TimeSpan Timeout { get; }

    public bool Wait { get; }

    /// <summary>Whose ledger the command's work went into; null if it asked for no space.</summary>
    public string? Organization { get; private set; }

    /// <summary>The space meant; commands that need none don't ask.</summary>
    public SpaceName Space => Asked() ?? throw new CliException("Say which space: --space ORGANIZATION/SPACE (this context has no default).", ExitCode.Usage);

    public static Session Open(GlobalOptions options, ParseResult parsed, Terminal terminal)
    {
        var store = ContextStore.ForUser(InstallationName.FromEnvironment().Name);
        var (name, context) = store.Get(parsed.GetValue(options.Context));
        var server = Address(name, context);
        var space = SpaceName.Parse(parsed.GetValue(options.Space)) ?? SpaceName.Parse(context.Space);
        return new Session(
            context.SessionFile is { } file
                ? new ApiClient(server, context.CaFile, new SessionCredential(new SessionFile(file), server, context.CaFile))
                : new ApiClient(server, context.CaFile, ReadToken(name, context)),
            space,
            context.IsOperator,
            new ResultWriter(terminal, parsed.GetValue(options.Output) == "json"),
            terminal,
            TimeSpan.FromSeconds(parsed.GetValue(options.Timeout)),
            !parsed.GetValue(options.NoWait));
    }

    /// <summary>Where the context's server is.</summary>
    public static Uri Address(string name, CliContext context) =>
        Uri.TryCreate(context.Server, UriKind.Absolute, out var server) && server.Scheme == Uri.UriSchemeHttps
            ? server
            : throw new CliException($"The server of context {name} is not an https:// address: {context.Server}", ExitCode.Usage);

    /// <summary>Says what was done: to a person beside the results, to a program as the result. Always success.</summary>
    public int Confirm(JsonObject result, string text) => Terminal.Confirm(Results.Json, result, text);

    /// <summary>Shows an operation's steps until it is over; then says whether it succeeded, in these words or, without any, in its own.</summary>
    public async Task<int> FollowAsync(Guid operation, string? done, CancellationToken cancellationToken)
    {
        using var display = new StepDisplay(Terminal.Error, Terminal.ErrorInteractive);
        var result = await new OperationProgress(Api, Space, display).WaitAsync(operation, Timeout, cancellationToken);
        if (result.State == "succeeded")
        {
            await Terminal.Error.WriteLineAsync(done ?? Columns.Printable(result.Message));
            return ExitCode.Ok;
        }

        ProblemWriter.Write(Terminal.Error, new CliException($"The operation was {result.State}: {result.Message}"), Results.Json);
        return ExitCode.Failed;
    }

    /// <summary>Reads something after an operation; a server that is away for a moment is waited for, as the work itself is done.</summary>
    public static async Task<T> PatientlyAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await read();
            }
            catch (CliException e) when (e.ExitCode == ExitCode.Unreachable && Stopwatch.GetElapsedTime(start) < ApiClient.Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
            }
        }
    }

    public void Dispose() => Api.Dispose();

    private SpaceName? Asked()
    {
        Organization = _space?.Organization;
        return _space;
    }

    private static string? ReadToken(string name, CliContext context)
    {
        if (context.TokenFile is null)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(context.TokenFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"The token of context {name} can't be read from {context.TokenFile}: {e.Message}", ExitCode.Usage, e);
        }
    }
}
