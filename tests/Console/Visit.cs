using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>A page to look at.</summary>
/// <param name="Name">Of it, in what is told.</param>
/// <param name="Route">As the console maps it; empty for one of another route's.</param>
/// <param name="Path">Where to go.</param>
/// <param name="Status">What the page is answered with.</param>
/// <param name="Then">What to do there, after which the page to look at is shown: with the language.</param>
internal sealed record Visit(string Name, string Route, string Path, int Status = 200, Func<IPage, string, Task<IResponse?>>? Then = null)
{
    private const string Database = "/console/spaces/{space}/postgres/{name}", Dossiers = "/console/spaces/eval/postgres/dossiers";
    private const string Member = "/console/members/{member}", Account = "/console/service-accounts/{account}", Group = "/console/groups/{group}", Role = "/console/roles/{role}";
    private const string Identity = "/console/identity-providers/{provider}";
    private const string Review = "/console/access-reviews/{review}", Reviewing = "/console/access-reviews/" + Scene.Reviewing;

    /// <summary>Those of someone who may do everything.</summary>
    public static IReadOnlyList<Visit> Owner { get; } =
    [
        new("overview", "/console", "/console"),
        new("space", "/console/spaces/{space}", "/console/spaces/eval"),
        new("space-empty", "", "/console/spaces/training"),
        new("database", Database, Dossiers),
        new("database-degraded", "", "/console/spaces/eval/postgres/imaging"),
        new("database-creating", "", "/console/spaces/eval/postgres/laboratory"),
        new("database-deleting", "", "/console/spaces/eval/postgres/archive"),
        new("create", "/console/spaces/{space}/new-postgres", "/console/spaces/eval/new-postgres"),
        new("create-command", "", "/console/spaces/eval/new-postgres?name=reports&size=s8&storage=100GiB&availability=ha&retentionDays=30&protected=on"),
        new("create-refused", "", "/console/spaces/eval/new-postgres", 422, (page, _) => SendAsync(page, "main button:not([name])", ("#name", "Not a name"), ("#storage", "much"), ("#retention", "0"))),
        new("change", Database + "/change", Dossiers + "/change"),
        new("change-command", "", Dossiers + "/change?generation=1&size=s8&storage=100GiB&availability=ha&retentionDays=30&protected=on"),
        new("change-refused", "", Dossiers + "/change", 422, (page, _) => SendAsync(page, "main button:not([name])", ("#parameters", "fsync = off\nwork_mem = 1TB"))),
        new("roles", Database + "/roles", Dossiers + "/roles?role=reporting"),
        new("roles-refused", "", Dossiers + "/roles", 422, (page, _) => SendAsync(page, "main form:has(#name) button", ("#name", "Not a name"), ("#connection-limit", "0"), ("#member-of", "postgres"))),
        new("databases-refused", "", Dossiers + "/roles", 422, (page, _) => SendAsync(page, "main form:has(#database) button", ("#database", "Not a name"))),
        new("role-remove", Database + "/roles/{role}/remove", Dossiers + "/roles/reporting/remove"),
        new("role-remove-refused", "", Dossiers + "/roles/reporting/remove", 422, (page, _) => SendAsync(page, "main button", ("#name", "else"))),
        new("password-rotate", Database + "/roles/{role}/rotate-password", Dossiers + "/roles/app/rotate-password"),
        new("delete-protected", Database + "/delete", Dossiers + "/delete"),
        new("delete", "", "/console/spaces/eval/postgres/scratch/delete"),
        new("delete-refused", "", "/console/spaces/eval/postgres/scratch/delete", 422, (page, _) => SendAsync(page, "main button", ("#name", "dossiers"))),
        new("backups", Database + "/backups", Dossiers + "/backups"),
        new("backups-empty", "", "/console/spaces/eval/postgres/scratch/backups"),
        new("restore-refused", "", Dossiers + "/backups", 422, (page, _) => SendAsync(page, "main form:has(#to) button", ("#to", "second"), ("#at", "yesterday"))),
        new("metrics", Database + "/metrics", Dossiers + "/metrics"),
        new("metrics-month", "", Dossiers + "/metrics?range=30d"),
        new("metrics-one", "", Dossiers + "/metrics?range=24h&chart=connections"),
        new("metrics-refused", "", Dossiers + "/metrics?from=yesterday&chart=cpu", 400),
        new("metrics-silent", "", "/console/spaces/eval/postgres/scratch/metrics"),
        new("usage", "/console/usage", "/console/usage"),
        new("usage-month", "", $"/console/usage?month={DateTime.UtcNow.AddMonths(-1):yyyy-MM}"),
        new("usage-nothing", "", "/console/usage?month=2025-01"),
        new("trust", "/console/trust", "/console/trust"),
        new("sovereignty", "/console/trust/sovereignty", "/console/trust/sovereignty"),
        new("approvals", "/console/approvals", "/console/approvals"),
        new("lockbox", "/console/lockbox", "/console/lockbox"),
        new("lockbox-waiting", "/console/lockbox/{id}", "/console/lockbox/" + Scene.Waiting),
        new("lockbox-open", "", "/console/lockbox/" + Scene.Open),
        new("lockbox-keys", "/console/lockbox/keys", "/console/lockbox/keys"),
        new("lockbox-shown", "/console/lockbox/{id}/accesses/{access}", "/console/lockbox/" + Scene.Open + "/accesses/" + Scene.Shown),
        new("ledger", "/console/ledger", "/console/ledger"),
        new("ledger-entry", "/console/ledger/{number}", "/console/ledger/1"),
        new("ledger-entry-none", "", "/console/ledger/none", 404),
        new("ledger-search", "", "/console/ledger?action=postgres.create&since=2026-01-01"),
        new("ledger-search-refused", "", "/console/ledger?since=yesterday", 400),
        new("ledger-search-nothing", "", "/console/ledger?action=no.such"),
        new("alerts", "/console/alerts", "/console/alerts"),
        new("alert-receiver-refused", "", "/console/alerts", 422, (page, _) => SendAsync(page, "main form button", ("#name", "Not a name"), ("#url", "http://x"), ("#email", "nobody"))),
        new("alert-receiver", "/console/alerts/{receiver}", "/console/alerts/on-call"),
        new("alert-receiver-rotate", "/console/alerts/{receiver}/rotate-secret", "/console/alerts/on-call/rotate-secret"),
        new("alert-receiver-delete", "/console/alerts/{receiver}/delete", "/console/alerts/on-call/delete"),
        new("label", "/console/spaces/{space}/label", "/console/spaces/eval/label"),
        new("label-refused", "", "/console/spaces/eval/label", 422, async (page, _) =>
        {
            await page.CheckAsync("#snds");
            return await SendAsync(page, "main button");
        }),
        new("policy", "/console/policy", "/console/policy"),
        new("limits-refused", "", "/console/policy", 422, (page, _) => SendAsync(page, "main form:has(#countries) button", ("#countries", "Atlantis"))),
        new("derogation-refused", "", "/console/policy", 422, (page, _) => SendAsync(page, "main form:has(#expires) button", ("#name", "x"), ("#space", "Not a name"), ("#authority", "x"), ("#reference", "x"), ("#publication", "x"), ("#expires", "2020-01-01"))),
        new("derogation-exists", "", "/console/policy", 409, (page, _) => SendAsync(page, "main form:has(#expires) button", ("#name", "archive-2026"), ("#space", "archive"), ("#authority", "x"), ("#reference", "x"), ("#publication", "x"), ("#expires", "2099-01-01"))),
        new("derogation", "/console/policy/derogations/{derogation}", "/console/policy/derogations/archive-2026"),
        new("safeguards", "/console/safeguards", "/console/safeguards"),
        new("safeguards-refused", "", "/console/safeguards", 422, (page, _) => SendAsync(page, "main button", ("#grace", "long"))),
        new("members", "/console/members", "/console/members"),
        new("member-exists", "", "/console/members", 409, (page, _) => SendAsync(page, "main button", ("#name", "dave"))),
        new("code", "/console/shown/{id}", "/console/members", 200, (page, language) => SendAsync(page, "main button", ("#name", "new-" + language))),
        new("member", Member, "/console/members/dave"),
        new("reset", Member + "/reset", "/console/members/dave/reset"),
        new("remove", Member + "/remove", "/console/members/dave/remove"),
        new("remove-refused", "", "/console/members/dave/remove", 422, (page, _) => SendAsync(page, "main button", ("#name", "bob"))),
        new("service-accounts", "/console/service-accounts", "/console/service-accounts"),
        new("service-account-refused", "", "/console/service-accounts", 422, (page, _) => SendAsync(page, "main button", ("#name", "Not a name"))),
        new("service-account-exists", "", "/console/service-accounts", 409, (page, _) => SendAsync(page, "main button", ("#name", "nightly"))),
        new("service-account", Account, "/console/service-accounts/nightly"),
        new("service-account-grant-refused", "", "/console/service-accounts/nightly", 422, (page, _) => SendAsync(page, "main form:has(#space) button", ("#space", "nowhere"))),
        new("service-account-keys-refused", "", "/console/service-accounts/nightly", 422, (page, _) => SendAsync(page, "main form:has(#keys) button", ("#keys", "no key"))),
        new("service-account-private-key", "", "/console/service-accounts/nightly", 422, (page, _) => SendAsync(page, "main form:has(#keys) button", ("#keys", "-----BEGIN PRIVATE KEY-----"))),
        new("service-account-remove", Account + "/remove", "/console/service-accounts/nightly/remove"),
        new("groups", "/console/groups", "/console/groups"),
        new("group-refused", "", "/console/groups", 422, (page, _) => SendAsync(page, "main button", ("#name", "ops"), ("#members", "nobody"))),
        new("group-exists", "", "/console/groups", 409, (page, _) => SendAsync(page, "main button", ("#name", "dba"))),
        new("group", Group, "/console/groups/dba"),
        new("group-add-refused", "", "/console/groups/dba", 422, (page, _) => SendAsync(page, "main form:has(#members) button", ("#members", "nobody"))),
        new("group-remove", Group + "/remove", "/console/groups/dba/remove"),
        new("access-roles", "/console/roles", "/console/roles"),
        new("access-role-new", "/console/new-role", "/console/new-role"),
        new("access-role-refused", "", "/console/new-role", 422, (page, _) => SendAsync(page, "main button", ("#name", "owner"))),
        new("access-role-exists", "", "/console/new-role", 409, (page, _) => SendAsync(page, "main button", ("#name", "lookout"))),
        new("access-role", Role, "/console/roles/lookout"),
        new("access-role-built-in", "", "/console/roles/administrator"),
        new("access-role-remove", Role + "/remove", "/console/roles/lookout/remove"),
        new("access-role-in-use", "", "/console/roles/lookout/remove", 409, (page, _) => SendAsync(page, "main button", ("#name", "lookout"))),
        new("reviews", "/console/access-reviews", "/console/access-reviews"),
        new("review", Review, Reviewing),
        new("review-closed", "", "/console/access-reviews/" + Scene.Reviewed),
        new("review-account", Review + "/accounts/{account}", Reviewing + "/accounts/dave"),
        new("review-account-refused", "", Reviewing + "/accounts/dave", 422, async (page, _) =>
        {
            await page.CheckAsync("#decision-withdraw");
            return await SendAsync(page, "main button");
        }),
        new("review-account-decided", "", Reviewing + "/accounts/erin"),
        new("review-close", Review + "/close", Reviewing + "/close"),
        new("review-close-refused", "", Reviewing + "/close", 409, (page, _) => SendAsync(page, "main button")),
        new("review-cancel", Review + "/cancel", Reviewing + "/cancel"),
        new("identity-providers", "/console/identity-providers", "/console/identity-providers"),
        new("identity-provider-refused", "", "/console/identity-providers", 422, (page, _) => SendAsync(page, "main form button", ("#name", "Not a name"), ("#issuer", "http://x"), ("#client", "é"), ("#secret", "é"), ("#acr", "é"))),
        new("identity-provider-exists", "", "/console/identity-providers", 409, (page, _) => SendAsync(page, "main form button", ("#name", "hospital"), ("#issuer", "https://x.example"), ("#client", "x"), ("#secret", "x"))),
        new("identity-provider", Identity, "/console/identity-providers/hospital"),
        new("identity-provider-remove", Identity + "/remove", "/console/identity-providers/hospital/remove"),
        new("tokens", "/console/tokens", "/console/tokens"),
        new("token-new", Account + "/new-token", "/console/service-accounts/nightly/new-token"),
        new("token-refused", "", "/console/service-accounts/nightly/new-token", 422, (page, _) => SendAsync(page, "main button:not([name])", ("#name", "Not a name"), ("#days", "0"))),
        new("token", "", "/console/service-accounts/reports/new-token", 200, (page, language) => SendAsync(page, "main button:not([name])", ("#name", "token-" + language), ("#days", "30"))),
        new("revoke-own", "/console/tokens/{token}/revoke", "/console/tokens/laptop/revoke"),
        new("revoke-account", Account + "/tokens/{token}/revoke", "/console/service-accounts/nightly/tokens/laptop/revoke"),
        new("revoke-member", Member + "/tokens/{token}/revoke", "/console/members/dave/tokens/laptop/revoke"),
        new("key", "/console/key", "/console/key"),
        new("rotate", "/console/key/rotate", "/console/key/rotate"),
        new("seal", "/console/key/seal", "/console/key/seal"),
        new("seal-refused", "", "/console/key/seal", 422, (page, _) => SendAsync(page, "main button", ("#name", "else"))),
        new("seal-waits", "", "/console/key/seal", 409, (page, _) => SendAsync(page, "main button", ("#name", "demo"))),
        new("unseal", "/console/key/unseal", "/console/key/unseal"),
        new("not-found", "/console/{**rest}", "/console/no/such/page", 404),
        new("not-there", "", "/console/spaces/none", 404),
    ];

    /// <summary>Those of someone who was invited and has no role yet.</summary>
    public static IReadOnlyList<Visit> Newcomer { get; } =
    [
        new("tokens-none", "", "/console/tokens"),
        new("forbidden", "", "/console/members", 403),
        new("forbidden-reviews", "", "/console/access-reviews", 403),
        new("forbidden-usage", "", "/console/usage", 403),
    ];

    /// <summary>Those of the owner of an organization that has nothing yet.</summary>
    public static IReadOnlyList<Visit> NewOrganization { get; } =
    [
        new("overview-empty", "", "/console"),
        new("usage-empty", "", "/console/usage"),
        new("approvals-empty", "", "/console/approvals"),
        new("lockbox-empty", "", "/console/lockbox"),
        new("lockbox-keys-empty", "", "/console/lockbox/keys"),
        new("groups-empty", "", "/console/groups"),
        new("access-roles-empty", "", "/console/roles"),
        new("service-accounts-empty", "", "/console/service-accounts"),
        new("reviews-empty", "", "/console/access-reviews"),
        new("identity-providers-empty", "", "/console/identity-providers"),
        new("tokens-empty", "", "/console/tokens"),
    ];

    /// <summary>Those of nobody.</summary>
    public static IReadOnlyList<Visit> Nobody { get; } =
    [
        new("signed-out", "/console/signed-out", "/console/signed-out"),
        new("sign-in-failed", "/console/callback", "/console/callback", 400),
        new("not-found-signed-out", "", "/console/no/such/page", 404),
        new("sign-in-at-address", "", "/sign-in"),
        new("passkeys-signed-out", "", "/passkeys"),
        new("password-signed-out", "", "/password"),
        new("provider", "", "/sign-in/provider?organization=demo"),
        new("provider-nowhere", "", "/sign-in/provider", 403, (page, _) => SendAsync(page, "main button", ("#organization", "nobody"))),
        new("provider-came-to-nothing", "", "/sign-in/provider/callback?state=x", 403),
        new("providers-signed-out", "", "/sign-in/providers"),
        new("enrol", "", "/enrol"),
        new("device", "", "/device"),
    ];

    public static IEnumerable<Visit> All => [.. Owner, .. Newcomer, .. NewOrganization, .. Nobody];

    /// <summary>What is mapped and isn't a page, on either side: the style sheet, the icon, and what only leads on.</summary>
    public static IReadOnlyList<string> NoPages { get; } = ["/console/console.css", "/console/icon.svg", "/console/sign-in", "/console/language"];

    /// <summary>The same of the customer's side alone: scripts and what they read.</summary>
    public static IReadOnlyList<string> Scripts { get; } = ["/console/scripts/{digest}/{file}", "/console/ledger/log/{**path}"];

    public async Task GoAsync(IPage page, string language)
    {
        var answer = await page.GotoAsync(Path);
        if (Then is { } then)
        {
            answer = await then(page, language);
        }

        Assert.True(answer?.Status == Status, $"{Name}: {answer?.Status} {await page.Locator("main").InnerTextAsync()}");
    }

    /// <summary>Fills fields in and presses a button.</summary>
    internal static async Task<IResponse?> SendAsync(IPage page, string button, params (string Field, string Value)[] fields)
    {
        foreach (var (field, value) in fields)
        {
            await page.FillAsync(field, value);
        }

        return await page.FollowAsync(() => page.ClickAsync(button));
    }
}
