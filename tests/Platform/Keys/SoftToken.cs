using System.Diagnostics;
using Beffroi.Platform.Keys.Providers;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>
/// A SoftHSM2 token of one test process, reached through p11-kit's remoting as an HSM in a customer's premises would be: <c>p11-kit server</c> holds the
/// module and the token, and this process sees a unix socket alone. Both read their whereabouts from the environment of a process, hence the server.
/// </summary>
internal sealed class SoftToken : IDisposable
{
    public const string Label = "beffroi-test";
    private const string Client = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-hsm-").FullName;
    private Process? _server;

    public SoftToken()
    {
        Directory.CreateDirectory(Tokens);
        File.WriteAllText(Configuration, $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\n");
        File.WriteAllText(PinFile, "1234-5678");
        Add(Label, "1234-5678");
    }

    public string Tokens => _directory + "/tokens";

    public string PinFile => _directory + "/pin";

    public string Configuration => _directory + "/softhsm2.conf";

    public string Socket => _directory + "/socket";

    public static string Module => File.Exists("/usr/lib/softhsm/libsofthsm2.so") ? "/usr/lib/softhsm/libsofthsm2.so" : "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so";

    /// <summary>The token at the other end of the socket.</summary>
    public KeyProviderOptions Remote => new()
    {
        Name = "remote",
        Kind = "pkcs11",
        Module = Client,
        TokenLabel = Label,
        PinFile = PinFile,
        Environment = new Dictionary<string, string> { ["P11_KIT_SERVER_ADDRESS"] = "unix:path=" + Socket },
    };

    /// <summary>The token by its own module, in this process.</summary>
    public KeyProviderOptions Local => Remote with { Name = "hsm", Module = Module, Environment = new Dictionary<string, string> { ["SOFTHSM2_CONF"] = Configuration } };

    /// <summary>Makes a token. The PINs are a test's, and may be on a command line.</summary>
    public void Add(string label, string pin) => Run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "8765-4321", "--pin", pin);

    public void Serve()
    {
        _server = Start("p11-kit", "server", "--foreground", "--name", Socket, "--provider", Module, "pkcs11:");
        for (var i = 0; i < 100 && !File.Exists(Socket); i++)
        {
            Thread.Sleep(20);
        }

        Assert.True(File.Exists(Socket), "p11-kit server does not listen.");
    }

    public void StopServing()
    {
        _server?.Kill(entireProcessTree: true);
        _server?.WaitForExit();
        _server?.Dispose();
        _server = null;
        File.Delete(Socket);
    }

    public void Dispose()
    {
        StopServing();
        Directory.Delete(_directory, recursive: true);
    }

    private void Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SOFTHSM2_CONF"] = Configuration;
        return Process.Start(start)!;
    }
}
