using System.Net;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>What tokens that are none bring about: a wait, and one entry for all of them.</summary>
public sealed class FailedSignInTests(PostgresServer postgres)
{
    [Fact]
    public async Task Failed_sign_ins_make_an_address_wait_and_one_entry_in_the_ledger()
    {
        // A window that no slow machine outlasts.
        await using var server = await TestServer.StartAsync(postgres, failureWindow: TimeSpan.FromMinutes(10));
        using var wrong = server.Client("wrong");
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++)
        {
            answers.Add((await wrong.GetAsync("/v1/whoami")).StatusCode);
        }

        Assert.All(answers[..30], a => Assert.Equal(HttpStatusCode.Unauthorized, a));
        Assert.All(answers[30..], a => Assert.Equal(HttpStatusCode.TooManyRequests, a));
        Assert.Empty(await EntriesAsync(server));
        await server.App.StopAsync();
        Assert.Equal("refused", Assert.Single(await EntriesAsync(server)).Outcome);
    }

    [Fact]
    public async Task A_window_that_ends_is_in_the_ledger_and_nobody_waits_any_longer()
    {
        await using var server = await TestServer.StartAsync(postgres, failuresAllowed: 1);
        using var wrong = server.Client("wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await wrong.GetAsync("/v1/whoami")).StatusCode);
        List<(string Action, string Outcome, string? Reason)> entries;
        do
        {
            await Task.Delay(100);
            entries = await EntriesAsync(server);
        }
        while (entries.Count == 0);
        Assert.Equal("refused", Assert.Single(entries).Outcome);
        Assert.Equal(HttpStatusCode.OK, (await server.Alice.GetAsync("/v1/whoami")).StatusCode);
    }

    private static Task<List<(string Action, string Outcome, string? Reason)>> EntriesAsync(TestServer server) => server.LedgerAsync("entry like '%sign-in%'");
}
