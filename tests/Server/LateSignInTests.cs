using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Who comes to a token while their account, its keys or its password are taken away holds nothing in the end, whichever of the two came first.</summary>
public sealed class LateSignInTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private const string OfSessions = "select 1 from platform.sessions for update";
    private readonly List<IDisposable> _used = [];
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000);

    public async ValueTask DisposeAsync()
    {
        _used.ForEach(u => u.Dispose());
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("code")]
    [InlineData("device")]
    [InlineData("refresh")]
    public async Task A_session_that_begins_or_goes_on_while_its_holder_is_taken_out_is_good_for_nothing(string way)
    {
        foreach (var (taking, i) in ((string[])["off", "reset", "removed"]).SelectMany(t => (string[])[t, t]).Select((t, i) => (t, i)))
        {
            var bob = Used(await SignedInPerson.EnrolAsync(_server, $"bob{i}"));
            var (rows, ask) = way switch
            {
                "code" => ("select 1 from platform.authorization_codes for update", Asking((await bob.AgreeAsync())["code"]!, c => bob.RedeemAsync(c))),
                "device" => ("select 1 from platform.device_codes for update", Asking(await DeviceAsync(bob), c => bob.TokenAsync(("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", c)))),
                _ => (OfSessions, Asking((await bob.BeginAsync()).Refresh, bob.RefreshAsync)),
            };
            var member = $"{Demo}/members/bob{i}";
            var answer = await BothAsync(rows, ask, taking switch
            {
                "off" => () => TestServer.SendAsync(_server.Alice, HttpMethod.Put, member, """{ "disabled": true }"""),
                "reset" => () => TestServer.SendAsync(_server.Alice, HttpMethod.Put, member, $$"""{ "invitationSha256": "{{TestServer.Sha256("bfi_again" + i)}}" }"""),
                _ => () => TestServer.SendAsync(_server.Alice, HttpMethod.Delete, member),
            }, takingFirst: i % 2 == 0);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                var tokens = await SignedInPerson.TokensAsync(answer);
                Assert.False(await bob.WorksAsync(tokens.Access), $"{way}, {taking}");
                await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(tokens.Refresh), "invalid_grant");
            }
        }
    }

    [Fact]
    public async Task An_invitation_that_is_accepted_while_its_account_is_taken_away_is_good_for_nothing()
    {
        for (var i = 0; i < 4; i++)
        {
            var (member, body) = ($"{Demo}/members/carol{i}", $$"""{ "code": "code-of-carol{{i}}", "tokenSha256": "{{TestServer.Sha256("token-of-carol" + i)}}" }""");
            await TestServer.SendAsync(_server.Alice, HttpMethod.Put, member, 201, $$"""{ "invitationSha256": "{{TestServer.Sha256("code-of-carol" + i)}}" }""");
            await BothAsync(
                "select 1 from platform.principals where name like 'carol%' for update", () => TestServer.SendAsync(_server.Nobody, HttpMethod.Post, "/v1/invitations", body),
                () => i < 2 ? TestServer.SendAsync(_server.Alice, HttpMethod.Delete, member) : TestServer.SendAsync(_server.Alice, HttpMethod.Put, member, """{ "disabled": true }"""), takingFirst: i % 2 == 0);
            await NothingAsync("token-of-carol" + i);
        }
    }

    [Fact]
    public async Task A_token_that_a_key_gets_while_it_is_taken_away_is_good_for_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keys = new JsonObject { ["keys"] = new JsonArray(key.ExportSubjectPublicKeyInfoPem()) }.ToJsonString();
        for (var i = 0; i < 6; i++)
        {
            var robot = $"{Demo}/service-accounts/robot{i}";
            await TestServer.SendAsync(_server.Alice, HttpMethod.Put, robot, 201, "{}");
            await TestServer.SendAsync(_server.Alice, HttpMethod.Put, robot + "/keys", 200, keys);
            var answer = await BothAsync(
                "select 1 from platform.principals where kind = 'service-account' for update", () => AskAsync(key, $"demo/robot{i}"),
                () => i < 2 ? TestServer.SendAsync(_server.Alice, HttpMethod.Put, robot + "/keys", """{ "keys": [] }""")
                    : i < 4 ? TestServer.SendAsync(_server.Alice, HttpMethod.Put, robot, """{ "disabled": true }""")
                    : TestServer.SendAsync(_server.Alice, HttpMethod.Delete, robot),
                takingFirst: i % 2 == 0);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                await NothingAsync((string)(await TestServer.BodyAsync(answer))["access_token"]!);
            }
        }
    }

    private static Func<Task<HttpResponseMessage>> Asking(string secret, Func<string, Task<HttpResponseMessage>> ask) => () => ask(secret);

    /// <summary>Has both wait for these rows, one after the other; the answer to who asks for a token, after the other was accepted.</summary>
    private async Task<HttpResponseMessage> BothAsync(string rows, Func<Task<HttpResponseMessage>> ask, Func<Task<HttpResponseMessage>> take, bool takingFirst)
    {
        Task<HttpResponseMessage> asked, taken;
        await using (var held = await HeldRows.TakeAsync(_server, rows))
        {
            var first = takingFirst ? take() : ask();
            await held.UntilWaitingAsync(first);
            var second = takingFirst ? ask() : take();
            await held.UntilWaitingAsync(first, second);
            (taken, asked) = takingFirst ? (first, second) : (second, first);
        }

        var answer = await taken;
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancel));
        answer = await asked;
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.BadRequest or HttpStatusCode.Forbidden, await answer.Content.ReadAsStringAsync(Cancel));
        return answer;
    }

    private async Task NothingAsync(string token)
    {
        using var client = _server.Client(token);
        await PutTests.AssertProblem(await client.GetAsync("/v1/whoami", Cancel), 401, "unauthenticated");
    }

    private static async Task<string> DeviceAsync(SignedInPerson person)
    {
        var asked = await TestServer.BodyAsync(await person.PostAsync("/oauth/device", ("client_id", "beffroi-cli"), ("scope", "openid offline_access")));
        await person.AgreeToDeviceAsync((string)asked["user_code"]!);
        return (string)asked["device_code"]!;
    }

    private async Task<HttpResponseMessage> AskAsync(ECDsa key, string account)
    {
        using var content = new FormUrlEncodedContent(ClientAssertion.Form(ClientAssertion.Sign(ClientAssertion.Claims(account), key)).Select(f => KeyValuePair.Create(f.Key, f.Value)));
        return await _server.Nobody.PostAsync("/v1/oauth/token", content, Cancel);
    }

    private T Used<T>(T used)
        where T : IDisposable
    {
        _used.Add(used);
        return used;
    }
}
