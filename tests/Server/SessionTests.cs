using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Sessions of people: by loopback redirect and by device, their rotation, and their end.</summary>
public sealed class SessionTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_browser_on_the_same_machine_begins_a_session_with_a_proof_key()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        var answer = await bob.AgreeAsync();
        Assert.Equal("a&b", answer["state"]);
        var token = await bob.RedeemAsync(answer["code"]!);
        var body = JsonNode.Parse(await token.Content.ReadAsStringAsync(Cancel))!;
        var (access, refresh) = await SignedInPerson.TokensAsync(token);
        Assert.True(await bob.WorksAsync(access));
        await AssertIdentityTokenAsync(bob, (string)body["id_token"]!);
        // With the rights of the person, as they are now.
        using var api = _server.Client(access);
        await PutTests.AssertProblem(await api.GetAsync(TestServer.Postgres, Cancel), 404, "not-found");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "developer", "member": "bob" }""");
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync(TestServer.Postgres, Cancel)).StatusCode);
        Assert.True((await TestServer.SendAsync(api, HttpMethod.Put, TestServer.Postgres + "/mine", """{ "spec": {} }""")).IsSuccessStatusCode);
        // It is nobody's personal token.
        Assert.Empty((await TestServer.BodyAsync(await api.GetAsync("/v1/tokens", Cancel)))["items"]!.AsArray());
        // The sign-in was for this one session.
        await bob.Browser.GetAsync(SignedInPerson.Authorize(SignedInPerson.Challenge));
        Assert.StartsWith("/sign-in?", bob.Browser.Answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        // A code that comes back tells that someone else has it.
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync(answer["code"]!), "invalid_grant");
        Assert.False(await bob.WorksAsync(access));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            [("session.begin", "accepted", "authorization-code"), ("session.end", "accepted", "code-reused")],
            await _server.LedgerAsync("entry like '%\"session.%' and entry::jsonb->>'organizationId' is not null"));
        await using var all = _server.Store.CreateCommand("select string_agg(entry::text, ' ') from platform.ledger");
        Assert.DoesNotContain(access, (string)(await all.ExecuteScalarAsync(Cancel))!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authorization_requests_that_are_not_as_they_must_be_are_refused_without_leading_anywhere()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        foreach (var request in new[]
        {
            SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: "https://evil.example/callback"),
            SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: "http://localhost:49152/callback"),
            SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: "http://127.0.0.1:49152/other"),
            SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: "http://127.0.0.1:49152/callback?x=y"),
            SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: "http://127.0.0.1.evil.example:80/callback"),
            SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: "http://127.0.0.1:80@evil.example/callback"),
            SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: "http://10.0.0.1:80/callback"),
            SignedInPerson.Authorize(SignedInPerson.Challenge, client: "other"),
            "/oauth/authorize",
        })
        {
            Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.GetAsync(request));
            Assert.Null(bob.Browser.Answer.Headers.Location);
            Assert.DoesNotContain("<form", bob.Browser.Page, StringComparison.Ordinal);
        }

        // Without a proof key, or with one that proves nothing: no page to sign in, and no code.
        foreach (var request in new[]
        {
            SignedInPerson.Authorize(), SignedInPerson.Authorize(SignedInPerson.Verifier, method: "plain"), SignedInPerson.Authorize(SignedInPerson.Challenge, more: "&prompt=none"),
            SignedInPerson.Authorize(SignedInPerson.Challenge).Replace("response_type=code", "response_type=token", StringComparison.Ordinal),
        })
        {
            await bob.Browser.GetAsync(request);
            var location = bob.Browser.Answer.Headers.Location?.ToString() ?? "";
            Assert.DoesNotContain("/sign-in", location, StringComparison.Ordinal);
            Assert.DoesNotContain("code=", location, StringComparison.Ordinal);
        }

        var refused = await bob.AgreeAsync("refuse");
        Assert.Equal(("access_denied", null), (refused["error"], refused["code"]));
        // Agreed to by another site's form: not at all.
        await bob.SignInAsync(SignedInPerson.Authorize(SignedInPerson.Challenge));
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(bob.Browser.Address, SignedInPerson.Authorize(SignedInPerson.Challenge)).Query);
        var fields = query.AllKeys.Select(k => (k!, query[k]!)).Append(("decision", "allow")).ToArray();
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync("/oauth/authorize", fields));
        Assert.Null(bob.Browser.Answer.Headers.Location);
    }

    [Fact]
    public async Task A_code_is_good_for_who_asked_for_it()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        var code = (await bob.AgreeAsync())["code"]!;
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync(code, new string('w', 43)), "invalid_grant");
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync(code, redirect: "http://127.0.0.1:49153/callback"), "invalid_grant");
        await SignedInPerson.AssertRefusedAsync(await bob.TokenAsync(("grant_type", "authorization_code"), ("code", code), ("redirect_uri", SignedInPerson.Callback)), "invalid_request");
        await SignedInPerson.AssertRefusedAsync(
            await bob.PostAsync("/oauth/token", ("client_id", "other"), ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", SignedInPerson.Callback), ("code_verifier", SignedInPerson.Verifier)),
            "invalid_client", HttpStatusCode.Unauthorized);
        await SignedInPerson.AssertRefusedAsync(await bob.TokenAsync(("grant_type", "password"), ("username", "demo/bob"), ("password", SignedInPerson.Password)), "unsupported_grant_type");
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync("made-up"), "invalid_grant");
        // At once: one session, and none that lasts.
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => bob.RedeemAsync(code)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        // Nor after its time.
        var late = (await bob.AgreeAsync())["code"]!;
        await ExecuteAsync("update platform.authorization_codes set expires_at = now()");
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync(late), "invalid_grant");
    }

    [Fact]
    public async Task A_device_waits_until_its_user_agrees_elsewhere()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        var (device, user) = await AskAsync(bob);
        await SignedInPerson.AssertRefusedAsync(await PollAsync(bob, device), "authorization_pending");
        await SignedInPerson.AssertRefusedAsync(await PollAsync(bob, device), "slow_down");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.GetAsync("/device"));
        await bob.SignInAsync();
        await bob.Browser.FollowAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.SubmitAsync(("code", "BBBB-BBBB")));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.SubmitAsync(("code", user.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal))));
        Assert.Contains("127.0.0.1", bob.Browser.Page, StringComparison.Ordinal);
        await Task.Delay(900, Cancel);
        await SignedInPerson.AssertRefusedAsync(await PollAsync(bob, device), "authorization_pending");
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.SubmitAsync(("decision", "allow")));
        var (access, _) = await SignedInPerson.TokensAsync(await PollAsync(bob, device));
        Assert.True(await bob.WorksAsync(access));
        await SignedInPerson.AssertRefusedAsync(await PollAsync(bob, device), "invalid_grant");
        // Refused, expired, or of someone who isn't signed in.
        (device, user) = await AskAsync(bob);
        await bob.Browser.GetAsync("/device");
        Assert.Equal("/sign-in", bob.Browser.Answer.Headers.Location!.ToString());
        await bob.SignInAsync();
        await bob.Browser.FollowAsync();
        await bob.Browser.SubmitAsync(("code", user));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.SubmitAsync(("decision", "refuse")));
        await SignedInPerson.AssertRefusedAsync(await PollAsync(bob, device), "access_denied");
        (device, _) = await AskAsync(bob);
        await ExecuteAsync("update platform.device_codes set expires_at = now()");
        await SignedInPerson.AssertRefusedAsync(await PollAsync(bob, device), "expired_token");
        await _server.LedgerIntegratedAsync();
        Assert.Equal(["device.allow", "session.begin", "device.refuse"], (await _server.LedgerAsync("entry like '%\"device.%' or entry like '%\"session.%'")).Select(e => e.Action));
        // However many ask, only so many wait.
        HttpResponseMessage? last = null;
        for (var i = 0; i < 25; i++)
        {
            last = await bob.PostAsync("/oauth/device", ("client_id", "beffroi-cli"));
        }

        await SignedInPerson.AssertRefusedAsync(last!, "temporarily_unavailable");
    }

    [Fact]
    public async Task Refresh_tokens_rotate_and_one_that_comes_back_ends_the_session()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        var (access, refresh) = await bob.BeginAsync();
        var (second, next) = await SignedInPerson.TokensAsync(await bob.RefreshAsync(refresh));
        Assert.True(await bob.WorksAsync(access) && await bob.WorksAsync(second));
        Assert.NotEqual(refresh, next);
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync("bft_made-up"), "invalid_grant");
        Assert.True(await bob.WorksAsync(second));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        Assert.False(await bob.WorksAsync(access) || await bob.WorksAsync(second));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(next), "invalid_grant");
        await _server.LedgerIntegratedAsync();
        Assert.Contains(("session.end", "accepted", "refresh-token-reused"), await _server.LedgerAsync("entry like '%session.end%'"));
        // Many at once: never two that go on.
        (_, refresh) = await bob.BeginAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bob.RefreshAsync(refresh)));
        Assert.True(answers.Count(a => a.StatusCode == HttpStatusCode.OK) <= 1);
        // A session ends however much it is used.
        (access, refresh) = await bob.BeginAsync();
        await ExecuteAsync("update platform.sessions set expires_at = now()");
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        Assert.Empty(await ListAsync(_server.Alice, Demo + "/members/bob/sessions"));
    }

    [Fact]
    public async Task Of_decisions_on_two_devices_at_once_with_one_sign_in_one_counts()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        await bob.SignInAsync("/device");
        await bob.Browser.GetAsync("/device");
        using var second = bob.Browser.SecondWindow();
        foreach (var window in (Browser[])[bob.Browser, second])
        {
            Assert.Equal(HttpStatusCode.OK, await window.SubmitAsync(("code", (await AskAsync(bob)).User)));
        }

        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        Task<HttpStatusCode>[] decisions;
        await using (await connection.BeginTransactionAsync(Cancel))
        {
            // Both have found the sign-in before either uses it up.
            await using var hold = connection.CreateCommand();
            hold.CommandText = "select 1 from platform.browser_sign_ins for update";
            await hold.ExecuteNonQueryAsync(Cancel);
            decisions = [bob.Browser.SubmitAsync(("decision", "allow")), second.SubmitAsync(("decision", "allow"))];
            await using var waiting = _server.Store.CreateCommand(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'delete from platform.browser_sign_ins%'");
            while ((long)(await waiting.ExecuteScalarAsync(Cancel))! < 2)
            {
                Assert.DoesNotContain(decisions, d => d.IsCompleted);
                await Task.Delay(50, Cancel);
            }
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest], (await Task.WhenAll(decisions)).Order());
        Assert.Single(await _server.LedgerAsync("entry like '%\"device.%'"));
    }

    [Fact]
    public async Task Sessions_are_listed_and_end_at_once()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        var (access, refresh) = await bob.BeginAsync();
        var (other, otherRefresh) = await bob.BeginAsync();
        using var api = _server.Client(access);
        var sessions = await ListAsync(api, "/v1/sessions");
        Assert.Equal([false, true], sessions.Select(s => (bool)s!["current"]!));
        Assert.All(sessions, s => Assert.Equal(("beffroi-cli", "127.0.0.1"), ((string?)s!["client"], (string?)s["origin"])));
        Assert.DoesNotContain("bft_", sessions.ToJsonString(), StringComparison.Ordinal);
        // Nobody else's.
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        var (carols, _) = await carol.BeginAsync();
        using var hers = _server.Client(carols);
        await PutTests.AssertProblem(await TestServer.SendAsync(hers, HttpMethod.Delete, "/v1/sessions/" + sessions[0]!["id"]), 404, "not-found");
        await PutTests.AssertProblem(await hers.GetAsync(Demo + "/members/bob/sessions", Cancel), 403, "forbidden");
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Mallory, HttpMethod.Delete, Demo + "/members/bob/sessions/" + sessions[0]!["id"]), 404, "not-found");
        // One's own.
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(api, HttpMethod.Delete, "/v1/sessions/" + sessions[0]!["id"])).StatusCode);
        Assert.False(await bob.WorksAsync(other));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(otherRefresh), "invalid_grant");
        await PutTests.AssertProblem(await TestServer.SendAsync(api, HttpMethod.Delete, "/v1/sessions/" + sessions[0]!["id"]), 404, "not-found");
        // By who looks after the organization.
        var seen = await ListAsync(_server.Alice, Demo + "/members/bob/sessions");
        Assert.Equal((string?)sessions[1]!["id"], (string?)Assert.Single(seen)!["id"]);
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/bob/sessions/" + seen[0]!["id"])).StatusCode);
        Assert.False(await bob.WorksAsync(access));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        // By signing out (RFC 7009).
        (access, refresh) = await bob.BeginAsync();
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync("/oauth/revoke", ("client_id", "beffroi-cli"), ("token", refresh))).StatusCode);
        Assert.False(await bob.WorksAsync(access));
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync("/oauth/revoke", ("client_id", "beffroi-cli"), ("token", "bft_unknown"))).StatusCode);
        // By a reset, and for as long as the account is switched off.
        (access, refresh) = await bob.BeginAsync();
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/bob", """{ "disabled": true }""");
        Assert.False(await bob.WorksAsync(access));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/bob", "{}");
        (access, refresh) = await SignedInPerson.TokensAsync(await bob.RefreshAsync(refresh));
        var waiting = (await bob.AgreeAsync())["code"]!;
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/bob", $$"""{ "invitationSha256": "{{Authenticator.Sha256("x")}}" }""")).StatusCode);
        Assert.False(await bob.WorksAsync(access));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync(waiting), "invalid_grant");
    }

    [Fact]
    public async Task The_sides_are_issuers_of_their_own()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        using var sam = await SignedInPerson.EnrolAsync(_server, "sam", Side.Operator);
        var (bobs, bobsRefresh) = await bob.BeginAsync();
        var (sams, samsRefresh) = await sam.BeginAsync();
        Assert.True(await bob.WorksAsync(bobs) && await sam.WorksAsync(sams));
        Assert.False(await bob.WorksAsync(bobs, Side.Operator) || await sam.WorksAsync(sams, Side.Customer));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(samsRefresh), "invalid_grant");
        await SignedInPerson.AssertRefusedAsync(await sam.RefreshAsync(bobsRefresh), "invalid_grant");
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync((await sam.AgreeAsync())["code"]!), "invalid_grant");
        var (device, user) = await AskAsync(bob);
        await sam.SignInAsync();
        await sam.Browser.FollowAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await sam.Browser.SubmitAsync(("code", user)));
        await SignedInPerson.AssertRefusedAsync(await PollAsync(sam, device), "invalid_grant");
        var (own, theirs) = (await DiscoverAsync(bob), await DiscoverAsync(sam));
        Assert.NotEqual((string?)own["issuer"], (string?)theirs["issuer"]);
        Assert.Equal(["S256"], own["code_challenge_methods_supported"]!.AsArray().Select(m => (string)m!));
        Assert.NotEqual(await bob.Http.GetStringAsync("/oauth/keys", Cancel), await sam.Http.GetStringAsync("/oauth/keys", Cancel));
        // The operator's people are looked after in the same way.
        var sessions = await ListAsync(_server.Administrator, "/operator/v1/operators/sam/sessions");
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(_server.Administrator, HttpMethod.Delete, "/operator/v1/operators/sam/sessions/" + Assert.Single(sessions)!["id"])).StatusCode);
        Assert.False(await sam.WorksAsync(sams));
    }

    [Fact]
    public async Task Agents_have_a_listener_on_which_nobody_signs_in()
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) => seen is not null;
        using var agent = new HttpClient(handler) { BaseAddress = new Uri("https://127.0.0.1:" + _server.AgentPort), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        foreach (var path in (string[])["/sign-in", "/enrol", "/device", "/oauth/authorize", "/oauth/keys", "/.well-known/openid-configuration"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync(path, Cancel)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await agent.PostAsync("/oauth/token", null, Cancel)).StatusCode);
        // Theirs is there as ever: an empty request to enrol, in gRPC's frame, is refused by the service itself.
        using var content = new ByteArrayContent(new byte[5]);
        content.Headers.ContentType = new("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/beffroi.agent.v1.AgentChannel/Enroll") { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TE.ParseAdd("trailers");
        using var answer = await agent.SendAsync(request, Cancel);
        await answer.Content.ReadAsByteArrayAsync(Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var status = answer.Headers.TryGetValues("grpc-status", out var early) ? early.Single() : answer.TrailingHeaders.GetValues("grpc-status").Single();
        // INVALID_ARGUMENT: it has read that nothing is in it.
        Assert.Equal("3", status);
    }

    private static async Task<JsonArray> ListAsync(HttpClient client, string path)
    {
        var answer = await client.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await TestServer.BodyAsync(answer))["items"]!.AsArray();
    }

    private static async Task<JsonNode> DiscoverAsync(SignedInPerson person) => JsonNode.Parse(await person.Http.GetStringAsync("/.well-known/openid-configuration", Cancel))!;

    private static Task<HttpResponseMessage> PollAsync(SignedInPerson person, string device) =>
        person.TokenAsync(("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", device));

    private static async Task<(string Device, string User)> AskAsync(SignedInPerson person)
    {
        var answer = await person.PostAsync("/oauth/device", ("client_id", "beffroi-cli"), ("scope", "openid offline_access"));
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var body = JsonNode.Parse(text)!;
        Assert.EndsWith("/device", (string)body["verification_uri"]!, StringComparison.Ordinal);
        Assert.Null(body["verification_uri_complete"]);
        Assert.Equal(1, (int)body["interval"]!);
        Assert.Matches("^[B-Z]{4}-[B-Z]{4}$", (string)body["user_code"]!);
        return ((string)body["device_code"]!, (string)body["user_code"]!);
    }

    /// <summary>The identity token is signed with the side's key, for this client, and says nothing but who.</summary>
    private static async Task AssertIdentityTokenAsync(SignedInPerson person, string token)
    {
        var parts = token.Split('.');
        var key = Assert.Single(JsonNode.Parse(await person.Http.GetStringAsync("/oauth/keys", Cancel))!["keys"]!.AsArray())!;
        Assert.Null(key["d"]);
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars((string)key["x"]!), Y = Base64Url.DecodeFromChars((string)key["y"]!) },
        });
        Assert.True(ecdsa.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        Assert.Equal(((string?)(await DiscoverAsync(person))["issuer"], "beffroi-cli", "once"), ((string?)claims["iss"], (string?)claims["aud"], (string?)claims["nonce"]));
        Assert.True(Guid.TryParse((string)claims["sub"]!, out _));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
