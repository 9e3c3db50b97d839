using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Npgsql;

namespace Beffroi.Platform.Access;

/// <summary>Nobody gives or takes more than they have: what is asked of whoever changes an access, by hand or in a review. Each answers null or the refusal.</summary>
internal static class OwnRights
{
    /// <summary>Over an account: all that it may do, by itself and through groups.</summary>
    public static async Task<Problem?> OverAccountAsync(NpgsqlConnection connection, AccessRights own, Guid account, CancellationToken cancellationToken) =>
        own.Covers(await Accounts.RightsAsync(connection, account, cancellationToken)) ? null : Accounts.BeyondOwnRights;

    /// <summary>Over a service account, by its name: the account, or why not.</summary>
    public static async Task<Result<Member>> OverServiceAccountAsync(NpgsqlConnection connection, AccessRights own, Guid organizationId, string name, CancellationToken cancellationToken) =>
        !ResourceName.IsValid(name) || await Accounts.FindAsync(connection, organizationId, Accounts.ServiceAccount, name, cancellationToken) is not { } account ? Problems.NotFound
        : await OverAccountAsync(connection, own, account.Id, cancellationToken) is { } beyond ? beyond
        : account;

    /// <summary>Over a group: all that being in it allows.</summary>
    public static async Task<Problem?> OverGroupAsync(NpgsqlConnection connection, AccessRights own, Guid group, CancellationToken cancellationToken) =>
        own.Covers(await Groups.RightsAsync(connection, group, cancellationToken)) ? null : Accounts.BeyondOwnRights;

    /// <summary>Over a grant: what it allows, and the right to manage access where it does.</summary>
    public static Problem? Over(AccessRights own, HeldGrant grant) =>
        own.Allows(Permission.AccessManage, grant.Scope) && own.Covers(new AccessRights([grant])) ? null : Accounts.BeyondOwnRights;
}
