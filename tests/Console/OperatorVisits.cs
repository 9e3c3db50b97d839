namespace Beffroi.WebConsole.Tests;

/// <summary>The pages of the operator's console to look at; routes are those of that console.</summary>
internal static class OperatorVisits
{
    private const string Person = "/console/people/{person}";

    /// <summary>Those of a platform administrator.</summary>
    public static IReadOnlyList<Visit> Administrator { get; } =
    [
        new("operator-overview", "/console", "/console"),
        new("operator-zones", "/console/zones", "/console/zones"),
        new("operator-zone", "/console/zones/{zone}", "/console/zones/local"),
        new("operator-hosts", "/console/hosts", "/console/hosts"),
        new("operator-images", "/console/images", "/console/images"),
        new("operator-organizations", "/console/organizations", "/console/organizations"),
        new("operator-organization-refused", "", "/console/organizations", 422, (page, _) => Visit.SendAsync(page, "main form button", ("#name", "hospital"), ("#owner", "Not a name"))),
        new("operator-organization-exists", "", "/console/organizations", 409, (page, _) => Visit.SendAsync(page, "main form button", ("#name", "demo"), ("#owner", "alice"))),
        new("operator-organization", "/console/organizations/{organization}", "/console/organizations/demo"),
        new("operator-quota-none", "", "/console/organizations/evil"),
        new("operator-quota-refused", "", "/console/organizations/demo", 422, (page, _) => Visit.SendAsync(page, "main form button", ("#cpus", "many"), ("#memory", "much"), ("#resources", "postgres"))),
        new("operator-owner-code", "/console/shown/{id}", "/console/organizations", 200, (page, language) => Visit.SendAsync(page, "main form button", ("#name", "clinic-" + language), ("#owner", "carla"))),
        new("operator-prices", "/console/prices", "/console/prices"),
        new("operator-prices-refused", "", "/console/prices", 422, (page, _) => Visit.SendAsync(page, "main form button", ("#from", "yesterday"), ("#currency", "euro"), ("#cpu", "much"))),
        new("operator-requests", "/console/lockbox", "/console/lockbox"),
        new("operator-request-waiting", "/console/lockbox/{id}", "/console/lockbox/" + Scene.Waiting),
        new("operator-request-open", "", "/console/lockbox/" + Scene.Open),
        new("operator-people", "/console/people", "/console/people"),
        new("operator-person-exists", "", "/console/people", 409, (page, _) => Visit.SendAsync(page, "main form button", ("#name", "noah"))),
        new("operator-person-refused", "", "/console/people", 422, (page, _) => Visit.SendAsync(page, "main form button", ("#name", "Not a name"))),
        new("operator-person-code", "", "/console/people", 200, (page, language) => Visit.SendAsync(page, "main form button", ("#name", "new-" + language))),
        new("operator-person", Person, "/console/people/ada"),
        new("operator-person-invited", "", "/console/people/noah"),
        new("operator-reset", Person + "/reset", "/console/people/ada/reset"),
        new("operator-remove", Person + "/remove", "/console/people/ada/remove"),
        new("operator-remove-refused", "", "/console/people/ada/remove", 422, (page, _) => Visit.SendAsync(page, "main button", ("#name", "else"))),
        new("operator-ledger", "/console/ledger", "/console/ledger"),
        new("operator-ledger-search", "", "/console/ledger?action=operator.put"),
        new("operator-register", "/console/register", "/console/register"),
        new("operator-sovereignty", "/console/register/sovereignty", "/console/register/sovereignty"),
        new("operator-register-software", "", "/console/register?kind=software"),
        new("operator-register-simulated", "", "/console/register?kind=hardware&supplier=server-maker&country=US"),
        new("operator-register-refused", "", "/console/register?country=nowhere", 400),
        new("operator-not-found", "/console/{**rest}", "/console/spaces/eval", 404),
        new("operator-not-there", "", "/console/organizations/none", 404),
    ];

    /// <summary>Those of someone whose role doesn't show them.</summary>
    public static IReadOnlyList<Visit> Capacity { get; } =
    [
        new("operator-overview-capacity", "", "/console"),
        new("operator-forbidden", "", "/console/people", 403),
    ];

    /// <summary>Those of an installation of which nothing is known yet.</summary>
    public static IReadOnlyList<Visit> New { get; } =
    [
        new("operator-overview-empty", "", "/console"),
        new("operator-zone-empty", "", "/console/zones/local"),
        new("operator-hosts-empty", "", "/console/hosts"),
        new("operator-images-empty", "", "/console/images"),
        new("operator-prices-empty", "", "/console/prices"),
        new("operator-requests-empty", "", "/console/lockbox"),
        new("operator-register-empty", "", "/console/register?kind=hardware"),
        new("operator-sovereignty-empty", "", "/console/register/sovereignty"),
    ];

    /// <summary>Those of nobody.</summary>
    public static IReadOnlyList<Visit> Nobody { get; } =
    [
        new("operator-signed-out", "/console/signed-out", "/console/signed-out"),
        new("operator-sign-in-failed", "/console/callback", "/console/callback", 400),
        new("operator-not-found-signed-out", "", "/console/no/such/page", 404),
        new("operator-sign-in-at-address", "", "/sign-in"),
        new("operator-passkeys-signed-out", "", "/passkeys"),
        new("operator-enrol", "", "/enrol"),
    ];

    public static IEnumerable<Visit> All => [.. Administrator, .. Capacity, .. New, .. Nobody];
}
