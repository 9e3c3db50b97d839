using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>
/// How two of the operator's people get to see what is on the host when something is broken: one begins, another approves, it is shown to the one who began for a while. Every
/// organization is told in the transaction that opens it. The port to the host answers with a list and nothing else: there is no way from here to what is in an instance or a volume.
/// Each method works in the caller's transaction. Safe for concurrent use.
/// </summary>
internal sealed class BreakGlasses(BreakGlassLedger ledger, IInfrastructure infrastructure, PlatformOptions options, TimeProvider time)
{
    private const int MostWaiting = 10;
    private const int MostShowings = 500;
    private static readonly TimeSpan Waits = TimeSpan.FromHours(1);

    /// <summary>Begins. Nothing is open, and unless another person approves it within an hour nothing ever is.</summary>
    public static async Task<Result<BreakGlassRow>> BeginAsync(NpgsqlConnection connection, OperatorPrincipal beginner, BeginBreakGlass asked, CancellationToken cancellationToken)
    {
        if (BreakGlassRules.Check(asked) is { Count: > 0 } errors)
        {
            return Problem.Invalid(errors);
        }

        if (beginner.IsServiceAccount)
        {
            return NoPerson;
        }

        if (await BreakGlassTable.WaitingAsync(connection, cancellationToken) >= MostWaiting)
        {
            return Problem.Conflict("too-many-requests", "Too many requests wait", $"{MostWaiting} wait for a second person already. End some of them first.");
        }

        var id = Guid.CreateVersion7();
        await BreakGlassTable.InsertAsync(connection, id, beginner.Id, beginner.Name, asked.Reason, asked.Details, asked.Minutes ?? LockboxTerms.UsualBreakGlass, Waits, cancellationToken);
        return (await BreakGlassTable.FindAsync(connection, null, id, cancellationToken))!;
    }

    /// <summary>The second person agrees: it is open from now, and everybody is told.</summary>
    public async Task<Result<BreakGlassRow>> ApproveAsync(NpgsqlConnection connection, Guid id, OperatorPrincipal approver, string requestId, CancellationToken cancellationToken)
    {
        if (approver.IsServiceAccount)
        {
            return NoPerson;
        }

        // Of two who approve at once the second finds it open.
        if (await BreakGlassTable.LockAsync(connection, id, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (row.BeginnerId == approver.Id)
        {
            return Problem.Conflict("own-request", "Nobody approves their own request", "Another of the operator's people has to approve it. You may end it, and so take it back.");
        }

        if (row.Shown.State != "waiting")
        {
            return NotWaiting(row);
        }

        if (!await BreakGlassTable.WasThereAsync(connection, id, approver.Id, cancellationToken))
        {
            return Problem.Conflict("new-account", "This account is newer than the request", "Who approves had an account already when it was begun. Have it begun again.");
        }

        await BreakGlassTable.OpenAsync(connection, id, approver.Id, approver.Name, cancellationToken);
        var open = (await BreakGlassTable.FindAsync(connection, null, id, cancellationToken))!;
        await ledger.OpenedAsync(connection, open.Shown, requestId, cancellationToken);
        // Now, and not by the next round: what is ended before that was open, too.
        await AlertWatch.EnterAsync(connection, cancellationToken);
        await AlertSweep.BreakGlassAsync(connection, cancellationToken);
        return open;
    }

    /// <summary>Ends what is open, or takes back or refuses what waits, at once.</summary>
    public async Task<Result<BreakGlassRow>> EndAsync(
        NpgsqlConnection connection, Guid id, OperatorPrincipal by, string actor, string requestId, string? origin, CancellationToken cancellationToken)
    {
        if (await BreakGlassTable.LockAsync(connection, id, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (row.Shown.State is not ("waiting" or "open"))
        {
            return NotWaiting(row);
        }

        var wasOpen = row.Shown.State == "open";
        await BreakGlassTable.EndAsync(connection, id, wasOpen ? "ended" : row.BeginnerId == by.Id ? "withdrawn" : "refused", by.Name, cancellationToken);
        if (wasOpen)
        {
            await ledger.EndedAsync(connection, row.Shown, actor, requestId, origin, cancellationToken);
        }

        return (await BreakGlassTable.FindAsync(connection, null, id, cancellationToken))!;
    }

    /// <summary>Shows what is on the host, as it is now.</summary>
    /// <returns>The row, what is shown as JSON, and its digest, hexadecimal.</returns>
    public async Task<Result<(BreakGlassRow Row, string Json, string Sha256)>> ShowAsync(
        NpgsqlConnection connection, Guid id, OperatorPrincipal beginner, string requestId, string? origin, CancellationToken cancellationToken)
    {
        // Until the transaction ends, ending it waits: what is shown was open.
        if (await BreakGlassTable.LockAsync(connection, id, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (row.Shown is not { State: "open", OpenUntil: { } until })
        {
            return Problem.Conflict("not-open", "It is not open", row.Shown.State == "waiting" ? "Another of the operator's people has not approved it yet." : $"It is {row.Shown.State}.");
        }

        if (row.BeginnerId != beginner.Id)
        {
            return Problem.Forbidden("Only who began it is shown something.");
        }

        if (!await BreakGlassTable.IsThereAsync(connection, row.ApproverId!.Value, cancellationToken))
        {
            return Problem.Conflict("not-approved", "Who approved it is not there any more", "With their account their approval ended. Begin again.");
        }

        if (row.Shown.Showings >= MostShowings)
        {
            return Problem.Conflict("too-many-requests", "It was shown too often", $"{MostShowings} times is the most. Begin again.");
        }

        HostInventory inventory;
        try
        {
            inventory = await LookAsync(until, cancellationToken);
        }
        catch (InfrastructureException)
        {
            return new Problem("host-silent", 503, "The host does not answer", "Its program does not answer, or its infrastructure fails: nothing was shown. Try again.", []);
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(inventory, WireJson.Default.HostInventory);
        var digest = SHA256.HashData(json);
        await BreakGlassTable.NoteShowingAsync(connection, Guid.CreateVersion7(), id, origin, digest, cancellationToken);
        await ledger.ShownAsync(connection, row.Shown, Convert.ToHexStringLower(digest), requestId, origin, cancellationToken);
        return (row, System.Text.Encoding.UTF8.GetString(json), Convert.ToHexStringLower(digest));
    }

    // Member by member: what the port may answer one day is not shown by itself.
    private async Task<HostInventory> LookAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        var state = await infrastructure.GetHostAsync(cancellationToken);
        var inventory = await infrastructure.GetInventoryAsync(cancellationToken);
        return new HostInventory(
            until, time.GetUtcNow(), options.Zone.Name, state.Facts?.Name, state.Facts?.StartedAt, state.Facts?.Cpus, state.Facts?.Load, state.Facts?.MemoryBytes, state.AvailableMemoryBytes,
            state.Facts?.StorageBytes, state.Facts?.StorageAvailableBytes,
            [.. inventory.Spaces.Order()],
            [.. inventory.Instances.OrderBy(i => i.InstanceId).Select(i => new HostInstance(i.InstanceId, i.SpaceId, i.Status, i.ImageDigest))],
            [.. inventory.Volumes.OrderBy(v => v.VolumeId).Select(v => new HostVolume(v.VolumeId, v.SizeBytes, v.Unlocked, v.Encryption))]);
    }

    private static Problem NoPerson => Problem.Forbidden("It takes two people, and this account is a program's.");

    private static Problem NotWaiting(BreakGlassRow row) => Problem.Conflict(
        "not-waiting", "It doesn't wait any more",
        row.Shown.State == "open" ? $"It is open until {row.Shown.OpenUntil!.Value.ToString("u", CultureInfo.InvariantCulture)}." : $"It is {row.Shown.State}.");
}
