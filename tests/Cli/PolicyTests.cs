using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Policy;

namespace Beffroi.Cli.Tests;

/// <summary>Rules at the command line: what is asked and sent, and how an answer reads.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Then = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
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
    public async Task Every_rule_reads_with_its_outcome_and_why()
    {
        var policy = new SpacePolicy(
            "demo", "records", "local", "health", new SpaceLabel("hospital", ["medical"], Harms: ["health-life"], Personal: true, Health: true), null, null, new DateOnly(2026, 12, 1),
            [
                new("hds-certificate", new("T", "T"), "satisfied", new("It applies: health.", "x"), new("Attested\e[31m.", "x"), Until: new DateOnly(2027, 1, 31)),
                new("own-sites", new("T", "T"), "not-applicable", new("It does not apply.", "x"), null),
            ]);
        _api.OnJson("GET /v1/organizations/demo/spaces/records/policy", policy, WireJson.Default.SpacePolicy);
        var run = await _cli.RunAsync("policy", "explain", "records");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(
            """
            Space           demo/records
            Zone            local
            Classification  health
            Label           controller hospital, secret: medical, a breach harms: health-life, personal, health
            Stated by       nobody: this is what the classification is taken to mean; state one with `beffroi space label`
            On              2026-12-01

            RULE             OUTCOME         UNTIL       WHY
            hds-certificate  satisfied       2027-01-31  It applies: health. Attested [31m.
            own-sites        not-applicable  -           It does not apply.

            """, run.Output);
    }

    [Fact]
    public async Task A_space_is_asked_for_with_what_was_said_of_its_data_and_nothing_is_made_up()
    {
        var space = new Space(Guid.Empty, "demo", "new", "health", "local", "10.93.0.0/24", Then);
        _api.OnJson("PUT /v1/organizations/demo/spaces/new", space, WireJson.Default.Space);
        var label = Path.Combine(_cli.Configuration, "label.json");
        await File.WriteAllTextAsync(label, """{ "controller": "state", "secret": ["business"], "harms": ["ip"] }""", TestContext.Current.CancellationToken);
        foreach (var arguments in (string[][])[["--classification", "internal"], ["--evaluation"], ["--label", label], []])
        {
            Assert.Equal(0, (await _cli.RunAsync(["space", "create", "new", .. arguments])).ExitCode);
        }

        var sent = _api.Bodies.Select(b => JsonSerializer.Deserialize(b, WireJson.Default.PutSpace)!).ToList();
        Assert.Equal([("internal", false), (null, true), (null, false), (null, false)], sent.Select(s => (s.Classification, s.Evaluation)));
        Assert.Equal(("state", "business"), (sent[2].Label!.Controller, sent[2].Label!.Secret!.Single()));
        Assert.Null(sent[3].Label);
    }

    [Fact]
    public async Task A_zone_reads_with_who_attested_what_until_when()
    {
        var zone = new Zone(
            "local",
            new ZoneDeclaration(
                "FR", "Group", false, "vm", [new ZoneSite("north", "FR")], [new ZoneOwner("Fund", true, 19.5m, 10, "Holding")],
                [new ZoneQualification("hds", "Body", "H1", new DateOnly(2026, 1, 1), new DateOnly(2028, 12, 31), [1, 2])],
                [new ForeignLaw("A law", "US", "supplier:microsoft", new DateOnly(2026, 11, 1), new LocalText("Nothing.", "Rien."))]),
            19.5m, 10m, Then);
        _api.OnJson("PUT /operator/v1/zones/local", zone, WireJson.Default.Zone);
        var file = Path.Combine(_cli.Configuration, "zone.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(zone.Declaration, WireJson.Default.ZoneDeclaration), TestContext.Current.CancellationToken);
        var run = await _cli.RunAsync("operator", "zone", "set", "local", file, "--context", "admin");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("hds, activities 1, 2: attested by Body from 2026-01-01 until 2028-12-31, H1", run.Output, StringComparison.Ordinal);
        Assert.Contains("Fund, outside the EU: 19.5 % of the capital, 10 % of the votes of Holding", run.Output, StringComparison.Ordinal);
        Assert.Contains("A law (US), through supplier:microsoft, as of 2026-11-01: Nothing.", run.Output, StringComparison.Ordinal);
        Assert.Equal("Group", JsonSerializer.Deserialize(Assert.Single(_api.Bodies), WireJson.Default.ZoneDeclaration)!.Operator);
    }

    internal static ZoneImage Image { get; } = new("postgres", new string('a', 64), true, 3, Then, "13.2", "17.6-0+deb13u1", "abc", 300);

    internal static ZoneCapacity Capacity { get; } = new(
        "local", [new ZoneHost("h1", "silent", Then, Then.AddDays(-9), 16, 2.5, 64L << 30, 20L << 30, 4L << 40, 1L << 40, 9, 8, 12, new HostVersions("Debian GNU/Linux 13 (trixie)", "6.12.0", "6.0.4", "0.9"))],
        new AllocatedCapacity(12, 40L << 30, 2L << 40, new Dictionary<string, long> { ["postgres"] = 5 }), new PromisedCapacity(64, null, 8L << 40), 3, 7, 256, new ZoneAgents(9, 1, new Dictionary<string, int> { ["0.9"] = 9 }));

    [Fact]
    public async Task Capacity_and_images_read_as_people_plan_with_them()
    {
        _api.OnJson("GET /operator/v1/zones/local/capacity", Capacity, WireJson.Default.ZoneCapacity);
        _api.OnJson("GET /operator/v1/zones/local/images", new Page<ZoneImage>([Image], null), WireJson.Default.PageZoneImage);
        var run = await _cli.RunAsync("operator", "zone", "capacity", "--context", "admin");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"h1 +silent .* 20\.0 GiB +64\.0 GiB +1\.0 TiB +4\.0 TiB +8 of 9 ", run.Output);
        Assert.Matches(@"memory +64\.0 GiB +40\.0 GiB +no limit", run.Output);
        Assert.Contains("3 organizations; 8 of 9 agents heard.", run.Output, StringComparison.Ordinal);
        run = await _cli.RunAsync("operator", "zone", "images", "--context", "admin");
        Assert.Matches(@"postgres +aaaaaaaaaaaa +yes .* 13\.2 +17\.6-0\+deb13u1 +abc +3", run.Output);
    }

    [Fact]
    public async Task A_new_organization_s_owner_is_invited_with_a_code_that_only_this_machine_knows()
    {
        _api.OnJson("PUT /operator/v1/organizations/hospital", new Organization(Guid.Empty, "hospital", Then), WireJson.Default.Organization, 201);
        var run = await _cli.RunAsync("organization", "create", "hospital", "--owner", "alice", "--context", "admin");
        Assert.True(run.ExitCode == 0, run.Error);
        var sent = JsonSerializer.Deserialize(Assert.Single(_api.Bodies), WireJson.Default.PutOrganization)!;
        Assert.Equal(("alice", null), (sent.Owner, sent.OwnerTokenSha256));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(run.Output.Trim()))), sent.OwnerInvitationSha256);
    }

    [Theory]
    [InlineData("Only the operator's people", "operator", "zone", "capacity")]
    [InlineData("Only the operator's people", "organization", "create", "hospital", "--owner", "alice")]
    [InlineData("Only the operator's people", "operator", "zone", "set", "local", "FILE")]
    [InlineData("can't be read as a space's label", "space", "label", "eval", "FILE")]
    [InlineData("can't be read as a space's label", "space", "create", "eval", "--label", "/nowhere")]
    public async Task What_cannot_be_sent_is_said_before_anything_is(string says, params string[] arguments)
    {
        var file = Path.Combine(_cli.Configuration, "file.json");
        await File.WriteAllTextAsync(file, """{ "country": "FR" }""", TestContext.Current.CancellationToken);
        var run = await _cli.RunAsync([.. arguments.Select(a => a == "FILE" ? file : a)]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Empty(_api.Bodies);
    }
}
