using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Protection;

/// <summary>For commands that go on once somebody else has approved what they ask for, under an organization's two-person rule.</summary>
/// <param name="api">As who asks.</param>
/// <param name="organization">Whose rule.</param>
/// <param name="tell">Where it is said what waits, and how it is approved.</param>
internal sealed class SecondPerson(ApiClient api, string organization, TextWriter tell)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Sends a request; if it waits for a second person, says so, waits for what they decide, and sends it again.</summary>
    /// <exception cref="CliException">They refused it, or its time was over (exit code 4).</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await send(cancellationToken);
            }
            catch (ProblemException e) when (Needed(e) is { } id)
            {
                await ApprovedAsync(id, cancellationToken);
            }
        }
    }

    /// <summary>Has a request approved that is sent later: approved ones can be used for a day.</summary>
    /// <param name="action">Of the request, as in the ledger.</param>
    /// <param name="send">Sends it, which under the rule is refused once.</param>
    /// <param name="cancellationToken">Stops waiting; the request waits on.</param>
    public async Task PrepareAsync(string action, Func<CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        // Sent again, an approved one would be carried out.
        if ((await ListAsync(cancellationToken)).Any(a => a.Action == action && a.State == "approved"))
        {
            return;
        }

        try
        {
            await send(cancellationToken);
        }
        catch (ProblemException e) when (Needed(e) is { } id)
        {
            await ApprovedAsync(id, cancellationToken);
        }
    }

    /// <summary>The approval that a refusal names; null if it isn't for want of one.</summary>
    private static Guid? Needed(ProblemException refusal) =>
        refusal.Problem.Type.EndsWith(":approval-needed", StringComparison.Ordinal) && refusal.Problem.Errors?.FirstOrDefault(e => e.Field == "approval")?.Allowed is { } id
            ? Guid.Parse(id)
            : null;

    private async Task ApprovedAsync(Guid id, CancellationToken cancellationToken)
    {
        var told = false;
        while (true)
        {
            var approval = await Session.PatientlyAsync(async () => (await ListAsync(cancellationToken)).Single(a => a.Id == id), cancellationToken);
            if (approval.State == "approved")
            {
                return;
            }

            if (approval.State != "waiting")
            {
                throw new CliException($"{Columns.Printable(approval.Subject)}: {approval.State}{(approval.DecidedBy is { } by ? " by " + Columns.Printable(by) : "")}.", ExitCode.Refused);
            }

            if (!told)
            {
                await tell.WriteLineAsync(
                    $"{Columns.Printable(approval.Subject)}: waits for a second person of {organization}, who approves it: beffroi approval approve {id:D}".AsMemory(), cancellationToken);
                told = true;
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<Approval>> ListAsync(CancellationToken cancellationToken) =>
        (await api.GetAsync(Paths.Approvals(organization) + "?limit=100", ApiClient.Wire.PageApproval, cancellationToken)).Items;
}
