using System.Net;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>
/// Rights are looked at in the transaction of the change, under a lock of their directory: every change shares it, and what changes who may do what has it alone. So whatever is taken away while a change
/// waits is gone for it.
/// </summary>
public sealed class RightsInChangesTests(PostgresServer postgres) : IAsyncLifetime
{
    // The server has eight connections to the store, of which it listens on three; each request that waits has one.
    private const int AtOnce = 3;

    private static readonly string[] WhoMayDoWhat =
    [
        Permission.AccessManage, Permission.IdentityManage, Permission.AccessReviewDecide, Permission.OwnerManage,
        OperatorPermission.OperatorManage.Name, OperatorPermission.AccessReviewDecide.Name, OperatorPermission.OrganizationManage.Name,
    ];

    // What changes who may do what, and why it need not wait for the changes under way.
    private static readonly Dictionary<string, string> NothingTaken = new()
    {
        ["putServiceAccountToken"] = "One more way to the same account, which may no more by it.",
        ["putOwnToken"] = "As above.",
        ["putOwnTokenOperator"] = "As above.",
        ["putOwnEnrolment"] = "A code, for who has no password yet.",
        ["putOwnEnrolmentOperator"] = "As above.",
        ["deleteLockboxKey"] = "No rights come of a key: it is looked for anew at each opening.",
        ["putOrganization"] = "A new organization, in which nobody could do anything before.",
    };

    // Who asks for these is nobody yet, and their account's row is held instead.
    private static readonly string[] ByNobody = ["acceptInvitation", "acceptInvitationOperator", "getAccessToken"];

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Whatever_changes_who_may_do_what_waits_for_the_changes_under_way()
    {
        var waited = new List<string>();
        await EachAsync(changing: false, (_, _, asked) =>
        {
            waited.AddRange(asked.Where(a => !a.Answer.IsCompleted).Select(a => a.Operation.Id));
            return Task.CompletedTask;
        });

        var expected = PermissionTable.Rows.Where(row => row.Value is { InvitationOnly: false } && (IsOnesOwn(row.Value) || ToChangeRights(row.Value)) && !NothingTaken.ContainsKey(row.Key)).Select(row => row.Key);
        var changes = (await ApiOperation.AllAsync(_server)).Where(o => o.Changes).Select(o => o.Id).ToHashSet();
        Assert.Equal(expected.Where(changes.Contains).Order(StringComparer.Ordinal), waited.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_change_waits_for_a_change_of_rights_and_is_refused_to_an_account_that_it_took_away()
    {
        var wrong = new List<string>();
        await EachAsync(changing: true, async (held, side, asked) =>
        {
            Assert.DoesNotContain(asked, a => a.Answer.IsCompleted);
            await held.ExecuteAsync($"update platform.{Table(side)} set disabled_at = now() where name = $1", Caller(side));
            await held.ReleaseAsync();
            wrong.AddRange(await OthersAsync(asked, HttpStatusCode.Unauthorized));
            await ExecuteAsync($"update platform.{Table(side)} set disabled_at = null");
        });
        Assert.Equal([], wrong);
    }

    [Fact]
    public async Task Every_change_waits_for_a_change_of_rights_and_is_refused_for_a_right_that_it_took_away()
    {
        var wrong = new List<string>();
        await EachAsync(changing: true, async (held, side, asked) =>
        {
            await held.ExecuteAsync(
                side == Side.Customer ? "update platform.grants set role = 'billing' where principal_id = (select id from platform.principals where name = $1)"
                    : "update platform.operator_roles set role = 'platform-auditor' where operator_id = (select id from platform.operators where name = $1)", Caller(side));
            await held.ReleaseAsync();
            wrong.AddRange(await OthersAsync(asked.Where(a => !IsOnesOwn(PermissionTable.Rows[a.Operation.Id])), HttpStatusCode.Forbidden));
            await ExecuteAsync(side == Side.Customer
                ? "update platform.grants set role = 'owner' where principal_id = (select id from platform.principals where name = 'demo-owner')"
                : "update platform.operator_roles set role = 'platform-administrator' where operator_id = (select id from platform.operators where name = 'matrix-platform-administrator')");
        });
        Assert.Equal([], wrong);
    }

    private static bool IsOnesOwn(PermissionRow row) => row.Permissions.Count == 0 && row.OperatorPermission is null;

    private static bool ToChangeRights(PermissionRow row) => row.Permissions.Append(row.OperatorPermission?.Name).Intersect(WhoMayDoWhat).Any();

    private static string Table(Side side) => side == Side.Customer ? "principals" : "operators";

    private static string Caller(Side side) => side == Side.Customer ? "demo-owner" : "matrix-platform-administrator";

    private static async Task<IEnumerable<string>> OthersAsync(IEnumerable<Asked> asked, HttpStatusCode expected)
    {
        var wrong = new List<string>();
        foreach (var (operation, answer) in asked)
        {
            using var response = await answer;
            if (response.StatusCode != expected)
            {
                wrong.Add($"{operation.Id}: {(int)response.StatusCode}");
            }
        }

        return wrong;
    }

    /// <summary>Asks for every change, some at a time, while the lock is held by another; each is called with those that wait for it or were answered.</summary>
    private async Task EachAsync(bool changing, Func<RightsLock, Side, IReadOnlyList<Asked>, Task> then)
    {
        var fixtures = await MatrixFixtures.CreateAsync(_server);
        await fixtures.EnsureAsync();
        using var callers = await MatrixCallers.CreateAsync(_server);
        var all = (await ApiOperation.AllAsync(_server)).Where(o => o.Changes && !ByNobody.Contains(o.Id)).ToList();
        await using var find = _server.Store.CreateCommand("select id from platform.organizations where name = 'demo'");
        var demo = (Guid)(await find.ExecuteScalarAsync())!;
        foreach (var side in (Side[])[Side.Customer, Side.Operator])
        {
            var caller = callers.All.Single(c => c.Account == Caller(side));
            foreach (var some in all.Where(o => o.Side == side).Chunk(changing ? AtOnce : 1))
            {
                if (!changing)
                {
                    // What the one before may have removed.
                    await fixtures.EnsureAsync();
                }

                await using var held = await RightsLock.TakeAsync(_server, side == Side.Customer ? demo : Guid.Empty, changing);
                var asked = some.Select(o => new Asked(o, caller.On(side).SendAsync(o.At(fixtures.Address(o.Path, caller))))).ToList();
                await held.UntilWaitingAsync([.. asked.Select(a => a.Answer)]);
                await then(held, side, asked);
                await held.DisposeAsync();
                await Task.WhenAll(asked.Select(a => a.Answer));
            }
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Asked(ApiOperation Operation, Task<HttpResponseMessage> Answer);
}
