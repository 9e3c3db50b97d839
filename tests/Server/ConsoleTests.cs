using System.Net;
using System.Text.Json;
using System.Web;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Resources;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

/// <summary>The console as a browser sees it: signing in and out, what its pages show, and what they say when something fails.</summary>
public sealed partial class ConsoleTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private const string Cookie = "__Host-beffroi-console", Begun = "__Host-beffroi-console-sign-in";
    private readonly AdvancedTime _time = new();
    private TestServer _server = null!;
    private BrokenApi _api = null!;

    // A busy machine is no fault of the API's; the one test of it waits for that.
    private static TimeSpan Patience => TimeSpan.FromSeconds(TestContext.Current.TestMethod?.MethodName == nameof(An_api_that_fails_or_is_slow_is_a_page_that_says_what_to_do) ? 5 : 60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: 8, failureWindow: TimeSpan.FromMinutes(5), change: services =>
    {
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_time));
        services.Replace(ServiceDescriptor.Singleton(new ConsoleOptions { Sweep = TimeSpan.FromMilliseconds(200), Patience = Patience, MostPerPerson = 2 }));
        var real = services.Last(s => s.ServiceType == typeof(IConsoleApi)).ImplementationFactory!;
        services.Replace(ServiceDescriptor.Singleton<IConsoleApi>(provider => _api = new BrokenApi((IConsoleApi)real(provider))));
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Signing_in_keeps_every_token_on_the_server_and_signing_out_ends_them()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob, "/console/spaces/eval");
        Assert.Equal("/console/spaces/eval", bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Equal(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
            bob.Browser.Answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(bob.Browser.Answer.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain("<script>", bob.Browser.Page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=", bob.Browser.Page, StringComparison.OrdinalIgnoreCase);
        Assert.All(bob.Browser.CookieLines.Where(l => l.Contains("console", StringComparison.Ordinal)), line =>
        {
            Assert.StartsWith("__Host-", line, StringComparison.Ordinal);
            Assert.Contains("; path=/; secure; samesite=lax; httponly", line, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("bfs_", line + bob.Browser.Page, StringComparison.Ordinal);
            Assert.DoesNotContain("bft_", line + bob.Browser.Page, StringComparison.Ordinal);
        });
        Assert.Equal("beffroi-console", await ScalarAsync("select client from platform.sessions where ended_at is null"));
        // Not with a form of another site, nor with another session's proof.
        var stolen = bob.Browser.SecondWindow();
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync("/console/sign-out", []));
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync("/console/sign-out", [("form", new string('A', 43))]));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console"));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.SubmitAsync());
        Assert.False(bob.Browser.Cookies.ContainsKey(Cookie));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Contains("You are signed out", bob.Browser.Page, StringComparison.Ordinal);
        // The cookie that someone has copied is nothing any more.
        Assert.Equal(HttpStatusCode.SeeOther, await stolen.GetAsync("/console"));
        stolen.Dispose();
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.sessions where ended_at is null"));
        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            [("session.begin", "accepted", "authorization-code"), ("session.end", "accepted", "signed-out")],
            await _server.LedgerAsync("entry like '%\"session.%' and entry::jsonb->>'organizationId' is not null"));
    }

    [Fact]
    public async Task A_code_comes_back_to_the_browser_that_asked_and_is_good_for_its_client_alone()
    {
        using var bob = await BobAsync();
        var callback = (await AgreeAsync(bob, "/console")).PathAndQuery;
        var code = HttpUtility.ParseQueryString(callback[callback.IndexOf('?', StringComparison.Ordinal)..])["code"]!;
        // In another browser, or with another state.
        using var other = new Browser(_server);
        Assert.Equal(HttpStatusCode.BadRequest, await other.GetAsync(callback));
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.GetAsync(callback.Replace("state=", "state=x", StringComparison.Ordinal)));
        // At the token endpoint: not as the command line's, and the console isn't known there.
        var begun = bob.Browser.Cookies[Begun];
        await SignedInPerson.AssertRefusedAsync(await bob.RedeemAsync(code), "invalid_grant");
        await SignedInPerson.AssertRefusedAsync(
            await bob.PostAsync("/oauth/token", ("client_id", "beffroi-console"), ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "x"), ("code_verifier", SignedInPerson.Verifier)),
            "invalid_client", HttpStatusCode.Unauthorized);
        // A code of the command line's, at the console.
        var cli = (await bob.AgreeAsync())["code"]!;
        Assert.Equal(begun, bob.Browser.Cookies[Begun]);
        Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.GetAsync(callback.Replace(code, cli, StringComparison.Ordinal)));
        var (_, refresh) = await SignedInPerson.TokensAsync(await bob.RedeemAsync(cli));
        // And once only: the browser that began has used its cookie up with it.
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.GetAsync(callback));
        await ExecuteAsync("update platform.sessions set client = 'beffroi-console'");
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        await bob.PostAsync("/oauth/revoke", ("client_id", "beffroi-cli"), ("token", refresh));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.sessions where ended_at is null"));
        await ExecuteAsync("update platform.sessions set client = 'beffroi-cli'");
        await SignedInPerson.TokensAsync(await bob.RefreshAsync(refresh));
    }

    [Theory]
    [InlineData("https://evil.example/console/callback")]
    [InlineData("http://127.0.0.1:49152/callback")]
    [InlineData("https://127.0.0.1:1/console/callback")]
    public async Task The_console_s_codes_go_nowhere_but_to_the_console(string redirect)
    {
        using var browser = new Browser(_server);
        Assert.Equal(HttpStatusCode.BadRequest, await browser.GetAsync(SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: redirect, client: "beffroi-console")));
        using var operators = new Browser(_server, Side.Operator);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await operators.GetAsync(SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: _server.Address(Side.Operator) + "/console/callback", client: "beffroi-console")));
        // Nor does the customers' issuer know the operator's.
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await browser.GetAsync(SignedInPerson.Authorize(SignedInPerson.Challenge, redirect: _server.Address(Side.Customer) + "/console/callback", client: "beffroi-operator-console")));
    }

    [Fact]
    public async Task Who_fails_on_purpose_makes_nobody_else_wait()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        // Someone elsewhere, at an address of their own, whose requests the console's never are.
        for (var i = 0; i < 9; i++)
        {
            using var mallory = new Browser(_server);
            await mallory.GetAsync("/console/sign-in");
            var state = HttpUtility.ParseQueryString(mallory.Answer.Headers.Location!.ToString().Split('?')[1])["state"];
            await mallory.GetAsync("/console/callback?code=made-up&state=" + state);
        }

        // From the same address, as all browsers here: this one has to wait.
        using var again = new Browser(_server);
        Assert.Equal(HttpStatusCode.TooManyRequests, await again.GetAsync("/console/callback?code=made-up&state=x"));
        // What the console asks in the name of browsers elsewhere doesn't.
        _api.Caller = IPAddress.Parse("192.0.2.7");
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console"));
        // And nobody says so of themselves.
        using var liar = new HttpRequestMessage(HttpMethod.Get, "/v1/whoami");
        liar.Headers.Add("Beffroi-Caller", new string('A', 43) + " 192.0.2.8");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await _server.Alice.SendAsync(liar, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Tokens_are_renewed_and_a_refused_renewal_leads_to_the_sign_in()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        await ExecuteAsync("update platform.tokens set expires_at = now() where kind = 'session'");
        // Two pages at once: one renews for both.
        using (var second = bob.Browser.SecondWindow())
        {
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], await Task.WhenAll(bob.Browser.GetAsync("/console"), second.GetAsync("/console/spaces/eval")));
        }

        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.sessions where ended_at is null"));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.refresh_tokens where used_at is not null"));
        // Ended elsewhere.
        await ExecuteAsync("update platform.sessions set ended_at = now(); update platform.tokens set revoked_at = now() where kind = 'session'");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.GetAsync("/console/spaces/eval"));
        Assert.Equal("/console/sign-in?back=%2Fconsole%2Fspaces%2Feval", bob.Browser.Answer.Headers.Location!.ToString());
        Assert.False(bob.Browser.Cookies.ContainsKey(Cookie));
    }

    [Fact]
    public async Task Sessions_end_by_time_and_are_few()
    {
        using var bob = await BobAsync();
        for (var i = 0; i < 3; i++)
        {
            await SignInAsync(bob);
            bob.Browser.Forget(Cookie);
        }

        Assert.Equal(2L, await ScalarAsync("select count(*) from platform.sessions where ended_at is null"));
        _time.Advance(new ConsoleOptions().Idle + TimeSpan.FromSeconds(1));
        for (var i = 0; i < 100 && (long)(await ScalarAsync("select count(*) from platform.sessions where ended_at is null"))! > 0; i++)
        {
            await Task.Delay(200, Cancel);
        }

        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.sessions where ended_at is null"));
        await _server.LedgerIntegratedAsync();
        Assert.Contains(("session.end", "accepted", "idle"), await _server.LedgerAsync("entry like '%session.end%'"));
    }

    [Fact]
    public async Task An_api_that_fails_or_is_slow_is_a_page_that_says_what_to_do()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        foreach (var fault in (Func<CancellationToken, Task<HttpResponseMessage>>[])
        [
            _ => throw new HttpRequestException("canary"),
            async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return null!;
            },
            _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError) { Content = new StringContent("canary") }),
            _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("canary") }),
        ])
        {
            _api.Fault = fault;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await bob.Browser.GetAsync("/console", "fr"));
            Assert.Contains("prévenez votre exploitant", Text(bob), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await bob.Browser.GetAsync("/console", "en"));
            Assert.Contains("tell your operator", Text(bob), StringComparison.Ordinal);
            Assert.DoesNotContain("canary", bob.Browser.Page, StringComparison.Ordinal);
        }

        _api.Fault = null;
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console"));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/spaces/none", "fr"));
        Assert.Contains("Introuvable", Text(bob), StringComparison.Ordinal);
        // Nor may a store that is away while tokens are renewed show more than that.
        await ExecuteAsync("update platform.tokens set expires_at = now() where kind = 'session'; alter table platform.refresh_tokens rename to gone");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await bob.Browser.GetAsync("/console", "en"));
        Assert.Contains("tell your operator", Text(bob), StringComparison.Ordinal);
        await ExecuteAsync("alter table platform.gone rename to refresh_tokens");
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/no/such/page", "en"));
        Assert.Contains("Back to the overview", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("/console/sign-in", bob.Browser.Page, StringComparison.Ordinal);
        bob.Browser.Forget(Cookie);
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/no/such/page"));
        Assert.Contains("/console/sign-in", bob.Browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_overview_shows_all_spaces_and_databases_in_words_of_either_language()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        await bob.Browser.GetAsync("/console", "en");
        Assert.Contains("beffroi postgres create dossiers --space demo/eval", Text(bob), StringComparison.Ordinal);
        await ObservedAsync("first", "degraded", new Condition("Replicated", false, "Behind", "<script>alert(1)</script>", DateTimeOffset.UnixEpoch));
        await bob.Browser.GetAsync("/console", "fr-FR, en;q=0.5");
        Save(bob, "overview");
        Assert.Contains("<html lang=\"fr\">", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("dégradée", Text(bob), StringComparison.Ordinal);
        Assert.Contains("répliquée : non", Text(bob), StringComparison.Ordinal);
        // By the switch, whatever the browser prefers; the pages to sign in follow.
        await bob.Browser.GetAsync("/console/language?to=en&back=" + Uri.EscapeDataString("//evil.example/console"));
        Assert.Equal("/console", bob.Browser.Answer.Headers.Location!.ToString());
        await bob.Browser.GetAsync("/console", "fr");
        Assert.Contains("degraded", Text(bob), StringComparison.Ordinal);
        await bob.Browser.GetAsync("/sign-in", "fr");
        Assert.Contains("<html lang=\"en\">", bob.Browser.Page, StringComparison.Ordinal);
        // More than a page of either is not cut off.
        for (var i = 0; i < 11; i++)
        {
            (await _server.Alice.PutAsync($"{Demo}/spaces/more{i:D2}", TestServer.Json(TestServer.NewSpace), Cancel)).EnsureSuccessStatusCode();
        }

        await bob.Browser.GetAsync("/console");
        Assert.DoesNotContain(">more10<", bob.Browser.Page, StringComparison.Ordinal);
        var next = System.Text.RegularExpressions.Regex.Match(bob.Browser.Page, "href=\"(/console\\?after=[^\"]+)\"").Groups[1].Value;
        await bob.Browser.GetAsync(WebUtility.HtmlDecode(next));
        Assert.Contains(">more10<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("?after=", bob.Browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_show_what_the_api_gives_this_person_and_nothing_as_markup()
    {
        await ObservedAsync("secret-project", "ready", new Condition("Ready", true, "Ready", "The database accepts connections.", DateTimeOffset.UnixEpoch));
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        Assert.DoesNotContain("secret-project", carol.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await carol.Browser.GetAsync("/console/spaces/eval"));
        Assert.DoesNotContain("secret-project", carol.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await carol.Browser.GetAsync("/console/spaces/" + Uri.EscapeDataString("<b>x")));
        Assert.DoesNotContain("<b>x", carol.Browser.Page, StringComparison.Ordinal);
        using var bob = await BobAsync();
        await SignInAsync(bob);
        await bob.Browser.GetAsync("/console/spaces/eval");
        Save(bob, "space");
        Assert.Contains("secret-project", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await carol.Browser.GetAsync("/console/spaces/eval/postgres/secret-project"));
        await _server.ReportAsync("secret-project", new Facts
        {
            VolumeSizeBytes = 1000,
            VolumeUsedBytes = 120,
            Postgres = new PostgresFacts
            {
                Ready = true,
                Role = "primary",
                Metrics = { ["memory_bytes"] = 256, ["memory_limit_bytes"] = 1024, ["connections/active"] = 3, ["connections/idle"] = 4, ["connections_limit"] = 92, ["blocks_total/cache"] = 99, ["blocks_total/beyond"] = 1 },
            },
        });
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/spaces/eval/postgres/secret-project", "fr"));
        Save(bob, "postgres");
        Assert.Matches(@"(?s)Ce qui est mesuré.*primaire.*25 %.*12 %.*3 / 7 \(92\).*99 %", Text(bob));
        foreach (var said in (string[])
        [
            "prête", "création", "en cours", "un nœud", "accepte les connexions", "The database accepts connections.", "beffroi postgres credentials secret-project --space demo/eval",
            "host=secret-project.eval.demo hostaddr=10.93.0.2 port=5432 dbname=app user=app sslmode=verify-full", "jdbc:postgresql://secret-project.eval.demo:5432/app?user=app&sslmode=verify-full",
            "SSL Mode=VerifyFull", "psycopg.connect(",
        ])
        {
            Assert.Contains(said, Text(bob), StringComparison.Ordinal);
        }

        _api.Fault = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Conflict)
        {
            Content = new StringContent(
                JsonSerializer.Serialize(new ProblemDocument("t", "<i>title</i>", 409, "<script>alert(1)</script>", "<u>", null), WireJson.Default.ProblemDocument)),
        });
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.GetAsync("/console"));
        Assert.Contains("<script>alert(1)</script>", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotMatch("<script|<i>|<u>", bob.Browser.Page);
    }

    // Of a form on the last page.
    private static string Proof(SignedInPerson person) => System.Text.RegularExpressions.Regex.Match(person.Browser.Page, "name=\"form\" value=\"([A-Za-z0-9_-]{43})\"").Groups[1].Value;

    private static string Text(SignedInPerson person) => WebUtility.HtmlDecode(person.Browser.Page);

    /// <summary>For whoever wants to look at it: where BEFFROI_PAGES says, with its style sheet beside it.</summary>
    private static void Save(SignedInPerson person, string name)
    {
        if (Environment.GetEnvironmentVariable("BEFFROI_PAGES") is { } directory)
        {
            File.WriteAllText(Path.Combine(directory, name + ".html"), person.Browser.Page.Replace("/console/console.css", "console.css", StringComparison.Ordinal));
        }
    }

    private async Task<SignedInPerson> BobAsync()
    {
        var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "developer", "member": "bob" }""")).EnsureSuccessStatusCode();
        return bob;
    }

    /// <summary>From a page of the console up to the address with the code.</summary>
    private static async Task<Uri> AgreeAsync(SignedInPerson person, string page)
    {
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.GetAsync(page));
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.FollowAsync());
        var back = await person.AgreeAsync(person.Browser.Answer.Headers.Location!.ToString(), "allow");
        Assert.Equal("/console/callback", back.AbsolutePath);
        return back;
    }

    private static async Task SignInAsync(SignedInPerson person, string page = "/console")
    {
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.GetAsync((await AgreeAsync(person, page)).PathAndQuery));
    }

    private async Task ObservedAsync(string name, string state, params IReadOnlyList<Condition> conditions)
    {
        var row = await TestServer.BodyAsync(await _server.PutAsync(name));
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        var status = new PostgresStatus(state, 1, conditions, new PostgresEndpoint(name + ".eval.demo", "10.93.0.2", 5432, "app", "app"), ServerVersion: "17.6");
        await _server.Services.GetRequiredService<IResources>().UpdateObservedAsync(
            connection, (Guid)row["id"]!, JsonSerializer.Serialize(status, WireJson.Default.PostgresStatus), "{}", Cancel);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>The real way to the API, unless it is to fail.</summary>
    private sealed class BrokenApi(IConsoleApi real) : IConsoleApi
    {
        public Func<CancellationToken, Task<HttpResponseMessage>>? Fault { get; set; }

        public IPAddress? Caller { get; set; }

        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IPAddress? caller, CancellationToken cancellationToken) =>
            Fault is { } fault ? fault(cancellationToken) : real.SendAsync(request, Caller ?? caller, cancellationToken);
    }
}
