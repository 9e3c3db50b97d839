using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Server.Tests;
using Beffroi.WebConsole.Tests;
using Microsoft.Playwright;

namespace Beffroi.EndToEnd.Tests;

/// <summary>A person's way through the console of the installed product, in Debian's Chromium: everything that is pressed, done by real databases.</summary>
public sealed class ConsoleTests(InstalledProduct product)
{
    private const string Password = "correct horse battery", Space = "/console/spaces/eval";

    [Fact]
    public async Task A_database_is_made_reached_restored_and_its_ledger_verified_in_the_browser_and_the_organization_sealed()
    {
        await using var chromium = Chromium.Reaching(InstalledProduct.ApiPort);
        await chromium.InitializeAsync();
        await using var context = await chromium.ContextAsync(new() { BaseURL = $"https://localhost:{InstalledProduct.ApiPort}", IgnoreHTTPSErrors = true, Locale = "en" });
        var page = await context.NewPageAsync();
        await SignInAsync(page, "jeanne");

        await CreateAsync(page, "laboratory");
        Assert.Equal("42", await ConnectAsync(page, "laboratory", "create table samples as select 42 as n; select n from samples"));
        await VerifyAsync(page, "postgres.create");
        await SupportAsync(page);
        if (InstalledProduct.AtLength)
        {
            await RestoreAsync(page, "laboratory", "archive");
            await SealAsync(page);
            Assert.Equal("42", await ConnectAsync(page, "archive", "select n from samples"));
            // What was restored is protected, whatever it was made from.
            Assert.Equal(0, (await product.CliAsync("postgres", "update", "archive", "--deletion-protection", "off")).ExitCode);
            await DeleteAsync(page, "archive");
        }

        await DeleteAsync(page, "laboratory");
        await page.FollowAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync());
        Assert.Equal("/console/signed-out", new Uri(page.Url).AbsolutePath);
        Assert.Equal(0, (await product.CliAsync("member", "remove", "jeanne", "--yes")).ExitCode);
    }

    // From the code of an invitation to the first page.
    private async Task SignInAsync(IPage page, string name)
    {
        var invited = await product.CliAsync("member", "invite", name);
        Assert.True(invited.ExitCode == 0, invited.Error);
        foreach (var role in (string[])["owner", "auditor"])
        {
            Assert.Equal(0, (await product.CliAsync("role", "grant", role, "--member", name)).ExitCode);
        }

        await page.GotoAsync("/enrol");
        await page.FillAsync("input[name=invitation]", Regex.Match(invited.Output, "bfi_[A-Za-z0-9_-]+").Value);
        await page.FollowAsync(() => page.ClickAsync("button"));
        var secret = Regex.Match(await page.ContentAsync(), "<code>([A-Z2-7]{32})</code>").Groups[1].Value;
        await page.FillAsync("input[name=password]", Password);
        await page.FillAsync("input[name=again]", Password);
        await page.FillAsync("input[name=code]", Authenticator.Code(secret));
        await page.FollowAsync(() => page.ClickAsync("button"));

        await page.GotoAsync("/console");
        await page.FillAsync("#account", "demo/" + name);
        await page.FillAsync("#password", Password);
        // The present one was used to enrol, and each is good once; the next is taken already.
        await page.FillAsync("#code", Authenticator.Code(secret, 1));
        await page.FollowAsync(() => page.ClickAsync("button"));
        await page.FollowAsync(() => page.ClickAsync("button[value=allow]"));
        Assert.Equal("/console", new Uri(page.Url).AbsolutePath);
    }

    // The form, and then the page that says by itself when it is ready.
    private static async Task CreateAsync(IPage page, string name)
    {
        await page.GotoAsync(Space);
        await page.FollowAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Create a PostgreSQL" }).ClickAsync());
        await page.FillAsync("#name", name);
        await page.FillAsync("#storage", "1GiB");
        await page.UncheckAsync("#protected");
        await page.FollowAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync());
        Assert.Equal($"{Space}/postgres/{name}", new Uri(page.Url).AbsolutePath);
        await Command(page).WaitForAsync();
    }

    private static ILocator Command(IPage page) => page.Locator("pre", new() { HasText = "psql \"host=" });

    // As it is shown there, in a folder with the certificate that it names.
    private async Task<string> ConnectAsync(IPage page, string name, string sql)
    {
        await page.GotoAsync($"{Space}/postgres/{name}");
        await Command(page).WaitForAsync();
        var command = (await Command(page).InnerTextAsync()).Trim();
        var credentials = JsonNode.Parse((await product.CliAsync("postgres", "credentials", name, "-o", "json")).Output)!;
        var folder = Directory.CreateTempSubdirectory("beffroi-test-shown-").FullName;
        try
        {
            await File.WriteAllTextAsync(folder + "/ca.pem", (string?)credentials["caCertificate"]);
            var answer = new Outcome(-1, "", "");
            await InstalledProduct.EventuallyAsync(command + " answers", async () =>
                (answer = await product.RunAsync("/bin/sh", ["-c", $"cd {folder}; PGPASSWORD=$0 {command} -XAtqc \"$1\"", (string)credentials["password"]!, sql])).ExitCode == 0);
            return answer.Output.Trim();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // In the browser: what it fetched, and what it computed from that.
    private static async Task VerifyAsync(IPage page, string action)
    {
        await page.GotoAsync("/console/ledger");
        var row = page.Locator("tr", new() { HasText = action }).First;
        await page.FollowAsync(() => row.Locator("a").First.ClickAsync());
        await page.ClickAsync("#verify");
        await page.WaitForSelectorAsync("#proof[data-verdict]:not([data-verdict=running])");
        Assert.Equal("verified", await page.GetAttributeAsync("#proof", "data-verdict"));
    }

    // Somebody of the operator's asks, is let in by a key that never was on a server, and is shown out before they have looked.
    private async Task SupportAsync(IPage page)
    {
        var folder = Directory.CreateTempSubdirectory("beffroi-test-consent-").FullName;
        try
        {
            var key = await product.CliWithPassphraseAsync(Password, "lockbox", "key", "create", "--key", folder + "/alice.key");
            Assert.True(key.ExitCode == 0, key.Error);
            var asked = await product.CliAsync("--context", "admin", "lockbox", "ask", "demo/eval", "laboratory", "--access", "diagnostics", "--reason", "support-case", "--details", "It is slow.", "-o", "json");
            Assert.True(asked.ExitCode == 0, asked.Error);
            var id = (string)JsonNode.Parse(asked.Output)!["id"]!;
            await page.GotoAsync("/console/lockbox");
            await page.FollowAsync(() => page.ClickAsync($"a[href='/console/lockbox/{id}']"));
            Assert.Contains("beffroi lockbox approve " + id, await page.InnerTextAsync("main"), StringComparison.Ordinal);

            var approved = await product.CliWithPassphraseAsync(Password, "lockbox", "approve", id, "--yes", "--key", folder + "/alice.key");
            Assert.True(approved.ExitCode == 0, approved.Error);
            // The page says by itself that it is open. Nothing is looked at: LockboxTests audit the whole ledger, by the keys of their own approvers.
            var close = page.GetByRole(AriaRole.Button, new() { Name = "Close it now" });
            await close.WaitForAsync();
            await page.FollowAsync(() => close.ClickAsync());
            Assert.Equal(4, (await product.CliAsync("--context", "admin", "lockbox", "open", id)).ExitCode);
            Assert.Equal(0, (await product.CliAsync("lockbox", "key", "remove", "alice")).ExitCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // To a point that is picked on the timeline.
    private async Task RestoreAsync(IPage page, string from, string to)
    {
        await page.GotoAsync($"{Space}/postgres/{from}/backups");
        await page.FollowAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Back up now" }).ClickAsync());
        var point = page.Locator("a[href*='?at=']").First;
        // What is restored to has to be in the archive, with something after it.
        await InstalledProduct.EventuallyAsync("there is a point to restore to", async () =>
        {
            await Task.Delay(2000, TestContext.Current.CancellationToken);
            await product.CliAsync("postgres", "connect", from, "--", "-XAtqc", "create table if not exists later (n int); insert into later values (1)");
            await page.GotoAsync($"{Space}/postgres/{from}/backups");
            return await point.CountAsync() > 0;
        });
        await page.FollowAsync(() => point.ClickAsync());
        Assert.Matches("^20[0-9]{2}-[0-9]{2}-[0-9]{2} ", await page.InputValueAsync("#at"));
        await page.FillAsync("#to", to);
        await page.FollowAsync(() => page.Locator("#to").PressAsync("Enter"));
        Assert.Equal($"{Space}/postgres/{to}", new Uri(page.Url).AbsolutePath);
        await Command(page).WaitForAsync();
    }

    private async Task SealAsync(IPage page)
    {
        await ConfirmAsync(page, "/console/key/seal", "demo");
        await page.Locator("main span.state", new() { HasTextRegex = new Regex("^sealed$") }).WaitForAsync();
        Assert.NotEqual(0, (await product.CliAsync("postgres", "credentials", "laboratory")).ExitCode);
        await ConfirmAsync(page, "/console/key/unseal", null);
        await page.Locator("main span.state", new() { HasTextRegex = new Regex("^open$") }).WaitForAsync();
    }

    private static async Task DeleteAsync(IPage page, string name)
    {
        await ConfirmAsync(page, $"{Space}/postgres/{name}/delete", name);
        await page.GetByText("is gone").First.WaitForAsync();
    }

    private static async Task ConfirmAsync(IPage page, string path, string? name)
    {
        await page.GotoAsync(path);
        if (name is not null)
        {
            await page.FillAsync("main #name", name);
        }

        await page.FollowAsync(() => page.ClickAsync("main form button"));
    }
}
