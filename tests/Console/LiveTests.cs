using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Resources;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>That pages keep up to date by themselves, and leave in peace whoever is at work on them.</summary>
public sealed class LiveTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private const string Database = "/console/spaces/eval/postgres/laboratory";
    private static readonly string[] Steps = ["Volume", "Instance", "PostgreSQL"];
    private TestServer _server = null!;
    private IBrowserContext _context = null!;
    private IPage _page = null!;
    private Audit _audit = null!;
    private Guid _id;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        var bob = await Person.EnrolAsync(_server, "bob", "demo", "owner");
        _id = await CreateAsync("laboratory");
        _context = await chromium.ContextAsync(new() { BaseURL = _server.Address(Side.Customer), IgnoreHTTPSErrors = true, Locale = "en" });
        _audit = new Audit(await _context.NewPageAsync());
        _page = _audit.Page;
        await bob.SignInAsync(_page);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_steps_of_an_operation_appear_without_reload_and_are_told()
    {
        await StepAsync(0, "running");
        await OpenAsync(Database);
        await ShowsAsync("step 1 of 3: Volume");
        await _page.FocusAsync("text=Backups and restore");
        await StepAsync(1, "running");
        await ShowsAsync("step 2 of 3: Instance");
        await SaysAsync("create: step 2 of 3: Instance.");
        await StepAsync(1, "retrying");
        await ShowsAsync("tried again");
        await _audit.LookAsync("database-under-way", "en");
        await StepAsync(3, "succeeded");
        await ObservedAsync("ready");
        await ShowsAsync("psql \"host=laboratory.eval.demo");
        await SaysAsync("laboratory: ready");
        Assert.Equal(0, await _page.Locator("progress").CountAsync());
        // The same page all the time, with the focus where it was.
        Assert.True(await SamePageAsync());
        Assert.Equal("Backups and restore", await _page.EvaluateAsync<string>("() => document.activeElement.textContent"));
        Assert.False(await _page.Locator(".without").First.IsVisibleAsync());
        Assert.True(_audit.Wrong.Count == 0, string.Join('\n', _audit.Wrong));
    }

    [Fact]
    public async Task Lists_follow_what_is_made_and_a_form_is_left_to_whom_fills_it_in()
    {
        await OpenAsync("/console");
        await CreateAsync("another");
        await ShowsAsync("another");
        Assert.True(await SamePageAsync());
        await ObservedAsync("ready");
        await OpenAsync(Database + "/backups");
        // Typed into and left, and being typed in.
        await _page.FillAsync("#to", "copy");
        await _page.FillAsync("#at", "2026-11-24");
        await _page.Locator("#at").PressAsync("Home");
        await _page.Keyboard.TypeAsync("x");
        await _server.MakeRepositoryAsync();
        await ExecuteAsync("""update platform.resources set status = status || '{"backup":{"earliest":"2026-11-12T08:31:36+00:00","latest":"2026-11-24T12:00:00+00:00","lastArchivedAt":"2026-11-24T12:00:00+00:00"}}' where name = 'laboratory'""");
        await ShowsAsync("2026-11-24 12:00:00 UTC");
        Assert.Equal(["copy", "x2026-11-24", "at", "1"], await _page.EvaluateAsync<string[]>("() => [document.getElementById('to').value, document.getElementById('at').value, document.activeElement.id, String(document.activeElement.selectionStart)]"));
        Assert.True(await SamePageAsync());
        // What isn't there any more is said, and asked for no more.
        await ExecuteAsync("delete from platform.operations; delete from platform.resources where name = 'laboratory'");
        await ShowsAsync("is gone");
        Assert.True(_audit.Wrong.TrueForAll(w => w.Contains("404", StringComparison.Ordinal)), string.Join('\n', _audit.Wrong));
    }

    [Fact]
    public async Task It_asks_once_at_a_time_not_unseen_and_less_while_nobody_answers()
    {
        await StepAsync(0, "running");
        var (now, most, all) = (0, 0, 0);
        var away = false;
        await _context.RouteAsync("**" + Database, async route =>
        {
            if (!route.Request.Headers.ContainsKey("beffroi-live"))
            {
                await route.ContinueAsync();
                return;
            }

            Interlocked.Increment(ref all);
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Delay(300);
            Interlocked.Decrement(ref now);
            await (away ? route.AbortAsync() : route.ContinueAsync());
        });
        await OpenAsync(Database);
        await UntilAsync(() => all >= 3);
        Assert.Equal(1, most);
        await UnseenAsync(true);
        await UntilAsync(() => now == 0);
        var before = all;
        await Task.Delay(4000, Cancel);
        Assert.Equal(before, all);
        // Seen again: at once.
        await StepAsync(1, "running");
        await UnseenAsync(false);
        await ShowsAsync("step 2 of 3");
        // Nobody answers: 2, 4, 8, … seconds.
        away = true;
        await ShowsAsync("what you see may be old", 60);
        before = all;
        await Task.Delay(4000, Cancel);
        Assert.InRange(all, before, before + 1);
        away = false;
        await StepAsync(2, "running");
        await UnseenAsync(false);
        await ShowsAsync("step 3 of 3");
        Assert.False(await _page.Locator("#stale").IsVisibleAsync());
        // Who isn't signed in any more is told so, and nobody begins to sign in.
        await _context.ClearCookiesAsync();
        await ShowsAsync("Your session has ended");
        Assert.Empty(await _context.CookiesAsync());
        before = all;
        await Task.Delay(2500, Cancel);
        Assert.Equal(before, all);
    }

    private async Task OpenAsync(string path)
    {
        await _page.GotoAsync(path);
        await _page.EvaluateAsync("() => { window.same = true }");
    }

    private Task<bool> SamePageAsync() => _page.EvaluateAsync<bool>("() => window.same === true");

    private async Task UnseenAsync(bool hidden) => await _page.EvaluateAsync("hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }", hidden);

    private Task ShowsAsync(string text, int seconds = 30) => Assertions.Expect(_page.Locator("main")).ToContainTextAsync(text, new() { Timeout = seconds * 1000, UseInnerText = true });

    private Task SaysAsync(string text) => Assertions.Expect(_page.Locator("#said")).ToContainTextAsync(text);

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 300 && !holds(); i++)
        {
            await Task.Delay(100, Cancel);
        }

        Assert.True(holds());
    }

    private async Task<Guid> CreateAsync(string name)
    {
        var answer = await _server.PutAsync(name, """{ "spec": {} }""");
        Assert.True(answer.IsSuccessStatusCode);
        return (Guid)(await TestServer.BodyAsync(answer))["id"]!;
    }

    /// <summary>So many steps are done, and the next is in this state; or the operation has ended.</summary>
    private Task StepAsync(int done, string state) => ExecuteAsync($"""
        update platform.operations set
            state = '{(done == Steps.Length ? state : "running")}', finished_at = {(done == Steps.Length ? "now()" : "null")}, message = 'This is what it does.',
            steps = '{JsonSerializer.Serialize(Steps.Select((title, i) => new OperationStep(title.ToLowerInvariant(), title, i < done ? "done" : i == done ? state : "pending", null, null)).ToList(), WireJson.Default.IReadOnlyListOperationStep)}'
        where resource_id = '{_id}'
        """);

    private async Task ObservedAsync(string state)
    {
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        var status = new PostgresStatus(state, 1, [new Condition("Ready", true, "Ready", "The database accepts connections.", DateTimeOffset.UnixEpoch)], new PostgresEndpoint("laboratory.eval.demo", "10.93.0.2", 5432, "app", "app"), ServerVersion: "17.12");
        await _server.Services.GetRequiredService<IResources>().UpdateObservedAsync(connection, _id, JsonSerializer.Serialize(status, WireJson.Default.PostgresStatus), "{}", Cancel);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
