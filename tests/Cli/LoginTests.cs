using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary>Signing in and out, and how a session is kept and renewed.</summary>
public sealed class LoginTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Then = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
    private readonly CliRun _cli = new();
    private readonly Lock _gate = new();
    private readonly List<string> _renewals = [];
    private FakeApi _api = null!;
    private string _refresh = "bft_0";
    private int _lifetime = 300;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string SessionFile => Path.Combine(_cli.Configuration, "test.session");

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
        _api.OnJson("GET /v1/whoami", new WhoAmI("bob", "customer", "demo"), WireJson.Default.WhoAmI);
        _api.OnJson("GET /v1/tokens", new Page<AccessToken>([], null), WireJson.Default.PageAccessToken);
        _api.OnJson("POST /oauth/device", new DeviceAuthorization("device-code", "BCDF-GHJK", _api.Address + "/device", 60, 1), WireJson.Default.DeviceAuthorization);
        _api.On("POST /oauth/token", http => Token(http.Request.Form));
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task A_device_waits_for_its_user_and_keeps_the_session_for_itself()
    {
        var polls = 0;
        _api.On("POST /oauth/token", http => ++polls == 1 ? Error("authorization_pending") : Token(http.Request.Form));
        var run = await _cli.RunAsync("login", "--device");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(2, polls);
        Assert.Contains("BCDF-GHJK", run.Error, StringComparison.Ordinal);
        Assert.Contains("Signed in as bob of demo", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bft_", run.Output + run.Error, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SessionFile));
        // The token of before isn't what is used any more.
        Assert.Equal(0, (await _cli.RunAsync("token", "list")).ExitCode);
        Assert.Equal("Bearer bfs_1", _api.Headers.Last().Authorization.ToString());
        Assert.DoesNotContain("bfs_", await File.ReadAllTextAsync(Path.Combine(_cli.Configuration, "config.json"), Cancel), StringComparison.Ordinal);

        _api.On("POST /oauth/revoke", http => Results.Ok());
        var logout = await _cli.RunAsync("logout");
        Assert.True(logout.ExitCode == 0, logout.Error);
        Assert.Contains("token=bft_1", _api.Bodies.Last(), StringComparison.Ordinal);
        Assert.False(File.Exists(SessionFile));
        _api.AcceptedToken = FakeApi.Token;
        Assert.Equal(0, (await _cli.RunAsync("token", "list")).ExitCode);
        Assert.Equal(3, (await _cli.RunAsync("logout", "--output", "json")).ExitCode);
    }

    [Fact]
    public async Task A_browser_on_this_machine_comes_back_with_the_code_that_was_asked_for()
    {
        var shown = Path.Combine(_cli.Configuration, "shown");
        _cli.BrowserProgram = Path.Combine(_cli.Configuration, "browser");
        await File.WriteAllTextAsync(_cli.BrowserProgram, $"#!/bin/sh\nprintf '%s' \"$1\" > {shown}.new && mv {shown}.new {shown}\n", Cancel);
        File.SetUnixFileMode(_cli.BrowserProgram, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string? challenge = null;
        var run = await _cli.RunAsync(["login", "--server", _api.Address, "--ca", Path.GetFullPath(Path.Combine(_cli.Configuration, "../../ca.pem")), "--context", "fresh"], _ =>
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(shown), TimeSpan.FromSeconds(30)));
            var asked = HttpUtility.ParseQueryString(new Uri(File.ReadAllText(shown)).Query);
            Assert.Equal(("code", "beffroi-cli", "S256"), (asked["response_type"], asked["client_id"], asked["code_challenge_method"]));
            challenge = asked["code_challenge"];
            using var browser = new HttpClient();
            // Nobody else's answer ends the wait.
            Assert.Equal(HttpStatusCode.NotFound, browser.GetAsync(asked["redirect_uri"] + "?code=evil&state=guessed", Cancel).GetAwaiter().GetResult().StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, browser.GetAsync(asked["redirect_uri"]!.Replace("/callback", "/favicon.ico", StringComparison.Ordinal), Cancel).GetAwaiter().GetResult().StatusCode);
            Assert.Equal(HttpStatusCode.OK, browser.GetAsync(asked["redirect_uri"] + "?code=the-code&state=" + Uri.EscapeDataString(asked["state"]!), Cancel).GetAwaiter().GetResult().StatusCode);
        });
        Assert.True(run.ExitCode == 0, run.Error);
        var form = HttpUtility.ParseQueryString(_api.Bodies.Last());
        Assert.Equal(("authorization_code", "the-code"), (form["grant_type"], form["code"]));
        Assert.Equal(challenge, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"]!))));
        Assert.Contains("fresh", (await _cli.RunAsync("context", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync("token", "list", "--context", "fresh")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("context", "remove", "fresh")).ExitCode);
        Assert.False(File.Exists(Path.Combine(_cli.Configuration, "fresh.session")));
        Assert.Equal(2, (await _cli.RunAsync("login", "--server", _api.Address)).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("login", "--server", "http://cloud.example", "--context", "other")).ExitCode);
    }

    [Fact]
    public async Task A_session_is_renewed_silently_and_each_refresh_token_used_once()
    {
        _lifetime = 1;
        Assert.Equal(0, (await _cli.RunAsync("login", "--device")).ExitCode);
        _lifetime = 300;
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _cli.RunAsync("token", "list")));
        Assert.All(runs, run => Assert.True(run.ExitCode == 0, run.Error));
        Assert.All(runs, run => Assert.DoesNotContain("session", run.Error, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["bft_1"], _renewals);
        // The server doesn't know the token any more although it should: renewed, and the request sent again.
        _api.AcceptedToken = "another";
        _api.On("POST /oauth/token", http =>
        {
            _api.AcceptedToken = "bfs_3";
            return Token(http.Request.Form);
        });
        Assert.Equal(0, (await _cli.RunAsync("token", "list")).ExitCode);
        Assert.Equal(["bft_1", "bft_2"], _renewals);
    }

    [Fact]
    public async Task What_goes_wrong_is_said_with_its_exit_code()
    {
        _lifetime = 1;
        Assert.Equal(0, (await _cli.RunAsync("login", "--device")).ExitCode);
        _api.On("POST /oauth/token", _ => Error("invalid_grant"));
        var ended = await _cli.RunAsync("token", "list");
        Assert.Equal(4, ended.ExitCode);
        Assert.Contains("beffroi login", ended.Error, StringComparison.Ordinal);
        var json = await _cli.RunAsync("token", "list", "--output", "json");
        Assert.Equal("urn:beffroi:problem:refused", JsonSerializer.Deserialize(json.Error, WireJson.Default.ProblemDocument)!.Type);
        foreach (var (error, code) in new[] { ("access_denied", 4), ("expired_token", 6), ("temporarily_unavailable", 5) })
        {
            _api.On("POST /oauth/token", _ => Error(error));
            Assert.Equal(code, (await _cli.RunAsync("login", "--device")).ExitCode);
        }

        _api.On("POST /oauth/token", _ => Error("authorization_pending"));
        Assert.Equal(6, (await _cli.RunAsync("login", "--device", "--timeout", "2")).ExitCode);
        Assert.Equal(6, (await _cli.RunAsync("login", "--timeout", "1")).ExitCode);
    }

    [Fact]
    public async Task Sessions_are_shown_and_ended_and_their_ids_completed()
    {
        var session = new SignInSession(Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80"), "beffroi-cli", "192.0.2.1", Then, Then, Then.AddDays(7), true);
        _api.OnJson("GET /v1/sessions", new Page<SignInSession>([session], null), WireJson.Default.PageSignInSession);
        _api.OnJson($"DELETE /v1/organizations/demo/members/bob/sessions/{session.Id}", session, WireJson.Default.SignInSession);
        Assert.Matches(@"0193588e-\S+ +beffroi-cli +- +192\.0\.2\.1 .*this one", (await _cli.RunAsync("session", "list")).Output);
        Assert.Equal(0, (await _cli.RunAsync("session", "end", session.Id.ToString(), "--member", "bob")).ExitCode);
        Assert.Equal(3, (await _cli.RunAsync("session", "end", Guid.Empty.ToString())).ExitCode);
        var line = "beffroi session end ";
        Assert.Contains(session.Id.ToString(), (await _cli.RunAsync($"[suggest:{line.Length}]", line)).Output, StringComparison.Ordinal);
    }

    private static IResult Error(string error) => Results.Text(JsonSerializer.Serialize(new OAuthError(error), WireJson.Default.OAuthError), "application/json", statusCode: 400);

    /// <summary>Rotates as the server does: a refresh token is good once.</summary>
    private IResult Token(IFormCollection form)
    {
        lock (_gate)
        {
            if (form["grant_type"] == "refresh_token")
            {
                _renewals.Add(form["refresh_token"]!);
                if (form["refresh_token"] != _refresh)
                {
                    return Error("invalid_grant");
                }
            }

            var number = int.Parse(_refresh[4..], System.Globalization.CultureInfo.InvariantCulture) + 1;
            _refresh = "bft_" + number;
            _api.AcceptedToken = "bfs_" + number;
            return Results.Text(JsonSerializer.Serialize(new SessionTokens(_api.AcceptedToken, _refresh, _lifetime), WireJson.Default.SessionTokens), "application/json");
        }
    }
}
