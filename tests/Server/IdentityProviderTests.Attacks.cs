using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>Who tries to be somebody else by way of a provider.</summary>
public sealed partial class IdentityProviderTests
{
    [Fact]
    public async Task Whatever_is_wrong_with_a_token_signs_nobody_in()
    {
        await LinkAsync(_bob);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var browser = new Browser(_server);
        var now = DateTimeOffset.UtcNow;
        foreach (var (wrong, change) in new (string, Action<JsonObject>)[]
        {
            ("wrong-nonce", c => c["nonce"] = "another"), ("wrong-nonce", c => c.Remove("nonce")), ("wrong-nonce", c => c["nonce"] = new JsonArray((string)c["nonce"]!, "x")),
            ("invalid-token", c => c["iss"] = "https://id.example"), ("invalid-token", c => c["iss"] = _provider.Issuer + "/"), ("invalid-token", c => c.Remove("iss")),
            ("invalid-token", c => c["aud"] = "another"), ("invalid-token", c => c.Remove("aud")), ("wrong-party", c => c["aud"] = new JsonArray(TestProvider.ClientId, "another")),
            ("wrong-party", c => { c["aud"] = new JsonArray(TestProvider.ClientId, "another"); c["azp"] = "another"; }), ("wrong-party", c => c["azp"] = "another"),
            ("invalid-token", c => c["exp"] = now.AddMinutes(-1).ToUnixTimeSeconds()), ("invalid-token", c => c.Remove("exp")), ("invalid-token", c => c["nbf"] = now.AddMinutes(2).ToUnixTimeSeconds()),
            ("wrong-time", c => c["iat"] = now.AddMinutes(-20).ToUnixTimeSeconds()), ("wrong-time", c => c["iat"] = now.AddMinutes(5).ToUnixTimeSeconds()), ("wrong-time", c => c.Remove("iat")),
            ("missing-acr", c => c["acr"] = "eidas3"), ("missing-acr", c => c.Remove("acr")), ("missing-acr", c => c["acr"] = new JsonArray("eidas1", "eidas2")),
            ("wrong-subject", c => c.Remove("sub")), ("wrong-subject", c => c["sub"] = new string('x', 256)),
        })
        {
            _provider.Change = change;
            await RefusedAsync(browser, wrong);
        }

        _provider.Change = null;
        foreach (var (wrong, header) in new[]
        {
            ("invalid-token", """{"alg":"none"}"""), ("invalid-token", """{"alg":"HS256","kid":"one"}"""), ("invalid-token", """{"alg":"RS256","kid":"one"}"""), ("invalid-token", """{"alg":"ES256","kid":"two"}"""),
            ("unreadable-token", """{"alg":"ES256","kid":"one","typ":"at+jwt"}"""), ("unreadable-token", """{"alg":"ES256","kid":"one","crit":["x"],"x":1}"""),
        })
        {
            _provider.Header = header;
            _provider.Sign = header.Contains("none", StringComparison.Ordinal) ? _ => [] : header.Contains("HS256", StringComparison.Ordinal) ? text => HMACSHA256.HashData(_provider.PublicKey, text)
                : header.Contains("two", StringComparison.Ordinal) ? text => stranger.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation) : null;
            await RefusedAsync(browser, wrong);
        }

        (_provider.Header, _provider.Sign) = (null, text => stranger.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        await RefusedAsync(browser, "invalid-token");
        _provider.Sign = null;

        // How long ago the sign-in there was.
        await PutAsync(_server.Alice, Provider, _provider.Content(c => c["maxAge"] = 300));
        foreach (var change in (Action<JsonObject>[])[c => c["auth_time"] = now.AddMinutes(-10).ToUnixTimeSeconds(), c => c.Remove("auth_time")])
        {
            _provider.Change = change;
            await RefusedAsync(browser, "too-long-ago");
        }

        Assert.Equal("300", _provider.LastAsked["max_age"]);
        // With exactly as much as is asked for.
        _provider.Change = c => { c["aud"] = new JsonArray(TestProvider.ClientId, "another"); c["azp"] = TestProvider.ClientId; };
        Assert.True(await _bob.WorksAsync(await BeginAsync(browser)));
    }

    [Fact]
    public async Task What_comes_back_is_for_the_browser_that_went_and_once()
    {
        await LinkAsync(_bob);
        using var browser = new Browser(_server);
        using var other = new Browser(_server);
        var back = await DepartAsync(browser);
        var othersBack = await DepartAsync(other);

        // Another browser's state, none, one that nobody has, or no cookie: and none of it spoils what is under way.
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(other, back));
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, othersBack));
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, With(back, "state", null)));
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, With(back, "state", new string('x', 43))));
        using var nobody = new Browser(_server);
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(nobody, back));
        Assert.Equal(1, _provider.Redeemed);
        using var window = browser.SecondWindow();
        Assert.Equal(HttpStatusCode.OK, await ReturnAsync(browser, back));
        // Once, also with the cookie that went.
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(window, back));
        Assert.Equal(2, _provider.Redeemed);

        // Another issuer's answer, or one that doesn't say whose although the provider does.
        foreach (var (name, value) in new[] { ("iss", "https://id.example"), ("iss", (string?)null), ("error", "access_denied"), ("code", "made-up"), ("code", null) })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, With(await DepartAsync(browser), name, value)));
            Assert.DoesNotContain("__Host-beffroi-customer-person", browser.Answer.Headers.TryGetValues("Set-Cookie", out var lines) ? string.Join('\n', lines) : "", StringComparison.Ordinal);
        }

        Assert.Equal(2, _provider.Redeemed);
        // Too late, and of an earlier departure of the same browser.
        back = await DepartAsync(browser);
        await ExecuteAsync("update platform.provider_requests set expires_at = now()");
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, back));
        back = await DepartAsync(browser);
        await DepartAsync(browser);
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, back));
        // What was asked changed meanwhile.
        back = await DepartAsync(browser);
        await PutAsync(_server.Alice, Provider, _provider.Content(c => c["acrValues"] = new JsonArray("eidas2")));
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, back));
        Assert.All(browser.CookieLines.Where(l => l.StartsWith("__Host-beffroi-customer-provider=", StringComparison.Ordinal) && !l.Contains("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase)), line =>
            Assert.Contains("; secure; samesite=lax; httponly", line, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_account_is_known_by_issuer_and_subject_alone()
    {
        await LinkAsync(_bob);
        // Of another organization's provider at the same issuer, the same subject is nobody, and then that organization's own member.
        const string Evil = "/v1/organizations/evil/identity-providers/hospital";
        await PutAsync(_server.Mallory, Evil, _provider.Content());
        using var browser = new Browser(_server);
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, await DepartAsync(browser, "evil")));
        Assert.Contains("no account here is linked", browser.Page, StringComparison.Ordinal);

        // With somebody's address, a subject is still itself.
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        _provider.Subject = "person-2";
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, await DepartAsync(browser)));
        await LinkAsync(carol);
        Assert.True(await carol.WorksAsync(await BeginAsync(browser)));

        // Nobody takes another's subject, nor has two.
        _provider.Subject = "person-1";
        Assert.Equal(HttpStatusCode.Conflict, await ReturnAsync(carol.Browser, await DepartToLinkAsync(carol)));
        Assert.True(await _bob.WorksAsync(await BeginAsync(browser)));

        // Nobody links to another organization's provider.
        await using var find = _server.Store.CreateCommand("select i.id from platform.identity_providers i join platform.organizations o on o.id = i.organization_id where o.name = 'evil'");
        var evil = (Guid)(await find.ExecuteScalarAsync(Cancel))!;
        await carol.SignInAsync();
        await carol.Browser.GetAsync("/sign-in/providers");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await carol.Browser.PostAsync("/sign-in/providers/link", [("form", carol.Browser.Proof), ("provider", evil.ToString())]));

        // Whoever signed out of the browser, or another person in it, isn't linked by what another began.
        var back = await DepartToLinkAsync(_bob);
        await ExecuteAsync("delete from platform.browser_sign_ins");
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(_bob.Browser, back));

        // The operator's people have no part in it.
        using var operators = new Browser(_server, Side.Operator);
        foreach (var path in (string[])["/sign-in/provider", "/sign-in/provider/callback?state=x", "/sign-in/provider/code", "/sign-in/providers"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await operators.GetAsync(path));
        }

        await operators.GetAsync("/sign-in");
        Assert.DoesNotContain("/sign-in/provider", operators.Page, StringComparison.Ordinal);
    }
}
