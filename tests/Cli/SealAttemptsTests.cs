using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Encryption;

namespace Beffroi.Cli.Tests;

/// <summary>What <c>verify encryption</c> tries while an organization is sealed: against an API and an Incus that keep to the seal, and against ones that don't.</summary>
public sealed class SealAttemptsTests : IAsyncLifetime
{
    private const string One = Samples.Path + "/postgres/dossiers";
    private const string Volumes = "/var/lib/beffroi/volumes";

    private static readonly string[] Asked =
        ["GET " + One + "/credentials", "PUT " + One, "POST " + One + "/restart", "POST " + One + "/restores", "POST /v1/organizations/demo/key/rotate"];

    private static readonly ProblemDocument IsSealed = new("urn:beffroi:problem:organization-sealed", "The organization is sealed", 409, "Sealed by alice.", null, null);

    private readonly string _authority = Path.GetTempFileName();
    private readonly List<(string What, string Observed, bool Passed)> _noted = [];
    private readonly List<string> _incus = [];
    private FakeApi _api = null!;
    private ApiClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        await File.WriteAllTextAsync(_authority, _api.AuthorityPem);
        _client = new ApiClient(new Uri(_api.Address), _authority, FakeApi.Token);
        _api.OnJson("GET " + One, Samples.Postgres(), WireJson.Default.ResourcePostgresSpecPostgresStatus);
        foreach (var request in Asked)
        {
            _api.OnProblem(request, IsSealed);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _api.DisposeAsync();
        File.Delete(_authority);
    }

    [Fact]
    public async Task Starts_restores_and_reads_of_the_api_are_each_tried_and_listed_and_the_seal_has_to_be_why_they_are_refused()
    {
        await Attempts().AskAsync("dossiers", CancellationToken.None);
        Assert.Equal(Asked.Order(), _api.Requests.Where(r => r != "GET " + One).Order());
        Assert.Equal(Asked.Length, _noted.Count);
        Assert.All(_noted, n => Assert.Equal((true, "refused: The organization is sealed"), (n.Passed, n.Observed)));
        Assert.Contains(_api.Bodies, b => b.Contains("restored-while-sealed", StringComparison.Ordinal));

        _noted.Clear();
        _api.OnJson("POST " + One + "/restores", Samples.Postgres("restored-while-sealed"), WireJson.Default.ResourcePostgresSpecPostgresStatus, 201);
        _api.OnProblem("POST " + One + "/restart", new("urn:beffroi:problem:stopped", "The PostgreSQL is stopped", 409, "Start it first.", null, null));
        await Attempts().AskAsync("dossiers", CancellationToken.None);
        Assert.Equal(
            [("the restart of a database, of the API", "refused: The PostgreSQL is stopped"), ("a restore of a database to a new one, of the API", "given")],
            _noted.Where(n => !n.Passed).Select(n => (n.What, n.Observed)));
    }

    [Fact]
    public async Task Root_starts_and_reads_nothing_by_incus()
    {
        await Attempts().ForceAsync(CancellationToken.None);
        await Attempts().ReadAsync(CancellationToken.None);
        Assert.Equal([("start 2 instances by Incus, past the platform, as root", "none starts", true), ("read 2 volumes of 2 instances by Incus, past the platform, as root", "no file is given", true)], _noted);
        Assert.Equal(["i-1/data", "i-2/data"], _incus.Where(c => c.StartsWith("file pull --recursive ", StringComparison.Ordinal)).Select(c => c.Split(' ')[3]));
        // A VM that is off gives no file, not even of its image.
        Assert.Contains("file pull i-1/etc/passwd -", _incus);
        Assert.DoesNotContain("file pull i-2/etc/passwd -", _incus);
    }

    [Fact]
    public async Task Root_restores_each_instance_and_each_snapshot_and_none_of_them_starts()
    {
        const string WithoutNetwork = "--device eth0,type=none";
        await Attempts(a => a is ["copy", ..] or ["delete", ..] ? 0 : 1, snapshots: ["before"]).RestoreAsync(CancellationToken.None);
        Assert.Equal(("restore 4 instances and snapshots by Incus, past the platform, as root", "none starts", true), Assert.Single(_noted));
        Assert.Equal(
            new[] { "i-1", "i-1/before", "i-2", "i-2/before" }.SelectMany(source => new[]
            {
                $"copy {source} restored-while-sealed {WithoutNetwork}", "start restored-while-sealed", "delete --force restored-while-sealed",
            }),
            _incus.Where(c => !c.StartsWith("list", StringComparison.Ordinal)));

        // One that starts is told, and goes again; where Incus copies nothing, nothing is shown.
        _noted.Clear();
        await Attempts(_ => 0).RestoreAsync(CancellationToken.None);
        await Attempts(_ => 1).RestoreAsync(CancellationToken.None);
        await Attempts(_ => 1, list: "[]").RestoreAsync(CancellationToken.None);
        await Attempts(_ => 1, error: $"Missing source path \"{Volumes}/i-1/mount/data\" for disk \"data\"").RestoreAsync(CancellationToken.None);
        Assert.Equal(
            [("2 start", false), ("none starts, but 2 can't be copied for another reason: this shows nothing", false), ("none starts", false), ("none starts", true)],
            _noted.Select(n => (n.Observed, n.Passed)));
        Assert.Equal("delete --force restored-while-sealed", _incus[^1]);
    }

    [Fact]
    public async Task What_starts_is_stopped_again_and_what_is_given_is_told_and_not_kept()
    {
        var folders = new List<string>();
        var attempts = Attempts(arguments =>
        {
            if (arguments is ["file", "pull", "--recursive", _, var folder])
            {
                folders.Add(folder);
                File.WriteAllText(Directory.CreateDirectory(folder + "/data/postgresql").FullName + "/PG_VERSION", "17\n");
            }

            return 0;
        });
        await attempts.ForceAsync(CancellationToken.None);
        await attempts.ReadAsync(CancellationToken.None);
        Assert.Equal([("2 start", false), ("2 files are given", false)], _noted.Select(n => (n.Observed, n.Passed)));
        Assert.Equal(["stop --force i-1", "stop --force i-2"], _incus.Where(c => c.StartsWith("stop", StringComparison.Ordinal)));
        Assert.Equal(2, folders.Count);
        Assert.DoesNotContain(folders, Path.Exists);
    }

    [Fact]
    public async Task Where_incus_gives_no_files_at_all_or_has_no_instances_nothing_is_shown()
    {
        await Attempts(_ => 1).ReadAsync(CancellationToken.None);
        await Attempts(_ => 1, list: "[]").ReadAsync(CancellationToken.None);
        await Attempts(_ => 1, list: "[]").ForceAsync(CancellationToken.None);
        Assert.All(_noted, n => Assert.False(n.Passed));
        Assert.Contains("this shows nothing", _noted[0].Observed, StringComparison.Ordinal);
    }

    /// <summary>An Incus with a container and a VM; without <paramref name="answer"/>, one whose instances have lost their volumes.</summary>
    private SealAttempts Attempts(Func<string[], int>? answer = null, string? list = null, string[]? snapshots = null, string error = "") => new(_client, new SpaceName("demo", "eval"), Volumes, (arguments, _) =>
    {
        _incus.Add(string.Join(' ', arguments));
        return Task.FromResult(arguments is ["list", ..]
            ? (0, list ?? JsonSerializer.Serialize(new[] { Instance("i-1", "container", snapshots), Instance("i-2", "virtual-machine", snapshots) }), "")
            : (answer?.Invoke(arguments) ?? (arguments is ["file", "pull", _, "-"] ? 0 : 1), "", error));
    }, (what, _, observed, passed) => _noted.Add((what, observed, passed)));

    private static object Instance(string name, string type, string[]? snapshots) => new
    {
        name,
        type,
        // Null where there are none, as Incus says it.
        snapshots = snapshots?.Select(snapshot => new { name = snapshot }),
        devices = new Dictionary<string, object>
        {
            ["root"] = new { type = "disk", pool = "default", path = "/" },
            ["eth0"] = new { type = "nic", network = "bfr-1" },
            ["data"] = new { type = "disk", source = $"{Volumes}/{name}/mount/data", path = "/data" },
        },
    };
}
