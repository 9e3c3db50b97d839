using System.Globalization;
using Beffroi.Contracts.Lockbox;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Lockbox;

/// <summary>
/// Tells every organization in its own ledger, in the caller's transaction: nothing opens, is shown or is ended without that. Safe for concurrent use on different connections.
/// </summary>
internal sealed class BreakGlassLedger(ILedger ledger)
{
    private const string Opened = "break-glass.open", WasShown = "break-glass.host", Ended = "break-glass.end";

    /// <summary>That two people opened it: to the operator's ledger and to every organization's.</summary>
    public async Task OpenedAsync(NpgsqlConnection connection, BreakGlass glass, string requestId, CancellationToken cancellationToken)
    {
        var entry = Opening(glass) with { RequestId = requestId };
        await ledger.AppendAsync(connection, entry with { Resource = "/operator/v1/break-glasses/" + glass.Id.ToString("D") }, cancellationToken);
        await EveryoneAsync(connection, entry, cancellationToken);
    }

    /// <summary>That something was shown, to every organization's ledger; the operator's has the request itself.</summary>
    public Task ShownAsync(NpgsqlConnection connection, BreakGlass glass, string sha256, string requestId, string? origin, CancellationToken cancellationToken) =>
        EveryoneAsync(connection, Showing(glass, sha256, origin) with { RequestId = requestId }, cancellationToken);

    /// <summary>That somebody ended it before its time, to every organization's ledger; the operator's has the request itself.</summary>
    public Task EndedAsync(NpgsqlConnection connection, BreakGlass glass, string actor, string requestId, string? origin, CancellationToken cancellationToken) =>
        EveryoneAsync(connection, new LedgerEntry(actor, Ended, "accepted", ResourceId: glass.Id, Reason: $"{glass.Id}", RequestId: requestId, Origin: origin), cancellationToken);

    /// <summary>Tells an organization that was made in this transaction what is open meanwhile, and what was shown of it already.</summary>
    public async Task CatchUpAsync(NpgsqlConnection connection, Guid organizationId, string organization, CancellationToken cancellationToken)
    {
        foreach (var row in await BreakGlassTable.ListToldAsync(connection, organizationId, cancellationToken))
        {
            await ledger.AppendAsync(connection, To(Opening(row.Shown), organizationId, organization), cancellationToken);
            foreach (var (origin, sha256) in await BreakGlassTable.ShowingsAsync(connection, row.Shown.Id, cancellationToken))
            {
                await ledger.AppendAsync(connection, To(Showing(row.Shown, sha256, origin), organizationId, organization), cancellationToken);
            }
        }
    }

    private async Task EveryoneAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken)
    {
        // Waits for those that are being made, and keeps others from being made until this is committed: they look what is open themselves.
        await connection.Statement("lock table platform.organizations in share mode").RunAsync(cancellationToken);
        foreach (var (id, name) in await connection.Statement("select id, name from platform.organizations where name ~ '^[a-z]' order by id").ListAsync(r => (r.GetGuid(0), r.GetString(1)), cancellationToken))
        {
            await ledger.AppendAsync(connection, To(entry, id, name), cancellationToken);
        }
    }

    private static LedgerEntry To(LedgerEntry entry, Guid id, string name) =>
        entry with { OrganizationId = id, Resource = $"/v1/organizations/{name}/break-glasses/{entry.ResourceId:D}" };

    private static LedgerEntry Opening(BreakGlass glass) => new(
        "operator:" + glass.BegunBy, Opened, "accepted", ResourceId: glass.Id,
        Reason: $"{Name(glass.Reason)}, until {Name(glass.OpenUntil!.Value.ToString("u", CultureInfo.InvariantCulture))}: {Stated(glass.Details)}", ApprovedBy: "operator:" + glass.ApprovedBy);

    private static LedgerEntry Showing(BreakGlass glass, string sha256, string? origin) => new(
        "operator:" + glass.BegunBy, WasShown, "accepted", ResourceId: glass.Id, Reason: $"showed sha256:{Name(sha256)}", Origin: origin, ApprovedBy: "operator:" + glass.ApprovedBy);
}
