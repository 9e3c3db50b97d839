using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Beffroi.Platform.Tests.Ledger;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Server.Tests;

/// <summary>
/// An OpenID provider of somebody else's, over real HTTPS: it keeps codes, client secrets and proof keys as one does, signs in whoever it is told to, and does wrong what a test tells it to.
/// </summary>
internal sealed class TestProvider : IAsyncDisposable
{
    public const string ClientId = "beffroi at the hospital", Secret = "s3cret: with a colon, 50 % & more";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, Asked> _codes = new();
    private readonly ConcurrentDictionary<string, bool> _assertions = new();
    private Receiver _receiver = null!;

    private TestProvider()
    {
    }

    public string Issuer => _receiver.Url;

    public string Authority => _receiver.Authority;

    /// <summary>Whom it signs in.</summary>
    public string Subject { get; set; } = "person-1";

    /// <summary>What it changes in the token.</summary>
    public Action<JsonObject>? Change { get; set; }

    /// <summary>What the token's header says instead.</summary>
    public string? Header { get; set; }

    /// <summary>With what it signs instead.</summary>
    public Func<byte[], byte[]>? Sign { get; set; }

    /// <summary>Whether it takes the secret in the form only.</summary>
    public bool TakesPost { get; set; }

    /// <summary>Where the client's public keys are had, where it signs instead of showing a secret.</summary>
    public Func<Task<string>>? ClientKeys { get; set; }

    /// <summary>Whether it shows a page with a link back, as one does that people sign in at, instead of leading back at once.</summary>
    public bool ShowsPage { get; set; }

    /// <summary>How many codes were redeemed.</summary>
    public int Redeemed { get; private set; }

    /// <summary>With what a browser came last.</summary>
    public System.Collections.Specialized.NameValueCollection LastAsked { get; private set; } = [];

    public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    public static async Task<TestProvider> StartAsync()
    {
        var provider = new TestProvider();
        provider._receiver = await Receiver.StartAsync(provider.AnswerAsync);
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        _key.Dispose();
    }

    /// <summary>What an organization registers.</summary>
    public string Content(Action<JsonObject>? change = null)
    {
        var content = new JsonObject
        {
            ["issuer"] = Issuer,
            ["clientId"] = ClientId,
            ["clientSecret"] = Secret,
            ["authority"] = Authority,
            ["acrValues"] = new JsonArray("eidas1", "eidas2"),
            ["secondFactorAcr"] = new JsonArray("eidas2"),
            ["secondFactorAmr"] = new JsonArray("mfa"),
            ["nameClaim"] = "email",
        };
        change?.Invoke(content);
        return content.ToJsonString();
    }

    /// <summary>Goes there as a browser does; where it is sent back to.</summary>
    public async Task<Uri> VisitAsync(string address)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var certificate = X509Certificate2.CreateFromPem(Authority);
        var hash = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) => seen?.GetCertHashString(HashAlgorithmName.SHA256) == hash;
        using var http = new HttpClient(handler);
        using var answer = await http.GetAsync(new Uri(address), TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.Found, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return answer.Headers.Location!;
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static Task RefuseAsync(HttpContext http, string why)
    {
        http.Response.StatusCode = 400;
        return http.Response.WriteAsync(new JsonObject { ["error"] = why }.ToJsonString());
    }

    private Task AnswerAsync(HttpContext http) => http.Request.Path.Value switch
    {
        "/.well-known/openid-configuration" => http.Response.WriteAsync(new JsonObject
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize?tenant=one",
            ["token_endpoint"] = Issuer + "/token",
            ["jwks_uri"] = Issuer + "/keys",
            ["authorization_response_iss_parameter_supported"] = true,
            ["token_endpoint_auth_methods_supported"] = new JsonArray(TakesPost ? "client_secret_post" : "client_secret_basic"),
        }.ToJsonString()),
        "/keys" => http.Response.WriteAsync(Keys()),
        "/authorize" => AuthorizeAsync(http),
        "/token" => TokenAsync(http),
        _ => RefuseAsync(http, "not_found"),
    };

    private string Keys()
    {
        var q = _key.ExportParameters(false).Q;
        var key = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = "one", ["use"] = "sig", ["x"] = Base64Url.EncodeToString(q.X!), ["y"] = Base64Url.EncodeToString(q.Y!) };
        return new JsonObject { ["keys"] = new JsonArray(key) }.ToJsonString();
    }

    private Task AuthorizeAsync(HttpContext http)
    {
        var query = LastAsked = HttpUtility.ParseQueryString(http.Request.QueryString.Value!);
        if (query["tenant"] != "one" || query["response_type"] != "code" || query["client_id"] != ClientId || query["code_challenge_method"] != "S256" || !query["scope"]!.Split(' ').Contains("openid"))
        {
            return RefuseAsync(http, "invalid_request");
        }

        var code = "code-" + Guid.NewGuid().ToString("N");
        _codes[code] = new Asked(query["redirect_uri"]!, query["code_challenge"]!, query["nonce"]!);
        var back = $"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"]!)}&iss={Uri.EscapeDataString(Issuer)}";
        if (ShowsPage)
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync($"<!doctype html><link rel=\"icon\" href=\"data:,\"><title>Hospital</title><a id=\"back\" href=\"{WebUtility.HtmlEncode(back)}\">Sign in</a>");
        }

        http.Response.StatusCode = 302;
        http.Response.Headers.Location = back;
        return Task.CompletedTask;
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        var basic = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(WebUtility.UrlEncode(ClientId) + ":" + WebUtility.UrlEncode(Secret)));
        var known = ClientKeys is not null ? await IsSignedAsync(form) : TakesPost ? form["client_id"] == ClientId && form["client_secret"] == Secret && http.Request.Headers.Authorization.Count == 0 : http.Request.Headers.Authorization == basic;
        if (!known || form["grant_type"] != "authorization_code" || !_codes.TryRemove(form["code"].ToString(), out var asked) || form["redirect_uri"] != asked.RedirectUri
            || Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != asked.Challenge)
        {
            await RefuseAsync(http, "invalid_grant");
            return;
        }

        Redeemed++;
        var now = DateTimeOffset.UtcNow;
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = Subject,
            ["aud"] = ClientId,
            ["nonce"] = asked.Nonce,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["auth_time"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(2).ToUnixTimeSeconds(),
            ["acr"] = "eidas2",
            ["email"] = "bob@hospital.example",
        };
        Change?.Invoke(claims);
        var text = Part(Header ?? """{"alg":"ES256","kid":"one","typ":"JWT"}""") + "." + Part(claims.ToJsonString());
        var signature = Sign is { } sign ? sign(Encoding.ASCII.GetBytes(text)) : _key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(new JsonObject { ["access_token"] = "unused", ["token_type"] = "Bearer", ["id_token"] = text + "." + Base64Url.EncodeToString(signature) }.ToJsonString());
    }

    /// <summary>RFC 7523 section 3.</summary>
    private async Task<bool> IsSignedAsync(IFormCollection form)
    {
        var parts = form["client_assertion"].ToString().Split('.');
        if (form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || parts.Length != 3)
        {
            return false;
        }

        var (header, claims) = (JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!, JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!);
        var key = JsonNode.Parse(await ClientKeys!())!["keys"]!.AsArray().Single(k => (string)k!["kid"]! == (string)header["kid"]!)!;
        Assert.False(key.AsObject().ContainsKey("d"));
        using var verifier = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars((string)key["x"]!), Y = Base64Url.DecodeFromChars((string)key["y"]!) },
        });
        return (string?)header["alg"] == "ES256" && (string?)claims["iss"] == ClientId && (string?)claims["sub"] == ClientId && (string?)claims["aud"] == Issuer + "/token"
            && (long)claims["exp"]! > DateTimeOffset.UtcNow.ToUnixTimeSeconds() && _assertions.TryAdd((string)claims["jti"]!, true)
            && verifier.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private sealed record Asked(string RedirectUri, string Challenge, string Nonce);
}
