using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Hosts.WebConsole;

namespace Beffroi.Server.Tests;

/// <summary>Which pages have a script, what it may do, and what it is given to read.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task Only_pages_with_a_script_of_ours_may_run_one_and_it_reads_the_log_and_no_more()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "auditor", "member": "bob" }""")).EnsureSuccessStatusCode();
        await _server.LedgerIntegratedAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger/0"));
        var policy = bob.Browser.Answer.Headers.GetValues("Content-Security-Policy").Single().Split("; ");
        Assert.Contains("script-src 'self'", policy);
        Assert.Contains("connect-src 'self'", policy);
        Assert.Contains("require-trusted-types-for 'script'", policy);
        Assert.DoesNotContain("unsafe", string.Join(' ', policy), StringComparison.Ordinal);
        // One script, from a file.
        var script = Regex.Match(bob.Browser.Page, "<script type=\"module\" src=\"(/console/scripts/[0-9a-f]{64}/)verify\\.js\"></script>").Groups[1].Value;
        Assert.Single(Regex.Matches(bob.Browser.Page, "<script"));
        foreach (var file in (string[])["verify.js", "proof.js"])
        {
            Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(script + file));
            Assert.Equal("text/javascript; charset=utf-8", bob.Browser.Answer.Content.Headers.ContentType!.ToString());
            Assert.Equal("public, max-age=31536000, immutable", bob.Browser.Answer.Headers.CacheControl!.ToString());
        }

        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(script + "console.css"));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/scripts/" + new string('0', 64) + "/verify.js"));
        // The log, as the API has it, and nothing else of the API.
        var key = await _server.Alice.GetStringAsync(Demo + "/ledger/key", Cancel);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger/log/key"));
        Assert.Equal(key, bob.Browser.Page);
        Assert.True(bob.Browser.Answer.Headers.CacheControl!.NoStore);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger/log/checkpoint"));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger/log/tile/0/000.p/1"));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger/log/tile/entries/000.p/1"));
        foreach (var other in (string[])["witnesses", "forwards", "checkpoint/x", "tile/0/..%2F..%2Fkey", "tile/0/..%2F..%2Fwitnesses", "tile/0/000?cosigned=true", "tile/8/000", "tile/0/999"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/ledger/log/" + other));
        }

        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/ledger/100000"));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/ledger/-1"));
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        Assert.NotEqual(HttpStatusCode.OK, await carol.Browser.GetAsync("/console/ledger/0"));
        Assert.NotEqual(HttpStatusCode.OK, await carol.Browser.GetAsync("/console/ledger/log/checkpoint"));
    }

    [Fact]
    public async Task A_page_that_keeps_up_to_date_is_no_use_of_the_session_and_begins_no_sign_in()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console"));
        Assert.Matches("src=\"/console/scripts/[0-9a-f]{64}/live\\.js\"", bob.Browser.Page);
        Assert.False(bob.Browser.Answer.Headers.Contains("ETag"));
        var (status, tag) = await LiveAsync(bob, null);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(HttpStatusCode.NotModified, (await LiveAsync(bob, tag)).Status);
        await ObservedAsync("first", "ready");
        (status, var other) = await LiveAsync(bob, tag);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEqual(tag, other);
        // A page that is left open asks and asks; the session ends all the same, and nobody is sent to sign in.
        _time.Advance(new ConsoleOptions().Idle / 2);
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await LiveAsync(bob, other)).Status);
        _time.Advance(new ConsoleOptions().Idle / 2);
        Assert.Equal(HttpStatusCode.Unauthorized, (await LiveAsync(bob, other)).Status);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.GetAsync("/console"));
    }

    private async Task<(HttpStatusCode Status, string? Tag)> LiveAsync(SignedInPerson person, string? tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console");
        request.Headers.Add("Cookie", Cookie + "=" + person.Browser.Cookies[Cookie]);
        request.Headers.Add("Beffroi-Live", "1");
        if (tag is not null)
        {
            request.Headers.Add("If-None-Match", tag);
        }

        using var answer = await _server.Nobody.SendAsync(request, Cancel);
        Assert.Null(answer.Headers.Location);
        return (answer.StatusCode, answer.Headers.ETag?.Tag);
    }
}
