using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;
using Beffroi.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>
/// An address that has failed too often waits wherever a password, a code or a token is taken: the right one is answered as a wrong one is, and does nothing. What takes one and isn't here, or is not said to
/// need none, fails.
/// </summary>
public sealed class WaitingTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Host = "localhost", IdentityCallback = "/sign-in/provider/callback";

    // They take what a browser was given by a sign-in, of 256 random bits, and neither a password nor a code.
    private static readonly string[] OfWhoIsSignedIn = ["/oauth/authorize", "/passkeys", "/passkeys/remove", "/sign-in/providers/unlink", "/console/sign-out"];

    private readonly List<IDisposable> _used = [];
    private readonly List<Attempt> _attempts = [];
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // A window that no slow machine outlasts.
    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failureWindow: TimeSpan.FromMinutes(10));

    public async ValueTask DisposeAsync()
    {
        _used.ForEach(u => u.Dispose());
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(Side.Customer)]
    [InlineData(Side.Operator)]
    public async Task An_address_that_failed_too_often_waits_wherever_a_secret_is_taken_with_the_right_one_too(Side side)
    {
        await PrepareAsync(side);
        var taken = Taking(side);
        Assert.Equal(taken.Order(StringComparer.Ordinal), _attempts.Select(a => a.Path).Where(taken.Contains).Distinct().Order(StringComparer.Ordinal));
        await FailAsync(side);
        var before = await EntriesAsync();
        var wrong = new List<string>();
        foreach (var attempt in _attempts)
        {
            var (right, guess) = (await attempt.AskAsync(attempt.Right), await attempt.AskAsync("wrong" + attempt.Right));
            if (right.Status != attempt.Expected || guess != right || !right.Text.Contains(attempt.Says, StringComparison.Ordinal))
            {
                wrong.Add($"{attempt.Path}: {right}; {guess}");
            }
        }

        Assert.Equal([], wrong);
        Assert.Equal(before, await EntriesAsync());
    }

    /// <summary>The paths to which anybody may POST on this side, but those that take nothing that could be guessed.</summary>
    private HashSet<string> Taking(Side side) => [.. _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true && e.Metadata.Any(m => m.GetType().Name == "ForAnyone"))
        .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
        .Where(p => !OfWhoIsSignedIn.Contains(p) && !p.Contains("console", StringComparison.Ordinal) && !p.StartsWith("/beffroi.", StringComparison.Ordinal))
        .Where(p => side == Side.Customer ? !p.StartsWith("/operator/", StringComparison.Ordinal) : !p.StartsWith("/v1/", StringComparison.Ordinal) && !p.StartsWith("/sign-in/provider", StringComparison.Ordinal))];

    private async Task PrepareAsync(Side side)
    {
        var api = side == Side.Operator ? "/operator/v1" : "/v1";
        var bob = Used(await SignedInPerson.EnrolAsync(_server, "bobby", side));
        var (access, refresh) = await bob.BeginAsync();
        var code = (await bob.AgreeAsync())["code"]!;
        var asked = await TestServer.BodyAsync(await bob.PostAsync("/oauth/device", ("client_id", "beffroi-cli"), ("scope", "openid offline_access")));

        // A token, by the API and by the token endpoint.
        Add(api + "/whoami", access, 429, "too-many-failures", async token =>
        {
            using var client = _server.Client(token, side);
            return await AnswerAsync(await client.GetAsync(api + "/whoami", Cancel));
        });
        OAuth("/oauth/token", code, c => bob.RedeemAsync(c));
        OAuth("/oauth/token", refresh, bob.RefreshAsync);
        OAuth("/oauth/token", (string)asked["device_code"]!, c => bob.TokenAsync(("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", c)));
        OAuth("/oauth/device", "", _ => bob.PostAsync("/oauth/device", ("client_id", "beffroi-cli"), ("scope", "openid")));
        OAuth("/oauth/revoke", refresh, token => bob.PostAsync("/oauth/revoke", ("client_id", "beffroi-cli"), ("token", token)));
        Add(api + "/invitations", await InviteAsync(side, "anna"), 429, "too-many-failures", async invitation => await AnswerAsync(await TestServer.SendAsync(
            bob.Http, HttpMethod.Post, api + "/invitations", $$"""{ "code": "{{invitation}}", "tokenSha256": "{{TestServer.Sha256("token-of-anna")}}" }""")));

        // The pages, with a browser each that is at its form.
        Page("/sign-in", bob.NextCode(), await AtAsync(side, "/sign-in"), c => [("account", bob.Account), ("password", SignedInPerson.Password), ("code", c)]);
        Page("/enrol", await InviteAsync(side, "carol"), await AtAsync(side, "/enrol"), invitation => [("invitation", invitation)]);
        var enrolling = await AtAsync(side, "/enrol");
        Assert.Equal(HttpStatusCode.OK, await enrolling.SubmitAsync(("invitation", await InviteAsync(side, "dave"))));
        var secret = Regex.Match(enrolling.Page, "<code>([A-Z2-7]{32})</code>").Groups[1].Value;
        Page("/enrol/proof", Authenticator.Code(secret), enrolling, c => [("account", ""), ("password", SignedInPerson.Password), ("again", SignedInPerson.Password), ("code", c)]);
        await bob.SignInAsync("/password");
        await bob.Browser.FollowAsync();
        Page("/password", SignedInPerson.Password, bob.Browser, p => [("present", p), ("password", "battery staple correct"), ("again", "battery staple correct")]);
        Page("/password/recovery-codes", SignedInPerson.Password, bob.Browser.SecondWindow(), p => [("proof", p)]);
        var device = bob.Browser.SecondWindow();
        Assert.Equal(HttpStatusCode.OK, await device.GetAsync("/device"));
        Page("/device", (string)asked["user_code"]!, device, c => [("code", c), ("decision", "allow")]);
        Page("/sign-in/passkey", "{}", await AtAsync(side, "/sign-in", Host), answer => [("credential", answer)]);
        Page("/sign-in/passkey/options", "", await AtAsync(side, "/sign-in", Host), _ => [], "");
        var named = Used(await SignedInPerson.EnrolAsync(_server, "erin", side, host: Host));
        await named.SignInAsync("/passkeys");
        await named.Browser.FollowAsync();
        Page("/passkeys/options", "", named.Browser, _ => [], "");
        if (side == Side.Customer)
        {
            Page("/sign-in/provider", "demo", await AtAsync(side, "/sign-in/provider"), organization => [("organization", organization)]);
            var proved = await AtAsync(side, "/sign-in");
            proved.Keep("__Host-beffroi-customer-proved", "by-a-provider");
            Page("/sign-in/provider/code", "000000", proved, c => [("code", c)]);
            Page("/sign-in/providers/link", Guid.Empty.ToString("D"), bob.Browser.SecondWindow(), id => [("provider", id)]);
            Add(IdentityCallback, "code", 429, "Too many attempts", async c => await PageAsync(await AtAsync(side, $"{IdentityCallback}?code={c}&state=x")));
            Add("/v1/oauth/token", "assertion", 429, "too-many-failures", async a => await AnswerAsync(await bob.PostAsync("/v1/oauth/token", ClientAssertion.Form(a))));
        }

        const string console = "/console/callback";
        Add(console, "code", 429, "Too many attempts", async c => await PageAsync(await AtAsync(side, $"{console}?code={c}&state=x")));
    }

    private void Add(string path, string right, int status, string says, Func<string, Task<(int Status, string Text)>> ask) => _attempts.Add(new Attempt(path, right, status, says, ask));

    private void OAuth(string path, string right, Func<string, Task<HttpResponseMessage>> ask) =>
        Add(path, right, 400, "temporarily_unavailable", async secret => await AnswerAsync(await ask(secret)));

    private void Page(string path, string right, Browser browser, Func<string, (string, string)[]> fields, string says = "Too many attempts")
    {
        Used(browser);
        var proof = browser.Proof;
        Add(path, right, 429, says, async secret =>
        {
            await browser.PostAsync(path, [("form", proof), .. fields(secret)]);
            return await PageAsync(browser);
        });
    }

    private async Task<Browser> AtAsync(Side side, string path, string? host = null)
    {
        var browser = Used(new Browser(_server, side, host));
        await browser.GetAsync(path, "en");
        return browser;
    }

    private async Task<string> InviteAsync(Side side, string name)
    {
        var invitation = $"\"invitationSha256\": \"{TestServer.Sha256("bfi_" + name)}\"";
        await (side == Side.Customer ? TestServer.SendAsync(_server.Alice, HttpMethod.Put, "/v1/organizations/demo/members/" + name, 201, "{" + invitation + "}")
            : TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/operators/" + name, 201, "{ \"roles\": [\"support\"], " + invitation + "}"));
        return "bfi_" + name;
    }

    /// <summary>Guesses until the address waits.</summary>
    private async Task FailAsync(Side side)
    {
        using var guesser = _server.Client("guess", side);
        var status = HttpStatusCode.OK;
        for (var i = 0; i < 40 && status != HttpStatusCode.TooManyRequests; i++)
        {
            status = (await guesser.GetAsync(side == Side.Operator ? "/operator/v1/whoami" : "/v1/whoami", Cancel)).StatusCode;
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
    }

    private async Task<long> EntriesAsync()
    {
        await using var command = _server.Store.CreateCommand("select count(*) from platform.ledger");
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private static async Task<(int Status, string Text)> AnswerAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        // Each has an id of its own.
        return ((int)response.StatusCode, response.Headers.TryGetValues("Request-Id", out var ids) ? text.Replace(ids.Single(), "ID", StringComparison.Ordinal) : text);
    }

    private static async Task<(int Status, string Text)> PageAsync(Browser browser)
    {
        var (status, text) = await AnswerAsync(browser.Answer);
        return (status, Regex.Replace(text, "(?:value|href)=\"[^\"]*\"", ""));
    }

    private T Used<T>(T used)
        where T : IDisposable
    {
        _used.Add(used);
        return used;
    }

    private sealed record Attempt(string Path, string Right, int Expected, string Says, Func<string, Task<(int Status, string Text)>> AskAsync);
}
