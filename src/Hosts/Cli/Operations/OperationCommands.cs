using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Operations;

/// <summary><c>operation</c>: the progress of changes.</summary>
internal static class OperationCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var id = new Argument<Guid>("id") { Description = "The operation's id", HelpName = "ID" };
        var limit = new Option<int>("--limit") { Description = "The most operations to list, 1 to 10000", DefaultValueFactory = _ => 50, HelpName = "COUNT" };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10_000)
            {
                result.AddError("--limit: 1 to 10000.");
            }
        });
        return new Command("operation", "Follow changes and look at past ones")
        {
            options.Run(terminal, new Command("watch", "Show an operation's steps until it is over") { id }, (session, result, token) => WatchAsync(session, result.GetValue(id), token)),
            options.Run(terminal, new Command("show", "Show an operation") { id }, async (session, result, token) =>
            {
                var operation = await session.Api.GetAsync(Paths.Operation(session.Space, result.GetValue(id)), ApiClient.Wire.Operation, token);
                Show(session, operation);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("list", "List the newest operations") { limit }, (session, result, token) => ListAsync(session, result.GetValue(limit), token)),
        };
    }

    public static void Show(Session session, Operation operation) =>
        session.Results.Value(operation, wire => wire.Operation, writer =>
        {
            Columns.Pairs(
                writer,
                ("Operation", operation.Id.ToString()),
                ("Change", $"{operation.Verb} {operation.ResourceKind} {operation.ResourceName}"),
                ("State", operation.State),
                ("Message", operation.Message is "" ? null : operation.Message),
                ("Started", operation.CreatedAt.ToString("u")),
                ("Finished", operation.FinishedAt?.ToString("u")));
            writer.WriteLine();
            Columns.Write(writer, session.Terminal.Interactive, ["STEP", "STATE", "TOOK"], operation.Steps.Select(s => new string?[]
            {
                s.Title, s.State, s.FinishedAt is { } end && s.StartedAt is { } start ? StepDisplay.Elapsed(end - start) : null,
            }));
        });

    /// <summary>Shows an operation's steps until it is over; to a program, the operation as it is then.</summary>
    public static async Task<int> FollowAsync(Session session, Guid id, string? done, CancellationToken cancellationToken)
    {
        var code = await session.FollowAsync(id, done, cancellationToken);
        if (session.Results.Json)
        {
            Show(session, await Session.PatientlyAsync(() => session.Api.GetAsync(Paths.Operation(session.Space, id), ApiClient.Wire.Operation, cancellationToken), cancellationToken));
        }

        return code;
    }

    private static async Task<int> WatchAsync(Session session, Guid id, CancellationToken cancellationToken)
    {
        var operation = await session.Api.GetAsync(Paths.Operation(session.Space, id), ApiClient.Wire.Operation, cancellationToken);
        return await FollowAsync(session, id, $"{operation.Verb} {operation.ResourceKind} {operation.ResourceName}: done.", cancellationToken);
    }

    private static async Task<int> ListAsync(Session session, int limit, CancellationToken cancellationToken)
    {
        // One more, to know whether there are more.
        var items = await Pages.AllAsync(session.Api, Paths.Operations(session.Space), ApiClient.Wire.PageOperation, cancellationToken, most: limit + 1);
        session.Results.List([.. items.Take(limit)], wire => wire.Operation, $"No operations in {session.Space} yet.", ["ID", "CHANGE", "STATE", "STARTED", "TOOK"], o =>
        [
            o.Id.ToString(), $"{o.Verb} {o.ResourceKind} {o.ResourceName}", o.State, o.CreatedAt.ToString("u"),
            o.FinishedAt is { } end ? StepDisplay.Elapsed(end - o.CreatedAt) : null,
        ]);
        if (items.Count > limit)
        {
            await session.Terminal.Error.WriteLineAsync($"These are the newest {limit}; there are more: --limit");
        }

        return ExitCode.Ok;
    }
}
