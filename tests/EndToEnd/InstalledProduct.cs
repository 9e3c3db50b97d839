using System.Diagnostics;
using System.Text.Json.Nodes;
using Beffroi.Kernel;

[assembly: AssemblyFixture(typeof(Beffroi.EndToEnd.Tests.InstalledProduct))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Beffroi.EndToEnd.Tests;

/// <summary>
/// The product as a person installs it, by <c>./beffroi up</c>, under another name and with other ports and networks than a real one beside
/// it; at the end it is purged and the machine is looked over for anything left behind.
/// </summary>
public sealed class InstalledProduct : IAsyncLifetime
{
    public const int ApiPort = 18443;
    public const string SpaceRange = "10.94.0.0/16";
    private static readonly string[] Up = ["up", "--api-port", "18443", "--agent-port", "17444", "--space-range", SpaceRange, "--pool-size", "10GiB"];
    private Leftovers _before = null!;

    public Installation Installation { get; } = new("beffroi-e2e");

    /// <summary>What the first <c>up</c> printed.</summary>
    public string UpOutput { get; private set; } = "";

    public static string Sources { get; } = FindSources();

    /// <summary>Whether what takes very long is tried too: <c>./beffroi test --long</c>.</summary>
    public static bool AtLength { get; } = Environment.GetEnvironmentVariable("BEFFROI_LONG") == "1";

    public string Command => "/usr/local/bin/" + Installation.Name;

    public async ValueTask InitializeAsync()
    {
        // What an interrupted run left would fail the last check of this one.
        await RunAsync(Sources + "/beffroi", ["down", "--purge", "--yes"]);
        _before = await Leftovers.FindAsync(Installation);
        Assert.Empty(_before.All);
        var up = await UpAsync();
        Assert.True(up.ExitCode == 0, up.Output + up.Error);
        UpOutput = up.Output;
        // The transcript in the README is made from it.
        await File.WriteAllTextAsync(Sources + "/artifacts/up.txt", up.Output);
    }

    /// <summary>Runs <c>up</c>, as somebody whose files nobody else may read by default.</summary>
    public Task<Outcome> UpAsync() => RunAsync("/bin/sh", ["-c", "umask 077; exec \"$@\"", "sh", Sources + "/beffroi", .. Up], TimeSpan.FromMinutes(25));

    /// <summary>Runs <c>up</c> and kills it (kill -9) as soon as it has said that it is done with a step.</summary>
    public async Task InterruptUpAsync(string step)
    {
        using var process = Process.Start(Starting(Sources + "/beffroi", Up))!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var said = "";
        while (!said.Contains("✓ " + step, StringComparison.Ordinal))
        {
            var line = await process.StandardOutput.ReadLineAsync();
            Assert.True(line is not null, $"`up` ended without {step}: {said}");
            said += line + "\n";
        }

        process.Kill();
        await process.WaitForExitAsync();
        await error;
    }

    /// <summary>Runs the installed command.</summary>
    public Task<Outcome> CliAsync(params string[] arguments) => RunAsync(Command, arguments);

    /// <summary>Runs the installed command, which is told a passphrase.</summary>
    public Task<Outcome> CliWithPassphraseAsync(string passphrase, params string[] arguments) =>
        RunAsync("/bin/sh", ["-c", "printf '%s\\n' \"$0\" | \"$@\"", passphrase, Command, .. arguments]);

    public async Task<Outcome> RunAsync(string program, string[] arguments, TimeSpan? limit = null)
    {
        using var process = Process.Start(Starting(program, arguments))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(limit ?? TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end. {await output}{await error}");
        }

        return new Outcome(process.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        var down = await RunAsync(Sources + "/beffroi", ["down", "--purge", "--yes"]);
        Assert.True(down.ExitCode == 0, down.Output + down.Error);
        var left = await Leftovers.FindAsync(Installation);
        Assert.True(left.All.Count == 0, "down --purge left behind:\n" + string.Join('\n', left.All));
    }

    /// <summary>Changes server.json and has beffroid start anew with it.</summary>
    public async Task ConfigureServerAsync(Action<JsonObject> change)
    {
        var path = Installation.Configuration + "/server.json";
        var server = JsonNode.Parse(await File.ReadAllTextAsync(path))!.AsObject();
        change(server);
        await File.WriteAllTextAsync(path, server.ToJsonString());
        await RunAsync("/usr/bin/sv", ["restart", Installation.State + "/services/server"]);
        await EventuallyAsync("beffroid answers", async () => (await CliAsync("postgres", "list")).ExitCode == 0);
    }

    /// <summary>
    /// Has beffroid killed at each boundary between two steps, in the folder that is its FaultDirectory: before the first, and after each, when it is
    /// done and nobody has noted it yet.
    /// </summary>
    public async Task OrderKillsAsync(string folder, string verb, params string[] steps)
    {
        foreach (var order in steps.Select(step => $"{folder}/{verb}.{step}.after").Prepend($"{folder}/{verb}.{steps[0]}.before"))
        {
            await OrderKillAsync(order);
        }
    }

    /// <summary>Asks for something while kills are ordered: any resource's next pass takes an order, and then nobody answers for a moment.</summary>
    public Task AskAsync(Func<Task<bool>> isTaken, params string[] arguments) =>
        EventuallyAsync(string.Join(' ', arguments) + " is taken", async () => (await CliAsync(arguments)).ExitCode == 0 || await isTaken());

    /// <summary>Has beffroid killed once where this file's name says; it is there at once as a whole, as whoever comes by takes it.</summary>
    public async Task OrderKillAsync(string order)
    {
        var made = Installation.State + "/order";
        await File.WriteAllTextAsync(made, "");
        await Files.OwnAsync(made, Installation.User);
        File.Move(made, order, overwrite: true);
    }

    /// <summary>Asks the platform's store, by its own user: what no customer and no operator can see.</summary>
    public async Task<string> QueryStoreAsync(string sql)
    {
        var server = JsonNode.Parse(await File.ReadAllTextAsync(Installation.Configuration + "/server.json"))!;
        var store = ((string)server["Store"]!).Split(';').Select(part => part.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        var answer = await RunAsync(
            "/usr/bin/setpriv",
            ["--reuid=" + Installation.User, "--regid=" + Installation.User, "--init-groups", "--", "psql", "-XAtq", "-h", store["Host"], "-U", store["Username"], "-d", store["Database"], "-c", sql]);
        Assert.True(answer.ExitCode == 0, answer.Error);
        return answer.Output.Trim();
    }

    /// <summary>The ids of the volumes on the host.</summary>
    public IReadOnlyList<string> Volumes() => [.. Directory.GetDirectories(Installation.State + "/volumes").Select(d => Path.GetFileName(d)!)];

    /// <summary>Waits for something that the product brings about by itself.</summary>
    public static async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var deadline = DateTime.UtcNow.AddMinutes(4);
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not come about: " + what);
            await Task.Delay(300);
        }
    }

    private ProcessStartInfo Starting(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["BEFFROI_INSTALLATION"] = Installation.Name;
        // Kept between runs, as building an image takes minutes and its content is checked elsewhere.
        start.Environment["BEFFROI_IMAGE_CACHE"] = Sources + "/artifacts/image-cache";
        start.Environment["BEFFROI_DELETION_GRACE_HOURS"] = "0";
        start.Environment.Remove("XDG_CONFIG_HOME");
        start.Environment.Remove("XDG_STATE_HOME");
        return start;
    }

    private static string FindSources()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(directory + "/Beffroi.slnx"))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run outside of the checkout.");
        }

        return directory;
    }
}

/// <summary>How a program ended.</summary>
public sealed record Outcome(int ExitCode, string Output, string Error);
