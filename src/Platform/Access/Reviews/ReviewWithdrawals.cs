using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Workloads;
using Beffroi.Platform.Ledger;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>
/// Takes away what a decision withdraws, by the rules of doing it by hand (<see cref="OwnRights"/>, the last owner or administrator) and with the ledger entries of that. Safe for concurrent use.
/// </summary>
internal sealed class ReviewWithdrawals(ILedger ledger)
{
    /// <summary>Null if all of it is done in the caller's transaction, or why it isn't.</summary>
    public async Task<Problem?> RunAsync(
        ApiRequest request, NpgsqlConnection connection, ReviewedDirectory directory, Guid review, string kind, AccountSnapshot account, DecideAccessReview wanted, CancellationToken cancellationToken)
    {
        if (wanted.Decision != "withdraw")
        {
            return null;
        }

        var wrong = new List<FieldError>();
        foreach (var id in (wanted.Grants ?? []).Distinct())
        {
            if (account.Account.Grants.FirstOrDefault(g => g.Id == id) is not { } grant)
            {
                wrong.Add(new FieldError("grants", $"{account.Name} has no grant {id:D} now.", "ids of its grants"));
            }
            else if (grant.Group is { } group)
            {
                wrong.Add(new FieldError("grants", $"{account.Name} has this through the group {group}, with all who are in it.", $"groups: [\"{group}\"], which takes it out of the group"));
            }
            else if (await directory.TakeAsync(request, connection, id, cancellationToken) is { } beyond)
            {
                return beyond;
            }
            else
            {
                var (action, on, what) = directory.Taken(account, grant);
                await RecordAsync(action, on, what);
            }
        }

        var more = wanted.Groups is { Count: > 0 } || wanted.Tokens is { Count: > 0 } || wanted.Keys || wanted.Disable;
        if (more && directory.Manages(request) is { } missing)
        {
            return missing;
        }

        foreach (var name in (wanted.Groups ?? []).Distinct(StringComparer.Ordinal))
        {
            // Of the operator's accounts none is in any.
            if (!account.Account.Groups.Contains(name) || await Groups.FindAsync(connection, directory.Id, name, cancellationToken) is not { } group)
            {
                wrong.Add(new FieldError("groups", $"{account.Name} is in no group {name} now.", "names of its groups"));
                continue;
            }

            if (await OwnRights.OverGroupAsync(connection, request.Rights!, group.Id, cancellationToken) is { } beyond)
            {
                return beyond;
            }

            _ = await Groups.PutAsync(connection, directory.Id, name, [.. group.Group.Members.Where(m => m != account.Name)], cancellationToken);
            await RecordAsync("group.put", group.Id, $"{Name(name)} without {Name(account.Name)}");
        }

        if ((wanted.Tokens is { Count: > 0 } || wanted.Keys || wanted.Disable) && await directory.OverAccountAsync(request, connection, account.Id, cancellationToken) is { } refused)
        {
            return refused;
        }

        foreach (var name in (wanted.Tokens ?? []).Distinct(StringComparer.Ordinal))
        {
            if (account.Account.Tokens.Any(t => t.Name == name) && await Tokens.RevokeAsync(connection, directory.Side, account.Id, name, cancellationToken))
            {
                await RecordAsync("token.delete", account.Id, $"{Name(name)} of {Name(account.Name)}");
            }
            else
            {
                wrong.Add(new FieldError("tokens", $"{account.Name} has no valid token {name} now.", "names of its valid tokens"));
            }
        }

        if (wanted.Keys)
        {
            if (account.Account.Keys.Count == 0)
            {
                wrong.Add(new FieldError("keys", $"{account.Name} has no key now.", "false"));
            }
            else
            {
                await ServiceAccountKeys.PutAsync(connection, account.Id, [], cancellationToken);
                await WorkloadIdentities.ClearAsync(connection, account.Id, cancellationToken);
                await RecordAsync("service-account.keys", account.Id, $"none for {Name(account.Name)}");
            }
        }

        if (wanted.Disable)
        {
            if (account.Account.State == "disabled")
            {
                wrong.Add(new FieldError("disable", $"{account.Name} is switched off already.", "false"));
            }

            await directory.SwitchOffAsync(connection, account.Id, cancellationToken);
            await RecordAsync(directory.SwitchAction(ReviewTable.AccountKind(kind)), account.Id, $"{Name(account.Name)} switched off");
        }

        return wrong.Count > 0 ? Problem.Invalid(wrong) : await directory.MissingAsync(connection, cancellationToken);

        Task RecordAsync(string action, Guid id, LedgerReason what) => ledger.AppendAsync(
            connection,
            new LedgerEntry(
                request.Actor, action, "accepted", directory.OrganizationId, ResourceId: id, Reason: $"{what} (access review {review})", RequestId: request.Id, Origin: request.Origin),
            cancellationToken);
    }
}
