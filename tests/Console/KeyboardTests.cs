using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;

namespace Beffroi.WebConsole.Tests;

/// <summary>The main journey, by keyboard alone: from signing in to a database that is there, and gone again.</summary>
public sealed class KeyboardTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_database_is_created_and_deleted_without_a_mouse()
    {
        var bob = await Person.EnrolAsync(_server, "bob", "demo", "developer");
        var scene = new Scene(_server);
        await using var context = await chromium.ContextAsync(new() { BaseURL = _server.Address(Side.Customer), IgnoreHTTPSErrors = true, Locale = "en" });
        var page = await context.NewPageAsync();
        var keyboard = new Keyboard(page);
        await page.GotoAsync("/console");
        await keyboard.TypeAsync("Account (ORGANIZATION/NAME)", bob.Account);
        await keyboard.TypeAsync("Password", bob.Password);
        await keyboard.TypeAsync("Code of your authenticator, or a recovery code", bob.Code());
        await keyboard.GoAsync("Enter", "/oauth/authorize");
        await keyboard.ToAsync("Allow", "button");
        await keyboard.GoAsync("Space", "/console");

        // The first stop leads past the navigation.
        await keyboard.PressAsync("Tab");
        Assert.Equal(("Skip to the content", "a"), await keyboard.FocusedAsync());
        await keyboard.PressAsync("Enter");
        await keyboard.ToAsync("eval", "a");
        await keyboard.GoAsync("Enter", "/console/spaces/eval");
        await keyboard.ToAsync("Create a PostgreSQL", "a");
        await keyboard.GoAsync("Enter", "/console/spaces/eval/new-postgres");
        await keyboard.TypeAsync("Name", "dossiers");
        await keyboard.TypeAsync("Size", "s2", "select");
        await keyboard.ToAsync("Storage", "input");
        Assert.Equal("Size", await keyboard.BackAsync());
        await keyboard.ToAsync("Deletion protection", "input");
        await keyboard.PressAsync("Space");
        await keyboard.ToAsync("Create", "button");
        const string Database = "/console/spaces/eval/postgres/dossiers";
        await keyboard.GoAsync("Space", Database);
        Assert.Equal("s2 false", await scene.ScalarAsync("select (spec ->> 'size') || ' ' || (spec ->> 'deletionProtection') from platform.resources where name = 'dossiers'"));

        await keyboard.ToAsync("Delete this database", "a");
        await keyboard.GoAsync("Enter", Database + "/delete");
        await keyboard.ToAsync("To delete it, type its name: dossiers", "input");
        await keyboard.PressAsync("d");
        await keyboard.ToAsync("Delete this database", "button");
        await keyboard.GoAsync("Enter", Database + "/delete");
        Assert.Contains("This is not its name", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await keyboard.TypeAsync("To delete it, type its name: dossiers", "dossiers");
        await keyboard.ToAsync("Delete this database", "button");
        await keyboard.GoAsync("Enter", Database);
        Assert.Equal(1L, await scene.ScalarAsync("select count(*) from platform.resources where name = 'dossiers' and deletion_requested_at is not null"));
        await keyboard.ToAsync("Sign out", "button");
        await keyboard.GoAsync("Space", "/console/signed-out");
    }
}
