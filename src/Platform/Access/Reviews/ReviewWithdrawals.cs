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
/// Takes away what a decision withdraws, by the rules of doing it by hand (<see cref="OwnRights"/>, the last owner) and with the ledger entries of that. Safe for concurrent use.
/// </summary>
internal sealed class ReviewWithdrawals(ILedger ledger)
{
    /// <summary>Null if all of it is done in the caller's transaction, or why it isn't.</summary>
    public async Task<Problem?> RunAsync(
        ApiRequest request, NpgsqlConnection connection, Guid organizationId, Guid review, string kind, AccountSnapshot account, DecideAccessReview wanted, CancellationToken cancellationToken)
    {
        if (wanted.Decision != "withdraw")
        {
            return null;
        }

        var own = request.Rights!;
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
            else
            {
                var found = (await GrantTable.FindAsync(connection, organizationId, id, cancellationToken))!;
                if (OwnRights.Over(own, found.Held) is { } beyond)
                {
                    return beyond;
                }

                await GrantTable.RemoveAsync(connection, id, cancellationToken);
                await RecordAsync("grant.delete", id, $"{Name(AccountChanges.Said(grant))} of {Name(account.Name)}");
            }
        }

        var more = wanted.Groups is { Count: > 0 } || wanted.Tokens is { Count: > 0 } || wanted.Keys || wanted.Disable;
        if (more && !own.Allows(Permission.AccessManage, AccessScope.Organization))
        {
            return Scopes.Missing(Permission.AccessManage);
        }

        foreach (var name in (wanted.Groups ?? []).Distinct(StringComparer.Ordinal))
        {
            if (await Groups.FindAsync(connection, organizationId, name, cancellationToken) is not { } group || !account.Account.Groups.Contains(name))
            {
                wrong.Add(new FieldError("groups", $"{account.Name} is in no group {name} now.", "names of its groups"));
                continue;
            }

            if (await OwnRights.OverGroupAsync(connection, own, group.Id, cancellationToken) is { } beyond)
            {
                return beyond;
            }

            _ = await Groups.PutAsync(connection, organizationId, name, [.. group.Group.Members.Where(m => m != account.Name)], cancellationToken);
            await RecordAsync("group.put", group.Id, $"{Name(name)} without {Name(account.Name)}");
        }

        if ((wanted.Tokens is { Count: > 0 } || wanted.Keys || wanted.Disable) && await OwnRights.OverAccountAsync(connection, own, account.Id, cancellationToken) is { } refused)
        {
            return refused;
        }

        foreach (var name in (wanted.Tokens ?? []).Distinct(StringComparer.Ordinal))
        {
            if (account.Account.Tokens.Any(t => t.Name == name) && await Tokens.RevokeAsync(connection, Side.Customer, account.Id, name, cancellationToken))
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

            await ServiceAccountKeys.PutAsync(connection, account.Id, [], cancellationToken);
            await WorkloadIdentities.ClearAsync(connection, account.Id, cancellationToken);
            await RecordAsync("service-account.keys", account.Id, $"none for {Name(account.Name)}");
        }

        if (wanted.Disable)
        {
            if (account.Account.State == "disabled")
            {
                wrong.Add(new FieldError("disable", $"{account.Name} is switched off already.", "false"));
            }

            await Accounts.SwitchAsync(connection, account.Id, disabled: true, cancellationToken);
            await RecordAsync(kind == AccessReviewSchedule.Technical ? "service-account.put" : "member.put", account.Id, $"{Name(account.Name)} switched off");
        }

        return wrong.Count > 0 ? Problem.Invalid(wrong) : await Accounts.MissingOwnerAsync(connection, organizationId, cancellationToken);

        Task RecordAsync(string action, Guid id, LedgerReason what) => ledger.AppendAsync(
            connection,
            new LedgerEntry(
                request.Actor, action, "accepted", organizationId, ResourceId: id, Reason: $"{what} (access review {review})", RequestId: request.Id, Origin: request.Origin),
            cancellationToken);
    }
}
