using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Keys.Escrow;
using Beffroi.Hosts.Cli.Operations;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Keys;

/// <summary><c>key</c>: the organization's key, which the organization alone seals, unseals and rotates.</summary>
internal static class KeyCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) => new("key", "The organization's key: where it is, sealing, unsealing, rotation, escrow")
    {
        Show(options, terminal),
        List(options, terminal),
        Seal(options, terminal),
        Unseal(options, terminal),
        Rotate(options, terminal),
        EscrowCommands.Create(options, terminal),
    };

    /// <summary>Shows an operation on a key until it is over; to a program, the operation as it is then.</summary>
    public static async Task<int> FinishAsync(Session session, string organization, Operation operation, string done, CancellationToken cancellationToken)
    {
        if (!session.Wait)
        {
            OperationCommands.Show(session, operation);
            return ExitCode.Ok;
        }

        var code = await FollowAsync(session, organization, operation, done, cancellationToken);
        if (session.Results.Json)
        {
            OperationCommands.Show(session, await Session.PatientlyAsync(
                () => session.Api.GetAsync(Paths.KeyOperation(organization, operation.Id), ApiClient.Wire.Operation, cancellationToken), cancellationToken));
        }

        return code;
    }

    /// <summary>Shows an operation on a key until it is over, beside the results.</summary>
    public static async Task<int> FollowAsync(Session session, string organization, Operation operation, string done, CancellationToken cancellationToken)
    {
        using var display = new StepDisplay(session.Terminal.Error, session.Terminal.ErrorInteractive);
        var end = await new OperationProgress(session.Api, id => Paths.KeyOperation(organization, id), _ => $"beffroi key show {organization}", display).WaitAsync(operation.Id, session.Timeout, cancellationToken);
        if (end.State == "succeeded")
        {
            await session.Terminal.Error.WriteLineAsync(done);
            return ExitCode.Ok;
        }

        ProblemWriter.Write(session.Terminal.Error, new CliException($"The operation was {end.State}: {end.Message}"), session.Results.Json);
        return ExitCode.Failed;
    }

    public static async Task<Operation> PostAsync(Session session, string organization, string verb, CancellationToken cancellationToken) =>
        await session.Api.PostAsync(Paths.Key(organization) + "/" + verb, ApiClient.Wire.Operation, cancellationToken);

    /// <summary>Asks for a new generation, in the provider of that name; null for where the present one is.</summary>
    public static async Task<Operation> RotateAsync(ApiClient api, string organization, string? provider, CancellationToken cancellationToken) =>
        (await api.ChangeAsync(
            HttpMethod.Post, Paths.Key(organization) + "/rotate", new RotateKey(provider), ApiClient.Wire.RotateKey, ApiClient.Wire.Operation, Preconditions.None, cancellationToken))!;

    public static Argument<string?> Organization() => new("organization")
    {
        Description = "Whose key [the organization of the context's space]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static Command Show(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        return options.Run(terminal, new Command("show", "Show whether the organization is sealed, where its key is, and the key's generations") { organization }, async (session, result, token) =>
        {
            var key = await session.Api.GetAsync(Paths.Key(result.GetValue(organization) ?? session.Space.Organization), ApiClient.Wire.OrganizationKey, token);
            session.Results.Value(key, wire => wire.OrganizationKey, writer =>
            {
                Columns.Pairs(
                    writer,
                    ("Organization", key.Organization),
                    ("State", key.State),
                    ("Reason", key.Reason),
                    ("Provider", key.Provider),
                    ("Provider says", key.ProviderProblem ?? (key.CheckedAt is { } at ? "the key may be used (asked " + at.ToString("u", CultureInfo.InvariantCulture) + ")" : null)),
                    ("Escrow", key.Escrow is not { } escrow ? "none: what the key protects is lost with it (beffroi key escrow)"
                        : string.Create(CultureInfo.InvariantCulture, $"{escrow.Sealed} keys are sealed to {escrow.Fingerprint}{(escrow.Left == 0 ? "" : $"; {escrow.Left} are yet to be")}")),
                    ("Possible providers", string.Join(", ", key.Providers)),
                    ("Operation", key.Operation is { State: "running" } o ? $"{o.Verb}: {o.Message}" : null));
                if (key.Generations.Count > 0)
                {
                    writer.WriteLine();
                    Columns.Write(writer, session.Terminal.Interactive, ["GENERATION", "PROVIDER", "STATE", "FINGERPRINT", "CREATED", "DESTROYED"], key.Generations.Select(g => new string?[]
                    {
                        g.Generation.ToString(CultureInfo.InvariantCulture), g.Provider, g.State, g.Fingerprint, g.CreatedAt.ToString("u", CultureInfo.InvariantCulture),
                        g.DestroyedAt?.ToString("u", CultureInfo.InvariantCulture),
                    }));
                }
            });
            return ExitCode.Ok;
        });
    }

    private static Command List(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        return options.Run(terminal, new Command("list", "List the keys of resources, and under which generation they are wrapped") { organization }, async (session, result, token) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            var keys = await Pages.AllAsync(session.Api, Paths.Key(owner) + "/resources", ApiClient.Wire.PageResourceKey, token);
            session.Results.List(keys, wire => wire.ResourceKey, $"No resource of {owner} has a key.", ["RESOURCE", "KIND", "GENERATION", "STATE", "WRAPPED UNDER", "CREATED"], k =>
            [
                k.Resource, k.Kind, k.Generation.ToString(CultureInfo.InvariantCulture), k.State, k.WrappedUnder?.ToString(CultureInfo.InvariantCulture),
                k.CreatedAt.ToString("u", CultureInfo.InvariantCulture),
            ]);
            return ExitCode.Ok;
        });
    }

    private static Command Seal(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = new Command("seal", "Stop the organization's services and let nothing of it be opened until it is unsealed") { organization, yes, options.NoWait };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            if (!result.GetValue(yes))
            {
                Confirmation.Ask(terminal, $"This stops every service of {owner}. Nothing of it can be opened until it is unsealed.", owner);
            }

            return await FinishAsync(session, owner, await PostAsync(session, owner, "seal", token), $"{owner} is sealed.", token);
        });
    }

    private static Command Unseal(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        var command = new Command("unseal", "Lift the seal and bring back what the sealing stopped") { organization, options.NoWait };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            return await FinishAsync(session, owner, await PostAsync(session, owner, "unseal", token), $"{owner} is unsealed.", token);
        });
    }

    private static Command Rotate(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        var provider = new Option<string?>("--provider") { Description = "Where to make the new generation [where the present one is]; see `key show`", HelpName = "NAME" };
        var command = new Command("rotate", "Make a new generation of the organization's key, wrap everything anew, destroy the old one; services run on")
        {
            organization, provider, options.NoWait,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            return await FinishAsync(session, owner, await RotateAsync(session.Api, owner, result.GetValue(provider), token), $"The key of {owner} is rotated.", token);
        });
    }
}
