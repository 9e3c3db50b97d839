using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Platform;
using Beffroi.Platform.Tests.Ledger;
using Beffroi.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

/// <summary>Tokens of an issuer elsewhere, really fetched from and signed by, in exchange for ours.</summary>
public sealed class WorkloadIdentityTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Accounts = "/v1/organizations/demo/service-accounts";
    private const string Identity = Accounts + "/deploy/identities/pipeline";
    private const string Audience = "https://cloud.example";
    private const string Subject = "repo:hospital/records:ref:refs/heads/main";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _rsa = RSA.Create(2048);
    private TestServer _server = null!;
    private Receiver _issuer = null!;
    private Func<string> _keys = null!;
    private string? _says;
    private int _asked;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _keys = () => Set(Jwk(_key, "one"), Jwk(_rsa, "two"));
        _issuer = await Receiver.StartAsync(http =>
        {
            if (http.Request.Path == "/.well-known/openid-configuration")
            {
                Interlocked.Increment(ref _asked);
                return http.Response.WriteAsync(new JsonObject { ["issuer"] = _says ?? _issuer.Url, ["jwks_uri"] = _issuer.Url + "/keys" }.ToJsonString());
            }

            http.Response.StatusCode = http.Request.Path == "/keys" ? 200 : 404;
            return http.Response.WriteAsync(_keys());
        });
        _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000, change: services =>
        {
            var options = (PlatformOptions)services.Single(d => d.ServiceType == typeof(PlatformOptions)).ImplementationInstance!;
            services.Replace(ServiceDescriptor.Singleton(options with { OutboundNetworks = [IPNetwork.Parse("127.0.0.0/8")] }));
        });
        await PutAsync(Accounts + "/deploy", "{}");
        await PutAsync("/v1/organizations/demo/grants", """{ "role": "reader", "member": "deploy" }""");
        await PutAsync(Identity, Content());
    }

    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        _next.Dispose();
        _rsa.Dispose();
        await _issuer.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_token_of_the_issuer_gets_one_of_ours_that_is_valid_no_longer()
    {
        foreach (var token in (string[])[Sign(Claims()), Sign(Claims(), rsa: _rsa), Sign(Claims(c => c["aud"] = new JsonArray("https://other.example", Audience)))])
        {
            var answer = await AskAsync(token);
            var body = await TestServer.BodyAsync(answer);
            Assert.True(answer.IsSuccessStatusCode, body.ToJsonString());
            Assert.Equal(("Bearer", "urn:ietf:params:oauth:token-type:access_token"), ((string?)body["token_type"], (string?)body["issued_token_type"]));
            Assert.InRange((int)body["expires_in"]!, 1, 120);
            using var deploy = _server.Client((string)body["access_token"]!);
            Assert.Equal("deploy", (string?)(await TestServer.BodyAsync(await deploy.GetAsync("/v1/whoami", Cancel)))["name"]);
            Assert.Equal(HttpStatusCode.OK, (await deploy.GetAsync(TestServer.Postgres, Cancel)).StatusCode);
        }

        // The keys are kept: it was asked once.
        Assert.Equal(1, _asked);
        Assert.Contains(("token.issue", "accepted", "by the identity pipeline"), await _server.LedgerAsync("entry::jsonb->>'action' = 'token.issue'"));
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_token_is_answered_alike()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        var good = Sign(Claims());
        string[] bad =
        [
            Sign(Claims(), key: stranger), Sign(Claims(), key: stranger, kid: "unknown"), Sign(Claims(c => c["aud"] = "https://other.example")), Sign(Claims(c => c.Remove("aud"))),
            Sign(Claims(c => c["iss"] = "https://127.0.0.1:1")), Sign(Claims(c => c["iss"] = _issuer.Url + "/")), Sign(Claims(c => c.Remove("iss"))),
            Sign(Claims(c => c["sub"] = Subject + "x")), Sign(Claims(c => c["sub"] = Subject.ToUpperInvariant())), Sign(Claims(c => c.Remove("sub"))),
            Sign(Claims(c => c["environment"] = "test")), Sign(Claims(c => c.Remove("environment"))), Sign(Claims(c => c["environment"] = new JsonArray("production", "test"))),
            Sign(Claims(c => c["exp"] = now.AddSeconds(-1).ToUnixTimeSeconds())), Sign(Claims(c => c["exp"] = now.AddDays(2).ToUnixTimeSeconds())), Sign(Claims(c => c.Remove("exp"))),
            Sign(Claims(c => c["exp"] = "soon")), Sign(Claims(c => c["nbf"] = now.AddMinutes(5).ToUnixTimeSeconds())),
            Sign(Claims(), header: """{"alg":"none","kid":"one"}"""), Sign(Claims(), header: """{"alg":"HS256","kid":"one"}"""), Sign(Claims(), header: """{"alg":"RS256","kid":"one"}"""),
            Sign(Claims(), header: """{"alg":"ES256","kid":"one","crit":["x"],"x":1}"""), Hmac(Claims()),
            good[..^4], good + "x", good.Split('.')[0] + "." + good.Split('.')[1] + ".", "a.b.c", "x", new string('a', 9000),
        ];
        foreach (var token in bad)
        {
            var answer = await AskAsync(token);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, token);
            Assert.Contains((string)(await TestServer.BodyAsync(answer))["error"]!, (string[])["invalid_grant", "invalid_request"]);
        }

        foreach (var (client, type) in new[] { ("demo/other", "jwt"), ("evil/deploy", "jwt"), ("deploy", "jwt"), ("demo/deploy", "saml2"), ("demo/alice", "jwt") })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(good, client, type)).StatusCode);
        }

        await using var count = _server.Store.CreateCommand("select count(*) from platform.tokens where kind = 'access'");
        Assert.Equal(0L, await count.ExecuteScalarAsync(Cancel));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(good)).StatusCode);
        // Whoever sends tokens that name an unknown key doesn't have the issuer asked each time.
        Assert.InRange(_asked, 1, 2);
    }

    [Fact]
    public async Task What_is_changed_or_removed_ends_at_once()
    {
        var ours = (string)(await TestServer.BodyAsync(await AskAsync(Sign(Claims()))))["access_token"]!;
        using var deploy = _server.Client(ours);
        Assert.Equal(HttpStatusCode.OK, (await deploy.GetAsync("/v1/whoami", Cancel)).StatusCode);
        await PutAsync(Identity, Content(c => c["subject"] = "another"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await deploy.GetAsync("/v1/whoami", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(Sign(Claims()))).StatusCode);
        await PutAsync(Identity, Content());
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(Sign(Claims()))).StatusCode);
        await PutAsync(Accounts + "/deploy", """{ "disabled": true }""");
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(Sign(Claims()))).StatusCode);
        await PutAsync(Accounts + "/deploy", "{}");
        (await _server.Alice.DeleteAsync(Identity, Cancel)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(Sign(Claims()))).StatusCode);
        await PutTests.AssertProblem(await _server.Alice.DeleteAsync(Identity, Cancel), 404, "not-found");
    }

    [Fact]
    public async Task Keys_can_be_given_and_are_taken_from_nobody_who_says_to_be_another()
    {
        // A cluster that can't be reached: its keys are given, and nobody is asked.
        await PutAsync(Identity, Content(c => { c["keys"] = Set(Jwk(_next, "one")); c.Remove("authority"); }));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(Sign(Claims(), key: _next))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(Sign(Claims()))).StatusCode);
        Assert.Equal(0, _asked);
        _says = "https://else.example";
        await PutAsync(Identity, Content());
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(Sign(Claims()))).StatusCode);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task What_only_the_platform_reaches_is_not_asked_for_keys()
    {
        await using var server = await TestServer.StartAsync(postgres);
        (await server.Alice.PutAsync(Accounts + "/deploy", TestServer.Json("{}"), Cancel)).EnsureSuccessStatusCode();
        (await server.Alice.PutAsync(Identity, TestServer.Json(Content()), Cancel)).EnsureSuccessStatusCode();
        using var form = Form(Sign(Claims()));
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Nobody.PostAsync("/v1/oauth/token", form, Cancel)).StatusCode);
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task What_is_wrong_with_an_identity_is_named_and_it_is_no_way_to_more_rights()
    {
        using var weak = RSA.Create(1024);
        foreach (var (field, change) in new (string, Action<JsonObject>)[]
        {
            ("issuer", c => c["issuer"] = "http://x.example"), ("issuer", c => c["issuer"] = "https://x.example?a=b"), ("audience", c => c["audience"] = ""), ("subject", c => c["subject"] = new string('x', 501)),
            ("claims", c => c["claims"] = new JsonObject { ["aud"] = "x" }), ("claims", c => c["claims"] = new JsonObject { ["x"] = "" }), ("keys", c => c["keys"] = "x"), ("keys", c => c["keys"] = """{"keys":[]}"""),
            ("keys", c => c["keys"] = Set(Jwk(weak, "weak"))), ("keys", c => c["keys"] = """{"keys":[{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}"""), ("authority", c => c["authority"] = "x"),
        })
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Identity, Content(change)), 422, "invalid-request", field);
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Accounts + "/deploy/identities/X", Content()), 422, "invalid-request", "identity");
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Accounts + "/none/identities/x", Content()), 404, "not-found");
        for (var i = 1; i < 10; i++)
        {
            await PutAsync($"{Accounts}/deploy/identities/i{i}", Content());
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Accounts + "/deploy/identities/more", Content()), 409, "too-many-identities");
        var listed = (await TestServer.BodyAsync(await _server.Alice.GetAsync(Accounts + "/deploy/identities", Cancel)))["items"]!.AsArray();
        Assert.Equal(10, listed.Count);

        // Whoever manages access gives no account of more rights than theirs to a program of theirs.
        await PutAsync("/v1/organizations/demo/members/bob", $$"""{ "invitationSha256": "{{Convert.ToHexStringLower(SHA256.HashData("bob"u8))}}" }""");
        (await TestServer.SendAsync(_server.Nobody, HttpMethod.Post, "/v1/invitations", $$"""{ "code": "bob", "tokenSha256": "{{Convert.ToHexStringLower(SHA256.HashData("token-of-bob"u8))}}" }""")).EnsureSuccessStatusCode();
        await PutAsync("/v1/organizations/demo/grants", """{ "role": "administrator", "member": "bob" }""");
        await PutAsync("/v1/organizations/demo/grants", """{ "role": "owner", "member": "deploy" }""");
        using var bob = _server.Client("token-of-bob");
        await PutTests.AssertProblem(await TestServer.SendAsync(bob, HttpMethod.Put, Identity, Content()), 403, "forbidden");
        await PutTests.AssertProblem(await TestServer.SendAsync(bob, HttpMethod.Delete, Identity), 403, "forbidden");
    }

    [Fact]
    public async Task A_review_shows_identities_and_takes_them_away_with_the_keys()
    {
        const string Reviews = "/v1/organizations/demo/access-reviews";
        var review = (string)(await TestServer.BodyAsync(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, Reviews, """{ "kind": "technical" }""")))["id"]!;
        var item = (await TestServer.BodyAsync(await _server.Alice.GetAsync($"{Reviews}/{review}/items", Cancel)))["items"]!.AsArray().Single(i => (string)i!["account"]! == "deploy")!;
        Assert.Equal($"identity pipeline: {Subject} of {_issuer.Url}", (string?)item["snapshot"]!["keys"]![0]);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, $"{Reviews}/{review}/items/deploy/decision", """{ "decision": "withdraw", "keys": true }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(Sign(Claims()))).StatusCode);
    }

    private string Content(Action<JsonObject>? change = null)
    {
        var content = new JsonObject
        {
            ["issuer"] = _issuer.Url,
            ["audience"] = Audience,
            ["subject"] = Subject,
            ["claims"] = new JsonObject { ["environment"] = "production" },
            ["authority"] = _issuer.Authority,
        };
        change?.Invoke(content);
        return content.ToJsonString();
    }

    private JsonObject Claims(Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = _issuer.Url,
            ["sub"] = Subject,
            ["aud"] = Audience,
            ["environment"] = "production",
            ["exp"] = DateTimeOffset.UtcNow.AddMinutes(2).ToUnixTimeSeconds(),
        };
        change?.Invoke(claims);
        return claims;
    }

    private string Sign(JsonObject claims, ECDsa? key = null, RSA? rsa = null, string? kid = null, string? header = null)
    {
        var text = Part(header ?? $$"""{"alg":"{{(rsa is null ? "ES256" : "RS256")}}","kid":"{{kid ?? (rsa is null ? "one" : "two")}}","typ":"JWT"}""") + "." + Part(claims.ToJsonString());
        var bytes = Encoding.ASCII.GetBytes(text);
        return text + "." + Base64Url.EncodeToString(rsa is not null
            ? rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : (key ?? _key).SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    /// <summary>Signed with what everybody knows, the public key, as a secret.</summary>
    private string Hmac(JsonObject claims)
    {
        var text = Part("""{"alg":"HS256","kid":"two"}""") + "." + Part(claims.ToJsonString());
        return text + "." + Base64Url.EncodeToString(HMACSHA256.HashData(_rsa.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(text)));
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static string Set(params JsonNode[] keys) => new JsonObject { ["keys"] = new JsonArray(keys) }.ToJsonString();

    private static JsonObject Jwk(ECDsa key, string id)
    {
        var q = key.ExportParameters(false).Q;
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = id, ["x"] = Base64Url.EncodeToString(q.X!), ["y"] = Base64Url.EncodeToString(q.Y!) };
    }

    private static JsonObject Jwk(RSA key, string id)
    {
        var parameters = key.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = id, ["use"] = "sig", ["n"] = Base64Url.EncodeToString(parameters.Modulus!), ["e"] = Base64Url.EncodeToString(parameters.Exponent!) };
    }

    private static FormUrlEncodedContent Form(string token, string client = "demo/deploy", string type = "jwt") => new(new Dictionary<string, string>
    {
        ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
        ["client_id"] = client,
        ["subject_token"] = token,
        ["subject_token_type"] = "urn:ietf:params:oauth:token-type:" + type,
    });

    private async Task<HttpResponseMessage> AskAsync(string token, string client = "demo/deploy", string type = "jwt")
    {
        using var form = Form(token, client, type);
        return await _server.Nobody.PostAsync("/v1/oauth/token", form, Cancel);
    }

    private async Task PutAsync(string path, string json)
    {
        var answer = await TestServer.SendAsync(_server.Alice, HttpMethod.Put, path, json);
        Assert.True(answer.IsSuccessStatusCode, path + await answer.Content.ReadAsStringAsync(Cancel));
    }
}
