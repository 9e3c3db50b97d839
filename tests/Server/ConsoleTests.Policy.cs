using System.Net;

namespace Beffroi.Server.Tests;

/// <summary>What the console shows of rules about where which data may be.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task A_space_shows_what_each_rule_says_of_it_to_who_may_see_that()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/spaces/trial", """{ "classification": "health", "evaluation": true }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/spaces/trial", "fr"));
        Save(bob, "space-policy");
        Assert.Matches("(?s)déclaré par customer:alice.*C’est une évaluation.*Données de santé chez un hébergeur certifié.*hds-certificate.*refuserait.*Elle s'applique : elles concernent la santé.*beffroi policy explain demo/trial", Text(bob));
        await ExecuteAsync("update platform.spaces set label = null, label_stated_by = null, label_stated_at = null where name = 'trial'");
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/spaces/trial", "en"));
        Assert.Matches("(?s)What the rules say.*Nobody has stated what the data are.*hds-certificate.*refuses.*does not apply", Text(bob));

        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/roles/looker", """{ "permissions": ["organization.read", "space.read", "postgres.read"] }""")).EnsureSuccessStatusCode();
        await ExecuteAsync("delete from platform.grants where principal_id = (select id from platform.principals where name = 'bob')");
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "looker", "member": "bob" }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/spaces/trial", "en"));
        Assert.Contains("Databases", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("What the rules say", Text(bob), StringComparison.Ordinal);
    }
}
