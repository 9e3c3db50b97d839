using System.Globalization;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>Debian's Chromium, one for all tests. Its profile and whatever else it writes are in a folder of its own, and gone with it.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";

    // One font everywhere: what fits on one machine fits on another, and pictures are the same.
    private const string Fonts = """
        <?xml version="1.0"?>
        <!DOCTYPE fontconfig SYSTEM "fonts.dtd">
        <fontconfig>
          <dir>/usr/share/fonts</dir>
          <cachedir>FOLDER/fonts</cachedir>
          <match target="pattern"><test name="family"><string>monospace</string></test><edit name="family" mode="assign" binding="same"><string>Liberation Mono</string></edit></match>
          <match target="pattern"><edit name="family" mode="append_last" binding="weak"><string>Open Sans</string></edit></match>
        </fontconfig>
        """;

    // A browser gives its requests up when an interface of its machine comes or goes, and instances come and go with theirs. So it has a network of its own with one port in it, which leads
    // to the real one; what carries it ends with the browser, whose process this becomes.
    private const string Wrapper = """
        #!/bin/sh
        setpriv --pdeathsig KILL socat UNIX-LISTEN:FOLDER/port,fork TCP:localhost:PORT &
        exec unshare --net sh -c 'ip link set lo up
        setpriv --pdeathsig KILL socat TCP-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:FOLDER/port &
        exec PROGRAM "$@"' sh "$@"
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("beffroi-test-browser-").FullName;
    private int? _only;
    private IPlaywright _driver = null!;

    /// <summary>One that reaches a single port of this machine, whatever happens to its networks.</summary>
    internal static Chromium Reaching(int port) => new() { _only = port };

    private IBrowser Browser { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var needed in (string[])[Program, "/usr/share/fonts/truetype/open-sans", "/usr/share/fonts/truetype/liberation"])
        {
            Assert.True(Path.Exists(needed), $"There is no {needed}: run eng/packages install test.");
        }

        await File.WriteAllTextAsync(_folder + "/fonts.conf", Fonts.Replace("FOLDER", _folder, StringComparison.Ordinal));
        // The driver makes the profile, and takes its place from its environment.
        var before = Environment.GetEnvironmentVariable("TMPDIR");
        Environment.SetEnvironmentVariable("TMPDIR", _folder);
        _driver = await Playwright.CreateAsync();
        Environment.SetEnvironmentVariable("TMPDIR", before);
        Browser = await _driver.Chromium.LaunchAsync(new()
        {
            ExecutablePath = _only is { } port ? await WrapAsync(port) : Program,
            Args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu"],
            Env = new Dictionary<string, string> { ["FONTCONFIG_FILE"] = _folder + "/fonts.conf", ["HOME"] = _folder, ["TMPDIR"] = _folder, ["PATH"] = "/usr/bin:/bin" },
        });
    }

    /// <summary>A browser of nobody's. Its limits are for a machine that is busy with other tests.</summary>
    public async Task<IBrowserContext> ContextAsync(BrowserNewContextOptions? options = null)
    {
        var context = await Browser.NewContextAsync(options);
        context.SetDefaultTimeout(120_000);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null)
        {
            await Browser.CloseAsync();
        }

        _driver?.Dispose();
        for (var i = 0; i < 100 && Left().Any(); i++)
        {
            await Task.Delay(50);
        }

        var left = Left().ToList();
        Directory.Delete(_folder, recursive: true);
        Assert.True(left.Count == 0, "These processes of the browser's are left: " + string.Join(", ", left));
    }

    private async Task<string> WrapAsync(int port)
    {
        var path = _folder + "/chromium";
        var script = Wrapper.Replace("FOLDER", _folder, StringComparison.Ordinal).Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("PROGRAM", Program, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    // By the profile's folder, which its processes are told.
    private IEnumerable<string> Left() => Directory.EnumerateDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)).Where(process =>
    {
        try
        {
            return File.ReadAllText(process + "/cmdline").Contains(_folder, StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });
}
