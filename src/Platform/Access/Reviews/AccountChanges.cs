using Beffroi.Contracts;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>How an account has changed from one moment to another.</summary>
internal static class AccountChanges
{
    public static IReadOnlyList<AccessChange> Between(ReviewedAccount before, ReviewedAccount after) =>
    [
        .. before.State == after.State ? [] : new[] { new AccessChange("state-changed", after.State) },
        .. after.Groups.Except(before.Groups).Select(g => new AccessChange("group-joined", g)),
        .. before.Groups.Except(after.Groups).Select(g => new AccessChange("group-left", g)),
        .. after.Grants.ExceptBy(before.Grants.Select(g => g.Id), g => g.Id).Select(g => new AccessChange("grant-added", Said(g))),
        .. before.Grants.ExceptBy(after.Grants.Select(g => g.Id), g => g.Id).Select(g => new AccessChange("grant-removed", Said(g))),
        // A role of the organization's own is what it allows, not its name.
        .. from was in before.Grants
           join now in after.Grants on was.Id equals now.Id
           where !(was.Permissions ?? []).SequenceEqual(now.Permissions ?? [])
           select new AccessChange("role-changed", Said(now)),
        // A name can be used again once its token has ended.
        .. after.Tokens.ExceptBy(before.Tokens.Select(Key), Key).Select(t => new AccessChange("token-added", t.Name)),
        .. before.Tokens.ExceptBy(after.Tokens.Select(Key), Key).Select(t => new AccessChange("token-ended", t.Name)),
        .. after.Keys.Except(before.Keys).Select(k => new AccessChange("key-added", k)),
        .. before.Keys.Except(after.Keys).Select(k => new AccessChange("key-removed", k)),
    ];

    /// <summary>A grant in words.</summary>
    public static string Said(ReviewedGrant grant) =>
        $"{grant.Role}{(grant.Space is { } space ? " in " + space : "")}{(grant.Resource is { } resource ? " on " + resource : "")}{(grant.Group is { } group ? " through " + group : "")}";

    private static (string, DateTimeOffset) Key(ReviewedToken token) => (token.Name, token.CreatedAt);
}
