using System.Diagnostics;
using System.Text.Json;
using Beffroi.Infrastructure.Hosting;
using Beffroi.Kernel;
using Beffroi.Testing;

[assembly: AssemblyFixture(typeof(Beffroi.Infrastructure.Tests.HostProcess))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Beffroi.Infrastructure.Tests;

/// <summary>
/// A real beffroi-host of an installation of the tests' own (<c>beffroi-t1</c>), over the machine's incusd, with a pool, a
/// tiny image and everything made by its own verbs; all gone at the end.
/// </summary>
public sealed class HostProcess : IAsyncLifetime
{
    /// <summary>The tests' own installation.</summary>
    public HostProcess()
        : this("beffroi-t1")
    {
    }

    private HostProcess(string name) => Installation = new Installation(name);

    /// <summary>Another one beside it.</summary>
    internal static HostProcess Named(string name) => new(name);

    public const int AgentPort = 17443;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-host-").FullName;
    private readonly IncusDaemon _incus = new();
    private Process? _process;

    public Installation Installation { get; }

    public HostClient Client { get; private set; } = null!;

    public string ImageFingerprint { get; private set; } = "";

    public string VolumesRoot => Installation.State + "/volumes";

    private string Configuration => _directory + "/host.json";

    public async ValueTask InitializeAsync()
    {
        if (Environment.UserName != "root")
        {
            throw new InvalidOperationException("These tests mount volumes and start containers: run them as root.");
        }

        await _incus.EnsureAsync();
        await File.WriteAllTextAsync(Configuration, JsonSerializer.Serialize(
            new HostOptions(Installation.Name, "10.94.0.0/16", AgentPort), HostOptionsJson.Default.HostOptions));
        await VerbAsync("cleanup");
        await VerbAsync("prepare", "--pool-size", "2GiB");
        ImageFingerprint = await ImportAsync("tiny", await TinyImage.BuildAsync(_directory));
        await StartAsync();
        Client = new HostClient(Installation);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await KillAsync();
        if (File.Exists(Configuration))
        {
            await VerbAsync("cleanup");
        }

        await _incus.DisposeAsync();
        foreach (var directory in (string[])[_directory, Installation.State, Installation.Run])
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    public async Task<string> ImportAsync(string kind, (string Metadata, string Rootfs) image) =>
        (await VerbAsync("import-image", "--kind", kind, "--metadata", image.Metadata, "--rootfs", image.Rootfs)).Trim();

    public Task<(string Metadata, string Rootfs)> BuildImageAsync(string note) => TinyImage.BuildAsync(_directory, note);

    /// <summary>Runs one of root's verbs.</summary>
    public Task<string> VerbAsync(params string[] arguments) => Commands.RunAsync(Program, ["--config", Configuration, .. arguments]);

    /// <summary>Starts the serving process and waits until it listens.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["--config", Configuration, "serve"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        })!;
        Log = _process.StandardOutput.ReadToEndAsync();
        var started = Stopwatch.StartNew();
        while (!File.Exists(Installation.HostSocket) || !await AnswersAsync())
        {
            if (_process.HasExited || started.Elapsed > Patience)
            {
                throw new InvalidOperationException("beffroi-host did not start: " + (_process.HasExited ? await Log : "no answer."));
            }

            await Task.Delay(20);
        }
    }

    /// <summary>All that the present process will have printed when it has ended.</summary>
    public Task<string> Log { get; private set; } = Task.FromResult("");

    /// <summary>The number of the present process.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>Runs a program in an instance, as the tests alone may.</summary>
    public Task<string> InAsync(Guid space, Guid instance, string script) => Commands.RunAsync(
        "incus", ["exec", "--project", Installation.ProjectName(space), Installation.InstanceName(instance), "--", "/bin/sh", "-c", script]);

    private static string Program => AppContext.BaseDirectory + "beffroi-host";

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new HostClient(Installation);
            await client.GetInventoryAsync(CancellationToken.None);
            return true;
        }
        catch (InfrastructureException)
        {
            return false;
        }
    }
}
