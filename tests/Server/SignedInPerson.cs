using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>A person with a password and recovery codes, who begins sessions as the command line does.</summary>
public sealed class SignedInPerson : IDisposable
{
    public const string Password = "correct horse battery";
    public const string Callback = "http://127.0.0.1:49152/callback";
    private readonly TestServer _server;
    private readonly Queue<string> _codes;

    private SignedInPerson(TestServer server, Side side, string account, string[] codes, string? host) =>
        (_server, Side, Account, _codes, Browser, Http) = (server, side, account, new Queue<string>(codes), new Browser(server, side, host), server.Client(null, side));

    public Side Side { get; }

    public string Account { get; }

    public Browser Browser { get; }

    public HttpClient Http { get; }

    /// <summary>A recovery code that wasn't used yet.</summary>
    public string NextCode() => _codes.Dequeue();

    public static string Verifier { get; } = new('v', 43);

    public static string Challenge { get; } = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An invited user of demo, or one of the operator's people with this role, who has enrolled.</summary>
    public static async Task<SignedInPerson> EnrolAsync(TestServer server, string name, Side side = Side.Customer, string role = "support", string? host = null)
    {
        var invitation = $"\"invitationSha256\": \"{Authenticator.Sha256("bfi_" + name)}\"";
        var answer = side == Side.Customer
            ? await TestServer.SendAsync(server.Alice, HttpMethod.Put, "/v1/organizations/demo/members/" + name, "{" + invitation + "}")
            : await TestServer.SendAsync(server.Administrator, HttpMethod.Put, "/operator/v1/operators/" + name, "{ \"roles\": [\"" + role + "\"], " + invitation + "}");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        using var browser = new Browser(server, side);
        var (_, codes) = await browser.EnrolAsync("bfi_" + name, Password, s => Authenticator.Code(s));
        return new SignedInPerson(server, side, side == Side.Customer ? "demo/" + name : name, codes, host);
    }

    public static string Authorize(string? challenge = null, string method = "S256", string redirect = Callback, string client = "beffroi-cli", string more = "") =>
        $"/oauth/authorize?response_type=code&client_id={client}&redirect_uri={Uri.EscapeDataString(redirect)}&scope=openid%20offline_access&state=a%26b&nonce=once"
        + (challenge is null ? "" : $"&code_challenge={challenge}&code_challenge_method={method}") + more;

    /// <summary>Signs the browser in, with a recovery code: authenticators' codes are too few for a test.</summary>
    public async Task SignInAsync(string path = "/sign-in")
    {
        if (path != "/sign-in")
        {
            Assert.Equal(HttpStatusCode.SeeOther, await Browser.GetAsync(path));
            await Browser.FollowAsync();
            Assert.Equal(HttpStatusCode.SeeOther, await Browser.SubmitAsync(("account", Account), ("password", Password), ("code", _codes.Dequeue())));
            return;
        }

        Assert.Equal(HttpStatusCode.SeeOther, await Browser.SignInAsync(Account, Password, _codes.Dequeue()));
    }

    /// <summary>Enters a device's code, and agrees.</summary>
    public async Task AgreeToDeviceAsync(string userCode)
    {
        await SignInAsync();
        await Browser.FollowAsync();
        Assert.Equal(HttpStatusCode.OK, await Browser.SubmitAsync(("code", userCode)));
        Assert.Equal(HttpStatusCode.OK, await Browser.SubmitAsync(("decision", "allow")));
    }

    /// <summary>The loopback flow up to the code, and the answer's parameters.</summary>
    public async Task<System.Collections.Specialized.NameValueCollection> AgreeAsync(string decision = "allow")
    {
        var location = await AgreeAsync(Authorize(Challenge), decision);
        Assert.StartsWith(Callback + "?", location.ToString(), StringComparison.Ordinal);
        return HttpUtility.ParseQueryString(location.Query);
    }

    /// <summary>Signs in and decides on a request; where the browser is sent then.</summary>
    public async Task<Uri> AgreeAsync(string request, string decision)
    {
        await SignInAsync(request);
        Assert.Equal(HttpStatusCode.OK, await Browser.FollowAsync());
        Assert.Contains(Account, Browser.Page, StringComparison.Ordinal);
        var status = await Browser.SubmitAsync(("decision", decision));
        Assert.True(status is HttpStatusCode.Found or HttpStatusCode.SeeOther, status + Browser.Page);
        return Browser.Answer.Headers.Location!;
    }

    public Task<HttpResponseMessage> RedeemAsync(string code, string? verifier = null, string redirect = Callback) => TokenAsync(
        ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("code_verifier", verifier ?? Verifier));

    public Task<HttpResponseMessage> RefreshAsync(string token) => TokenAsync(("grant_type", "refresh_token"), ("refresh_token", token));

    /// <summary>A session by the loopback flow.</summary>
    public async Task<(string Access, string Refresh)> BeginAsync()
    {
        var answer = await RedeemAsync((await AgreeAsync())["code"]!);
        return await TokensAsync(answer);
    }

    public async Task<HttpResponseMessage> TokenAsync(params (string Key, string Value)[] form) => await PostAsync("/oauth/token", [("client_id", "beffroi-cli"), .. form]);

    public async Task<HttpResponseMessage> PostAsync(string path, params (string Key, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Key, f.Value)));
        return await Http.PostAsync(path, content, Cancel);
    }

    public static async Task<(string Access, string Refresh)> TokensAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var body = JsonNode.Parse(text)!;
        Assert.InRange((int)body["expires_in"]!, 290, 300);
        return ((string)body["access_token"]!, (string)body["refresh_token"]!);
    }

    public static async Task AssertRefusedAsync(HttpResponseMessage answer, string error, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == status, text);
        Assert.Equal(error, (string?)JsonNode.Parse(text)!["error"]);
    }

    /// <summary>Whether the token is good for anything.</summary>
    public async Task<bool> WorksAsync(string token, Side? side = null)
    {
        var at = side ?? Side;
        using var client = _server.Client(token, at);
        var answer = await client.GetAsync((at == Side.Operator ? "/operator" : "") + "/v1/whoami", Cancel);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Unauthorized);
        return answer.StatusCode == HttpStatusCode.OK && Account.EndsWith((string)(await TestServer.BodyAsync(answer))["name"]!, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Browser.Dispose();
        Http.Dispose();
    }
}
