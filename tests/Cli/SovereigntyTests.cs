using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Cli.Tests;

/// <summary>The register at the command line: what is asked and sent, and how an answer reads.</summary>
public sealed class SovereigntyTests : IAsyncLifetime
{
    private static readonly LocalText Why = new("Parts\e[31m break.", "Les pièces cassent.");
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task A_simulation_reads_as_a_table_with_the_chain_and_what_is_not_known()
    {
        var simulation = new Simulation(
            ["maker"], ["US"], new DateOnly(2026, 11, 27),
            [
                new("keys", "beffroi-service", "Keys", "at-expiry", new DateOnly(2027, 1, 31), Why, ["maker", "contract", "keys"]),
                new("ledger", "beffroi-service", "Ledger", "never", null, new LocalText("Nothing stops.", "Rien."), []),
            ],
            [new("contract", "licence", "Support", "at-expiry", new DateOnly(2027, 1, 31), Why, ["maker", "contract"])],
            [new("tool", "software", "Tool", "never", null, new LocalText("Free.", "Libre."), [])],
            ["somebody"], [new LocalText("No hardware.", "Aucun matériel.")]);
        _api.OnJson("GET /v1/sovereignty/simulation", simulation, WireJson.Default.Simulation);
        var run = await _cli.RunAsync("sovereignty", "simulate", "--supplier", "maker", "--supplier", "other", "--country", "US");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("GET /v1/sovereignty/simulation?supplier=maker%2Cother&country=US", _api.Requests);
        Assert.Equal(
            """
            If these stopped on 2026-11-27: maker

            SERVICE  STOPS                                 THROUGH           BECAUSE
            keys     at the next expiry, after 2027-01-31  maker > contract  Parts [31m break.
            ledger   never                                 -                 -

            WHAT ELSE STOPS  STOPS                                 THROUGH  BECAUSE
            contract         at the next expiry, after 2027-01-31  maker    Parts [31m break.

            1 of what they supply goes on without them (--all lists it, with why).
            Under which law these suppliers are is not known, so this says nothing of them: somebody
            No hardware.

            """, run.Output);
        Assert.Contains("tool", (await _cli.RunAsync("sovereignty", "simulate", "--supplier", "maker", "--all")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_operator_enters_is_sent_as_it_was_said()
    {
        var entry = new RegisterEntry("racks", "hardware", "Racks", "operator", "at-failure", Why, [new CarriedEntry("software:host-system")], Supplier: "maker");
        _api.OnJson("PUT /operator/v1/sovereignty/entries/racks", entry, WireJson.Default.RegisterEntry);
        var hosting = Path.Combine(_cli.Configuration, "hosting.json");
        await File.WriteAllTextAsync(hosting, """{ "role": { "en": "Site", "fr": "Site" }, "activities": [1], "access": ["US"] }""", TestContext.Current.CancellationToken);
        var run = await _cli.RunAsync(
            "--context", "admin", "sovereignty", "set", "racks", "--kind", "hardware", "--name", "Racks", "--stops", "at-failure", "--reason", "Parts", "--supplier", "maker", "--expires", "2027-01-31",
            "--carries", "software:host-system", "--carries", "postgres:at-failure", "--hosting", hosting);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("stops at the next failure", run.Output, StringComparison.Ordinal);
        var sent = JsonSerializer.Deserialize(Assert.Single(_api.Bodies), WireJson.Default.PutRegisterEntry)!;
        Assert.Equal(("hardware", "Racks", "at-failure", "maker", new DateOnly(2027, 1, 31)), (sent.Kind, sent.Name, sent.Stops, sent.Supplier, sent.Expires));
        Assert.Equal(new LocalText("Parts", "Parts"), sent.Reason);
        Assert.Equal([new CarriedEntry("software:host-system"), new CarriedEntry("postgres", "at-failure")], sent.Carries);
        Assert.Equal(["US"], sent.Hosting!.Access);
    }

    /// <summary>One that is stated and contradicted, and one that isn't stated.</summary>
    internal static IReadOnlyList<SovereigntyObjective> Objectives() =>
    [
        new(
            "SOV-5", new("Supply chain", "Chaîne"), 20, new StatedLevel(4, new("All\e[31m ours.", "Tout."), "operator:olga", new DateTimeOffset(2026, 12, 3, 9, 0, 0, TimeSpan.Zero)),
            [new LevelDoubt("seal-suppliers", new("With SEAL-4, none.", "x"), new("Framework", "x"), new("Without them, updates stop.", "x"))],
            [new LevelDoubt("seal-other", new("From SEAL-3 on.", "x"), new("Framework", "x"), new("Nobody told.", "x"))],
            [new SovereigntyFact("register", new("Suppliers: US 12.", "x"), new DateTimeOffset(2026, 12, 1, 9, 0, 0, TimeSpan.Zero)), new SovereigntyFact("platform", new("Keys: software.", "x"))]),
        new("SOV-8", new("Environment", "Environnement"), 5, null, [], [], []),
    ];

    [Fact]
    public async Task The_sheet_has_every_objective_with_what_contradicts_its_level_and_a_total_only_where_all_are_stated()
    {
        var sheet = new SovereigntySheet("local", DateTimeOffset.UnixEpoch, Objectives(), ["SOV-8"], null, []);
        _api.OnJson("GET /v1/sovereignty/seal", sheet, WireJson.Default.SovereigntySheet);
        var run = await _cli.RunAsync("sovereignty", "seal", "show");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(
            """
            OBJECTIVE  ABOUT         WEIGHT  STATED      CONTRADICTED BY  NOT DECLARED
            SOV-5      Supply chain  20 %    SEAL-4      seal-suppliers   seal-other
            SOV-8      Environment   5 %     not stated  -                -

            No total: the operator has not stated SOV-8.
            The levels are the operator's own word. `beffroi sovereignty seal show SOV-5` has the reasons and what is known.

            """, run.Output);
        _api.OnJson("GET /operator/v1/sovereignty/seal", sheet with { NotStated = [], Total = new SovereigntyTotal(1.75m, 0, 1) }, WireJson.Default.SovereigntySheet);
        Assert.Contains("Weighted mean 1.75 of 4; the lowest is SEAL-0; contradicted: 1 of 2.", (await _cli.RunAsync("--context", "admin", "sovereignty", "seal", "show")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_objective_has_all_that_stands_behind_it()
    {
        _api.OnJson("GET /v1/sovereignty/seal", new SovereigntySheet("local", DateTimeOffset.UnixEpoch, Objectives(), ["SOV-8"], null, []), WireJson.Default.SovereigntySheet);
        Assert.Equal(
            """
            objective  SOV-5, Supply chain
            weight     20 %
            stated     SEAL-4
            because    All [31m ours.
            stated by  operator:olga, 2026-12-03 09:00:00Z

            Contradicted by:
            - seal-suppliers: Without them, updates stop. With SEAL-4, none. (Framework)

            Nobody declared what it rests on:
            - seal-other: Nobody told. From SEAL-3 on. (Framework)

            What is known:
            - Suppliers: US 12. (register, 2026-12-01)
            - Keys: software. (platform)

            """, (await _cli.RunAsync("sovereignty", "seal", "show", "SOV-5")).Output);
        Assert.Contains("Nothing is known of it but what the operator says.", (await _cli.RunAsync("sovereignty", "seal", "show", "SOV-8")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_level_is_sent_as_it_was_said_and_what_contradicts_it_comes_back()
    {
        _api.OnJson("PUT /operator/v1/sovereignty/seal/SOV-5", Objectives()[0], WireJson.Default.SovereigntyObjective);
        var run = await _cli.RunAsync("--context", "admin", "sovereignty", "seal", "state", "SOV-5", "--level", "4", "--why", "Ours.", "--why-fr", "À nous.");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("Contradicted by:", run.Output, StringComparison.Ordinal);
        Assert.Equal(new PutStatedLevel(4, new LocalText("Ours.", "À nous.")), JsonSerializer.Deserialize(Assert.Single(_api.Bodies), WireJson.Default.PutStatedLevel)!);
    }

    [Fact]
    public async Task An_id_of_any_form_is_one_segment()
    {
        _api.OnJson("GET /v1/sovereignty/entries/debian%3Alibstdc%2B%2B6", new RegisterEntry("debian:libstdc++6", "software", "libstdc++6", "image", "never", Why, []), WireJson.Default.RegisterEntry);
        await _cli.RunAsync("sovereignty", "show", "debian:libstdc++6");
        Assert.Contains(_api.Requests, r => r.StartsWith("GET /v1/sovereignty/entries/debian:libstdc++6", StringComparison.Ordinal) || r.Contains("debian%3Alibstdc%2B%2B6", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Say who stops", "sovereignty", "simulate")]
    [InlineData("use a context of theirs", "sovereignty", "remove", "racks")]
    [InlineData("use a context of theirs", "sovereignty", "set", "racks", "--kind", "hardware", "--name", "x", "--stops", "never", "--reason", "x")]
    [InlineData("at-once", "sovereignty", "set", "racks", "--kind", "hardware", "--name", "x", "--stops", "soon", "--reason", "x")]
    [InlineData("can't be read as somebody's part in hosting", "--context", "admin", "sovereignty", "set", "site", "--kind", "service", "--name", "x", "--stops", "never", "--reason", "x", "--hosting", "/dev/null")]
    [InlineData("use a context of theirs", "sovereignty", "seal", "state", "SOV-5", "--level", "2", "--why", "x")]
    [InlineData("SOV-1", "sovereignty", "seal", "show", "SOV-9")]
    [InlineData("--level", "--context", "admin", "sovereignty", "seal", "state", "SOV-5", "--why", "x")]
    public async Task What_is_wrong_is_said_before_anything_is_asked(string said, params string[] arguments)
    {
        var run = await _cli.RunAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Empty(_api.Requests);
    }
}
