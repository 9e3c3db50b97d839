using Beffroi.Transparency;

namespace Beffroi.Server.Tests;

/// <summary>Programs, which answer for nothing that is shown.</summary>
public sealed partial class LockboxTests
{
    [Fact]
    public async Task A_service_account_agrees_to_nothing_and_brings_no_key()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync();
        // An owner among programs: it is not for want of a right.
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/service-accounts/robot", 201, "{}");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", 201, """{ "role": "owner", "member": "robot" }""");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/service-accounts/robot/tokens/first", 201, $$"""{ "sha256": "{{TestServer.Sha256("token-of-robot")}}", "days": 1 }""");
        using var robot = _server.Client("token-of-robot");
        using var robots = NoteSigner.Generate("demo/robot", NoteAlgorithm.Ed25519);
        await PutTests.AssertProblem(await PutKeyAsync(robot, robots.PublicKey.ToString()), 409, "person-needed");
        await PutTests.AssertProblem(await ApproveAsync(robot, robots, id), 409, "person-needed");
        await PutTests.AssertProblem(await ApproveAsync(robot, alice, id), 409, "person-needed");

        // Nor with a key that somebody put into the store for it.
        await ExecuteAsync("insert into platform.lockbox_keys (principal_id, organization_id, public_key) select id, organization_id, $1 from platform.principals where name = 'robot'", robots.PublicKey.ToString());
        await PutTests.AssertProblem(await ApproveAsync(robot, robots, id), 409, "person-needed");
        var waits = await GetAsync($"{Requests}/{id}");
        Assert.Equal("waiting", (string?)waits["request"]!["state"]);
        Assert.Empty(waits["approvals"]!.AsArray());
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-open");

        // Under the two-person rule it isn't the second person either.
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", 200, """{ "deletionGraceHours": 168, "immediateDeletion": false, "twoPersonRule": true }""");
        await PutTests.AssertProblem(await PutKeyAsync(_server.Alice, alice.PublicKey.ToString()), 409, "approval-needed", "approval");
        var approval = (string)(await GetAsync(Demo + "/approvals"))["items"]![0]!["id"]!;
        await PutTests.AssertProblem(await TestServer.SendAsync(robot, HttpMethod.Post, $"{Demo}/approvals/{approval}/approve"), 409, "person-needed");

        // To refuse is always possible, for a program that watches, too.
        Assert.Equal("refused", (string?)(await TestServer.SendAsync(robot, HttpMethod.Post, $"{Requests}/{id}/end", 200))["request"]!["state"]);
    }
}
