using System.Globalization;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>
/// After each command that worked in an organization: whether its ledger continues what was seen of it before. It costs one small request
/// where nothing has changed.
/// </summary>
internal static class LedgerWatch
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>False if the ledger isn't what it was; then it has been said, and the checkpoints are kept.</summary>
    public static Task<bool> CheckAsync(Session session, string organization, CancellationToken cancellationToken) => CheckAsync(session, ApiLog.Of(session.Api, organization), cancellationToken);

    /// <summary>The same of any log.</summary>
    public static async Task<bool> CheckAsync(Session session, ApiLog log, CancellationToken cancellationToken)
    {
        var owner = log.Owner;
        var memory = LogMemory.ForUser();
        RememberedLog? known = null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            // First this, then what the server says: another command may remember more meanwhile.
            known = memory.Find(log.Address);
            if (await log.FindCheckpointAsync(patience.Token) is not { } note)
            {
                if (known is { Checkpoint.Size: > 0 })
                {
                    Accuse(session, memory, owner, known, "", new Finding(Fault.Removed, 0, $"It had {known.Checkpoint.Size} entries, and the server shows none any more; or it no longer lets you see them."));
                    return false;
                }

                return true;
            }

            if (note == known?.Note)
            {
                return true;
            }

            var (finding, verified) = await FollowAsync(log, known, note, patience.Token);
            if (finding is not null)
            {
                Accuse(session, memory, owner, known, note, finding);
                return false;
            }

            memory.Save(log.Address, verified!);
            if (known is null)
            {
                await session.Terminal.Error.WriteLineAsync($"From now on this program watches the ledger of {owner}, whose key is {verified!.Key}.");
            }

            return true;
        }
        catch (Exception e) when (e is CliException or IOException or UnauthorizedAccessException)
        {
            return Unchecked(session, owner, known, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unchecked(session, owner, known, "the server did not answer in time");
        }
    }

    /// <summary>The log as it is now, verified by itself and as what follows what is remembered of it.</summary>
    /// <exception cref="CliException">There is none, or it can't be trusted.</exception>
    public static async Task<RememberedLog> VerifiedAsync(ApiLog log, CancellationToken cancellationToken)
    {
        var known = LogMemory.ForUser().Find(log.Address);
        var note = await log.FindCheckpointAsync(cancellationToken) ?? throw new CliException($"The ledger of {log.Owner} has no entry yet.", ExitCode.NotFound);
        var (wrong, verified) = await FollowAsync(log, known, note, cancellationToken);
        return verified ?? throw new CliException($"The ledger can't be trusted: {wrong!.Message} `beffroi ledger verify` tells more.", ExitCode.Failed);
    }

    /// <summary>Verifies a checkpoint by itself and as what follows the known one.</summary>
    private static async Task<(Finding? Wrong, RememberedLog? Verified)> FollowAsync(ApiLog log, RememberedLog? known, string note, CancellationToken cancellationToken)
    {
        var key = known?.Key ?? await log.KeyAsync(cancellationToken);
        if (Checkpoint.Open(note, key, out var checkpoint) is { } wrong)
        {
            return (wrong, null);
        }

        if (known is not null)
        {
            try
            {
                var proof = known.Checkpoint.Size <= checkpoint.Size
                    ? await new TiledTree(log, checkpoint.Size).ConsistencyProofAsync(known.Checkpoint.Size, cancellationToken)
                    : [];
                if (checkpoint.Follows(known.Checkpoint, proof) is { } unlike)
                {
                    return (unlike, null);
                }
            }
            catch (TileException e)
            {
                return (new Finding(Fault.Removed, null, "That it continues what was seen before can't be shown: " + e.Message), null);
            }
        }

        return (null, new RememberedLog(key, note, checkpoint));
    }

    /// <summary>Says what is wrong and keeps both checkpoints, which together prove it to anyone.</summary>
    public static void Accuse(Session session, LogMemory memory, string organization, RememberedLog? known, string note, Finding finding)
    {
        PrivateFiles.EnsureDirectory(memory.Evidence);
        var name = Path.Combine(memory.Evidence, DateTimeOffset.UtcNow.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture) + "-" + Uri.EscapeDataString(organization));
        PrivateFiles.Write(name + ".now", note);
        if (known is not null)
        {
            PrivateFiles.Write(name + ".before", known.Key + "\n" + known.Note);
        }

        var error = session.Terminal.Error;
        error.WriteLine();
        error.WriteLine($"THE LEDGER OF {organization} CAN'T BE TRUSTED ({Faults.Name(finding.Fault)}).");
        error.WriteLine("  " + Columns.Printable(finding.Message));
        error.WriteLine($"  What the server shows now, and what was verified before, is kept as evidence: {name}.*");
        error.WriteLine("  If you know why, as after an installation was removed and made anew: beffroi ledger forget");
        error.WriteLine("  If not, ask the operator and compare with what others in your organization have seen.");
    }

    private static bool Unchecked(Session session, string organization, RememberedLog? known, string why)
    {
        if (known is not null)
        {
            session.Terminal.Error.WriteLine($"The ledger of {organization} could not be checked: {Columns.Printable(why)}");
        }

        return true;
    }
}
