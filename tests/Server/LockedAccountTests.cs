using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

/// <summary>An account that failed too often is locked wherever its password or a code of its second factor is taken: the right one is answered as a wrong one, until the lock has ended.</summary>
public sealed class LockedAccountTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly List<Browser> _browsers = [];
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000, failureWindow: TimeSpan.FromMinutes(10), change: services =>
    {
        var options = (ApiOptions)services.Last(s => s.ServiceType == typeof(ApiOptions)).ImplementationInstance!;
        services.Replace(ServiceDescriptor.Singleton(options with { RefusalTime = TimeSpan.FromMilliseconds(20) }));
    });

    public async ValueTask DisposeAsync()
    {
        _browsers.ForEach(b => b.Dispose());
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(Side.Customer)]
    [InlineData(Side.Operator)]
    public async Task A_locked_account_is_refused_with_the_right_secret_too_until_the_lock_ends(Side side)
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bobby", side);
        await bob.SignInAsync("/password");
        await bob.Browser.FollowAsync();
        // The one who changes the password is the last: that ends what the others were given.
        List<(string Path, Browser Browser, Func<bool, (string, string)[]> Fields)> attempts =
        [
            ("/sign-in", await AtAsync(side, "/sign-in"), right => [("account", bob.Account), ("password", right ? SignedInPerson.Password : "a guess of theirs"), ("code", bob.NextCode())]),
            ("/password/recovery-codes", Used(bob.Browser.SecondWindow()), right => [("proof", right ? SignedInPerson.Password : "a guess of theirs")]),
            ("/password", Used(bob.Browser.SecondWindow()), right => [("present", right ? SignedInPerson.Password : "a guess of theirs"), ("password", "battery staple correct"), ("again", "battery staple correct")]),
        ];
        if (side == Side.Customer)
        {
            attempts.Insert(0, ("/sign-in/provider/code", await ProvedAsync(), right => [("code", right ? bob.NextCode() : "000000")]));
        }

        await ExecuteAsync("update platform.factors set failures = 7, locked_until = now() + interval '1 hour'");
        foreach (var (path, browser, fields) in attempts)
        {
            var (right, guess) = (await AskAsync(path, browser, fields(true)), await AskAsync(path, browser, fields(false)));
            Assert.True(right == guess && right.StartsWith("403", StringComparison.Ordinal), path + ": " + right + guess);
        }

        foreach (var (path, browser, fields) in attempts)
        {
            await ExecuteAsync("update platform.factors set locked_until = now()");
            Assert.True(!(await AskAsync(path, browser, fields(true))).StartsWith('4'), path);
            Assert.Equal(0L, await FailuresAsync());
        }
    }

    private static async Task<string> AskAsync(string path, Browser browser, (string, string)[] fields)
    {
        var status = await browser.PostAsync(path, [("form", browser.Proof), .. fields]);
        return (int)status + Regex.Replace(browser.Page, "value=\"[^\"]*\"", "");
    }

    /// <summary>A browser in which a provider has said that it is bobby, and nothing of a second factor.</summary>
    private async Task<Browser> ProvedAsync()
    {
        await ExecuteAsync("""
            insert into platform.identity_providers (id, organization_id, name, issuer, client_id, scopes, acr_values, second_factor_acr, second_factor_amr, required)
                select '00000000-0000-0000-0000-00000000f006', id, 'hospital', 'https://192.0.2.1', 'x', '{openid}', '{}', '{}', '{}', false from platform.organizations where name = 'demo';
            insert into platform.provider_proofs (sha256, provider_id, principal_id, return_to, expires_at)
                select sha256('by-a-provider'), '00000000-0000-0000-0000-00000000f006', principal_id, '/device', now() + interval '1 hour' from platform.factors
            """);
        var browser = await AtAsync(Side.Customer, "/sign-in");
        browser.Keep("__Host-beffroi-customer-proved", "by-a-provider");
        return browser;
    }

    private async Task<Browser> AtAsync(Side side, string path)
    {
        var browser = Used(new Browser(_server, side));
        Assert.Equal(HttpStatusCode.OK, await browser.GetAsync(path, "en"));
        return browser;
    }

    private Browser Used(Browser browser)
    {
        _browsers.Add(browser);
        return browser;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<long> FailuresAsync()
    {
        await using var command = _server.Store.CreateCommand("select sum(failures)::bigint from platform.factors");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
