using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Client credentials with a signed assertion (RFC 7523), as a program does it.</summary>
public sealed class ServiceAccountSignInTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Accounts = "/v1/organizations/demo/service-accounts";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000);
        await PutAsync(Accounts + "/nightly", "{}");
        await PutAsync(Accounts + "/nightly/keys", Keys(_key.ExportSubjectPublicKeyInfoPem()));
        await PutAsync("/v1/organizations/demo/grants", """{ "role": "reader", "member": "nightly" }""");
    }

    public ValueTask DisposeAsync()
    {
        _key.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task A_signed_assertion_gets_a_short_lived_token_once()
    {
        var assertion = Sign(Claims());
        var answer = await AskAsync(assertion);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = await TestServer.BodyAsync(answer);
        Assert.Equal(("Bearer", 600), ((string?)body["token_type"], (int)body["expires_in"]!));
        using var nightly = _server.Client((string)body["access_token"]!);
        Assert.Equal("nightly", (string?)(await TestServer.BodyAsync(await nightly.GetAsync("/v1/whoami", Cancel)))["name"]);
        Assert.Equal(HttpStatusCode.OK, (await nightly.GetAsync(TestServer.Postgres, Cancel)).StatusCode);
        await PutTests.AssertProblem(await TestServer.SendAsync(nightly, HttpMethod.Put, "/v1/tokens/mine", $$"""{ "sha256": "{{new string('1', 64)}}" }"""), 403, "forbidden");
        await RefusedAsync(assertion);
        Assert.Contains(("token.issue", "accepted", null), await LedgerAsync());
        // Another key ends what was got with this one.
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await PutAsync(Accounts + "/nightly/keys", Keys(other.ExportSubjectPublicKeyInfoPem()));
        await PutTests.AssertProblem(await nightly.GetAsync("/v1/whoami", Cancel), 401, "unauthenticated");
        await RefusedAsync(Sign(Claims()));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(Sign(Claims(), key: other, algorithm: "ES384"))).StatusCode);
    }

    [Fact]
    public async Task A_token_of_an_account_that_is_switched_off_ends_and_none_is_issued()
    {
        var body = await TestServer.BodyAsync(await AskAsync(Sign(Claims())));
        await PutAsync(Accounts + "/nightly", """{ "disabled": true }""");
        using var nightly = _server.Client((string)body["access_token"]!);
        await PutTests.AssertProblem(await nightly.GetAsync("/v1/whoami", Cancel), 401, "unauthenticated");
        await RefusedAsync(Sign(Claims()));
    }

    [Fact]
    public async Task Whatever_is_wrong_with_an_assertion_is_answered_alike()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        string[] bad =
        [
            Sign(Claims(), key: stranger),
            Sign(Claims(c => c["aud"] = "urn:beffroi:other")),
            Sign(Claims(c => c["aud"] = new JsonArray("urn:beffroi:beffroi", "urn:beffroi:other"))),
            Sign(Claims(c => c.Remove("aud"))),
            Sign(Claims(c => c["exp"] = now.AddSeconds(-1).ToUnixTimeSeconds())),
            Sign(Claims(c => c["exp"] = now.AddHours(1).ToUnixTimeSeconds())),
            Sign(Claims(c => c["exp"] = "soon")),
            Sign(Claims(c => c.Remove("exp"))),
            Sign(Claims(c => c["nbf"] = now.AddMinutes(2).ToUnixTimeSeconds())),
            Sign(Claims(c => c["iss"] = "demo/other")),
            Sign(Claims(subject: "evil/nightly")),
            Sign(Claims(subject: "demo/alice")),
            Sign(Claims(subject: "demo")),
            Sign(Claims(c => c["jti"] = "short")),
            Sign(Claims(), algorithm: "none"),
            Sign(Claims(), algorithm: "HS256"),
            Sign(Claims(), algorithm: "ES384"),
            Sign(Claims(), header: """{"alg":"ES256","crit":["x"]}"""),
            Sign(Claims(), header: """{"alg":"ES256","alg":"none"}"""),
            Sign(Claims()) + "x",
            Sign(Claims())[..^4],
            Sign(Claims()).Split('.')[0] + "." + Sign(Claims(subject: "demo/nightly")).Split('.')[1] + "." + Sign(Claims()).Split('.')[2],
            "a.b.c", "..", "", new string('a', 5000),
        ];
        foreach (var assertion in bad)
        {
            await RefusedAsync(assertion);
        }

        await using var count = _server.Store.CreateCommand("select count(*) from platform.tokens where kind = 'access'");
        Assert.Equal(0L, await count.ExecuteScalarAsync(Cancel));
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(new string('a', 9000))).StatusCode);
        Assert.Equal("unsupported_grant_type", (string?)(await TestServer.BodyAsync(await PostAsync(("grant_type", "password"))))["error"]);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(Sign(Claims()))).StatusCode);
    }

    [Fact]
    public async Task One_assertion_used_at_once_gets_one_token()
    {
        var assertion = Sign(Claims());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskAsync(assertion)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Only_public_keys_are_taken()
    {
        using var weak = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var rsa = RSA.Create(2048);
        foreach (var pem in (string[])[_key.ExportPkcs8PrivateKeyPem(), weak.ExportSubjectPublicKeyInfoPem(), rsa.ExportSubjectPublicKeyInfoPem(), "", "key"])
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Accounts + "/nightly/keys", Keys(pem)), 422, "invalid-request");
        }
    }

    private static JsonObject Claims(Action<JsonObject>? change = null, string subject = "demo/nightly")
    {
        var claims = ClientAssertion.Claims(subject);
        change?.Invoke(claims);
        return claims;
    }

    private static string Keys(string pem) => new JsonObject { ["keys"] = new JsonArray(pem) }.ToJsonString();

    private string Sign(JsonObject claims, ECDsa? key = null, string algorithm = "ES256", string? header = null) => ClientAssertion.Sign(claims, key ?? _key, algorithm, header);

    private Task<HttpResponseMessage> AskAsync(string assertion) => PostAsync(ClientAssertion.Form(assertion));

    private async Task<HttpResponseMessage> PostAsync(params (string Key, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Key, f.Value)));
        return await _server.Nobody.PostAsync("/v1/oauth/token", content, Cancel);
    }

    private async Task RefusedAsync(string assertion)
    {
        var answer = await AskAsync(assertion);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("""{"error":"invalid_client"}""", await answer.Content.ReadAsStringAsync(Cancel));
    }

    private async Task PutAsync(string path, string json)
    {
        var response = await TestServer.SendAsync(_server.Alice, HttpMethod.Put, path, json);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<List<(string Action, string Outcome, string? Reason)>> LedgerAsync()
    {
        await _server.LedgerIntegratedAsync();
        return await _server.LedgerAsync("entry like '%token.issue%'");
    }
}
