using System.Net;
using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>Someone with a password and an authenticator.</summary>
public sealed record Person(string Account, string Password, string Secret)
{
    /// <summary>Invited by the organization's first owner, and enrolled by the same pages as in the browser, with the authenticator's present code.</summary>
    public static async Task<Person> EnrolAsync(TestServer server, string name, string organization, params string[] roles)
    {
        const string Password = "correct horse battery";
        var (owner, root) = (organization == "demo" ? server.Alice : server.Mallory, "/v1/organizations/" + organization);
        var invitation = $"{{ \"invitationSha256\": \"{Authenticator.Sha256("bfi_" + name)}\" }}";
        Assert.Equal(HttpStatusCode.Created, (await TestServer.SendAsync(owner, HttpMethod.Put, root + "/members/" + name, invitation)).StatusCode);
        using var browser = new Browser(server);
        var (secret, _) = await browser.EnrolAsync("bfi_" + name, Password, s => Authenticator.Code(s));
        foreach (var role in roles)
        {
            (await TestServer.SendAsync(owner, HttpMethod.Put, root + "/grants", $$"""{ "role": "{{role}}", "member": "{{name}}" }""")).EnsureSuccessStatusCode();
        }

        return new($"{organization}/{name}", Password, secret);
    }

    /// <summary>One of the operator's people with this role, enrolled in the same way at the operator's listener.</summary>
    public static async Task<Person> EnrolOperatorAsync(TestServer server, string name, string role)
    {
        const string Password = "correct horse battery";
        var account = $$"""{ "roles": ["{{role}}"], "invitationSha256": "{{Authenticator.Sha256("bfi_" + name)}}" }""";
        Assert.Equal(HttpStatusCode.Created, (await TestServer.SendAsync(server.Administrator, HttpMethod.Put, "/operator/v1/operators/" + name, account)).StatusCode);
        using var browser = new Browser(server, Side.Operator);
        var (secret, _) = await browser.EnrolAsync("bfi_" + name, Password, s => Authenticator.Code(s));
        return new(name, Password, secret);
    }

    /// <summary>The next code, which is accepted already: the present one was used to enrol, and each is good once.</summary>
    public string Code() => Authenticator.Code(Secret, 1);

    /// <summary>Signs in through the pages, from the console's own address on.</summary>
    public async Task SignInAsync(IPage page, Func<string, Task>? seen = null)
    {
        await page.GotoAsync("/console");
        await (seen?.Invoke("sign-in") ?? Task.CompletedTask);
        await page.FillAsync("#account", Account);
        await page.FillAsync("#password", Password);
        await page.FillAsync("#code", Code());
        await page.FollowAsync(() => page.ClickAsync("button"));
        await (seen?.Invoke("consent") ?? Task.CompletedTask);
        await page.FollowAsync(() => page.ClickAsync("button[value=allow]"));
        Assert.Equal("/console", new Uri(page.Url).AbsolutePath);
    }
}
