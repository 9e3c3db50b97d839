using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>People who change their own password and have new recovery codes made, on each side's pages.</summary>
public sealed class PasswordPageTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Path = "/password", CodesPath = "/password/recovery-codes", Next = "battery staple correct";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000, failureWindow: TimeSpan.FromMinutes(5));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Side.Customer)]
    [InlineData(Side.Operator)]
    public async Task Another_password_takes_the_place_of_the_one_before_and_ends_what_was_begun_with_it(Side side)
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bobby", side);
        var (access, refresh) = await bob.BeginAsync();
        Assert.True(await bob.WorksAsync(access));
        await bob.SignInAsync(Path);
        await bob.Browser.GetAsync(Path);
        Assert.Contains(bob.Account, bob.Browser.Page, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Forbidden, await ChangeAsync(bob, "not the present one", Next));
        foreach (var (password, again) in new[] { ("short", "short"), ("all about bobby", "all about bobby"), (Next, Next + "x"), (new string('x', 129), new string('x', 129)) })
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await ChangeAsync(bob, SignedInPerson.Password, password, again));
        }

        Assert.True(await bob.WorksAsync(access));
        Assert.Equal(HttpStatusCode.OK, await ChangeAsync(bob, SignedInPerson.Password, Next));
        Assert.DoesNotContain(Next, bob.Browser.Page, StringComparison.Ordinal);
        Assert.False(await bob.WorksAsync(access));
        await SignedInPerson.AssertRefusedAsync(await bob.RefreshAsync(refresh), "invalid_grant");
        // This browser's sign-in, too, is over.
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.GetAsync(Path));
        Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.SignInAsync(bob.Account, SignedInPerson.Password, bob.NextCode()));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.SignInAsync(bob.Account, Next, bob.NextCode()));
        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            [("password.change", "refused", "wrong-credentials"), ("password.change", "accepted", null)],
            (await _server.LedgerAsync("entry like '%password.change%'")).Select(e => (e.Action, e.Outcome, e.Reason)));
    }

    [Fact]
    public async Task New_recovery_codes_take_the_place_of_all_before()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bobby");
        await bob.SignInAsync(Path);
        await bob.Browser.GetAsync(Path);
        Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.PostAsync(CodesPath, [("form", bob.Browser.Proof), ("proof", "not the present one")]));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.PostAsync(CodesPath, [("form", bob.Browser.Proof), ("proof", SignedInPerson.Password)]));
        var codes = Regex.Matches(bob.Browser.Page, "<code>((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})</code>").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(10, codes.Distinct().Count());

        using var fresh = new Browser(_server);
        Assert.Equal(HttpStatusCode.Forbidden, await fresh.SignInAsync(bob.Account, SignedInPerson.Password, bob.NextCode()));
        Assert.Equal(HttpStatusCode.SeeOther, await fresh.SignInAsync(bob.Account, SignedInPerson.Password, codes[3]));
        Assert.Equal(HttpStatusCode.Forbidden, await fresh.SignInAsync(bob.Account, SignedInPerson.Password, codes[3]));
        await _server.LedgerIntegratedAsync();
        Assert.Equal(["refused", "accepted"], (await _server.LedgerAsync("entry like '%recovery-codes.replace%'")).Select(e => e.Outcome));
    }

    [Fact]
    public async Task Nobody_comes_there_without_a_sign_in_of_their_own_and_a_form_of_ours()
    {
        using var browser = new Browser(_server);
        Assert.Equal(HttpStatusCode.SeeOther, await browser.GetAsync(Path));
        Assert.Equal("/sign-in?return=/password", browser.Answer.Headers.Location!.ToString());
        using var bob = await SignedInPerson.EnrolAsync(_server, "bobby");
        foreach (var path in (string[])[Path, CodesPath])
        {
            Assert.Equal(HttpStatusCode.SeeOther, await browser.PostAsync(path, [("form", "x"), ("present", SignedInPerson.Password), ("proof", SignedInPerson.Password)]));
        }

        await bob.SignInAsync(Path);
        foreach (var path in (string[])[Path, CodesPath])
        {
            Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(path, [("form", "x"), ("present", SignedInPerson.Password), ("password", Next), ("again", Next), ("proof", SignedInPerson.Password)]));
        }

        Assert.Empty(await _server.LedgerAsync("entry like '%password.change%' or entry like '%recovery-codes.replace%'"));
    }

    /// <summary>Who sits at a browser in which somebody else has just signed in guesses no further than at the sign-in itself.</summary>
    [Fact]
    public async Task Guessing_there_locks_the_account_as_guessing_at_the_sign_in_does()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bobby");
        await bob.SignInAsync(Path);
        await bob.Browser.GetAsync(Path);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Forbidden, await ChangeAsync(bob, "guess " + i, Next));
        }

        Assert.Equal(HttpStatusCode.Forbidden, await ChangeAsync(bob, SignedInPerson.Password, Next));
        using var fresh = new Browser(_server);
        Assert.Equal(HttpStatusCode.Forbidden, await fresh.SignInAsync(bob.Account, SignedInPerson.Password, bob.NextCode()));
    }

    /// <summary>To compare a password takes a while: what was compared before a change must not come to anything after it.</summary>
    [Theory]
    [InlineData("/sign-in")]
    [InlineData(CodesPath)]
    public async Task What_is_under_way_with_the_password_before_is_over_with_it(string path)
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bobby");
        await bob.SignInAsync(Path);
        await bob.Browser.GetAsync(Path);
        using var other = path == CodesPath ? bob.Browser.SecondWindow() : new Browser(_server);
        await other.GetAsync(path == CodesPath ? Path : path);
        Task<HttpStatusCode> late, change;
        // It has compared the password, and waits for the codes.
        await using (var held = await HeldRows.TakeAsync(_server, "select 1 from platform.recovery_codes for update"))
        {
            late = other.PostAsync(path, [("form", other.Proof), ("proof", SignedInPerson.Password), ("account", bob.Account), ("password", SignedInPerson.Password), ("code", bob.NextCode())]);
            await held.UntilWaitingAsync(late);
            change = ChangeAsync(bob, SignedInPerson.Password, Next);
            await held.UntilWaitingAsync(late, change);
            Assert.False(late.IsCompleted || change.IsCompleted);
        }

        Assert.Equal(path == CodesPath ? HttpStatusCode.OK : HttpStatusCode.SeeOther, await late);
        Assert.Equal(HttpStatusCode.OK, await change);
        Assert.Equal(HttpStatusCode.SeeOther, await other.GetAsync(Path));
    }

    private static Task<HttpStatusCode> ChangeAsync(SignedInPerson person, string present, string password, string? again = null) =>
        person.Browser.PostAsync(Path, [("form", person.Browser.Proof), ("present", present), ("password", password), ("again", again ?? password)]);
}
