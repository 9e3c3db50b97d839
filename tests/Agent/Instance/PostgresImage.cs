using System.Diagnostics;
using Beffroi.Agent.Tests.Instance;
using Beffroi.Testing;

[assembly: AssemblyFixture(typeof(PostgresImage))]

namespace Beffroi.Agent.Tests.Instance;

/// <summary>
/// The real image with the real agent, in an Incus project, network and pool of the tests' own. Made when a test first needs it; all gone at the end.
/// The image's packages are kept in the cache for the next run (BEFFROI_IMAGE_CACHE, else /var/cache/beffroi).
/// </summary>
public sealed class PostgresImage : IAsyncDisposable
{
    public const string Gateway = "10.97.0.1";
    public const string Alias = "postgres";
    private const string Name = "beffroi-agent-tests";
    private const string Bridge = "bfr-agt0";
    private readonly IncusDaemon _daemon = new();
    private readonly SemaphoreSlim _once = new(1, 1);
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-image-").FullName;
    private FileStream? _alone;
    private bool _made;

    public static IReadOnlyList<string> InProject { get; } = ["--project", Name];

    /// <summary>Where the host sees an instance's root disk.</summary>
    public static string RootDisk(string instance) => $"/var/lib/incus/storage-pools/{Name}/containers/{Name}_{instance}/rootfs";

    public async Task EnsureAsync()
    {
        await _once.WaitAsync();
        try
        {
            if (!_made)
            {
                _alone = await AloneAsync();
                await _daemon.EnsureAsync();
                await RemoveAsync();
                _made = true;
                await MakeAsync();
            }
        }
        finally
        {
            _once.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_made)
        {
            await RemoveAsync();
        }

        Directory.Delete(_directory, recursive: true);
        await _daemon.DisposeAsync();
        _alone?.Dispose();
        _once.Dispose();
    }

    private static Task<string> IncusAsync(params string[] arguments) => Commands.RunAsync("incus", arguments);

    private static Task<string> HereAsync(params string[] arguments) => Commands.RunAsync("incus", arguments.Concat(InProject));

    // Two runs on one machine would take each other's bridge and instances away: the second waits.
    private static async Task<FileStream> AloneAsync()
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(500))
        {
            try
            {
                return new FileStream("/run/lock/" + Name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.Elapsed < TimeSpan.FromMinutes(10))
            {
                // Another run has it.
            }
        }
    }

    private static string Sources()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(directory.FullName + "/Beffroi.slnx"))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("The sources were not found above the tests: the image is built from them.");
    }

    private async Task MakeAsync()
    {
        var sources = Sources();
        var cache = Environment.GetEnvironmentVariable("BEFFROI_IMAGE_CACHE") is { Length: > 0 } given ? given : "/var/cache/beffroi";
        await Commands.RunAsync(sources + "/eng/publish", [sources + "/src/Agent", _directory + "/agent"]);
        await Commands.RunAsync(sources + "/eng/locked", ["done"]);
        await Commands.RunAsync(
            sources + "/images/build", ["postgres", "--agent", _directory + "/agent/beffroi-agent", "--cache", cache, "--out", _directory + "/image"]);
        await IncusAsync("storage", "create", Name, "dir");
        await IncusAsync(
            "network", "create", Bridge, "ipv4.address=" + Gateway + "/24", "ipv4.nat=false", "ipv4.dhcp=false", "ipv6.address=none", "dns.mode=none",
            "ipv4.firewall=false", "ipv6.firewall=false");
        await IncusAsync("project", "create", Name, "-c", "features.networks=false");
        await HereAsync("profile", "device", "add", "default", "root", "disk", "path=/", "pool=" + Name);
        await HereAsync("profile", "device", "add", "default", "eth0", "nic", "name=eth0", "network=" + Bridge);
        await HereAsync("image", "import", _directory + "/image/metadata.tar", _directory + "/image/rootfs.tar", "--alias", Alias);
    }

    private static async Task RemoveAsync()
    {
        if ((await IncusAsync("project", "list", "--format", "csv", "--columns", "n")).Split('\n').Any(line => line.Split(' ')[0] == Name))
        {
            foreach (var instance in await ListAsync("list", "n"))
            {
                await HereAsync("delete", "--force", instance);
            }

            foreach (var image in await ListAsync("image", "list", "f"))
            {
                await HereAsync("image", "delete", image);
            }

            foreach (var device in (await HereAsync("profile", "device", "list", "default")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                await HereAsync("profile", "device", "remove", "default", device);
            }

            await IncusAsync("project", "delete", Name);
        }

        if (Directory.Exists("/sys/class/net/" + Bridge))
        {
            await IncusAsync("network", "delete", Bridge);
        }

        if ((await IncusAsync("storage", "list", "--format", "csv")).Split('\n').Any(line => line.Split(',')[0] == Name))
        {
            await IncusAsync("storage", "delete", Name);
        }
    }

    private static async Task<string[]> ListAsync(params string[] command) =>
        (await HereAsync([.. command[..^1], "--format", "csv", "--columns", command[^1]])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
