using System.Diagnostics;
using System.Text.Json.Nodes;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Keys;
using Beffroi.Testing;
using Beffroi.Transparency;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>An organization's log on a real beffroid, as the real command line exported it; and its private key, as an operator has it who holds the store and the platform's key.</summary>
public sealed class ExportedLog(PostgresServer postgres) : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("beffroi-test-export-").FullName;
    private NoteSigner _signer = null!;

    /// <summary>Never changed: tests change copies of it.</summary>
    public string Folder => _home + "/export";

    public NoteKey Key => _signer.PublicKey;

    public string Checkpoint => File.ReadAllText(Path.Combine(Folder, TileFolder.CheckpointName));

    public async ValueTask InitializeAsync()
    {
        await using var server = await TestServer.StartAsync(postgres);
        foreach (var name in (string[])["a", "b", "c"])
        {
            (await server.PutAsync(name)).EnsureSuccessStatusCode();
        }

        await server.LedgerIntegratedAsync();
        _signer = await SignerAsync(server);
        var configuration = Directory.CreateDirectory(_home + "/.config/beffroi").FullName;
        await File.WriteAllTextAsync(_home + "/token", "token-of-alice\n");
        await File.WriteAllTextAsync(configuration + "/config.json", new JsonObject
        {
            ["current"] = "demo",
            ["contexts"] = new JsonObject
            {
                ["demo"] = new JsonObject { ["server"] = server.Address(Side.Customer), ["caFile"] = server.CertificateFile, ["tokenFile"] = _home + "/token", ["space"] = "demo/eval" },
            },
        }.ToJsonString());
        foreach (var file in (string[])[_home + "/token", configuration + "/config.json"])
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var (code, _, error) = await RunAsync(_home, "ledger", "export", Folder);
        Assert.True(code == 0, error);
    }

    public ValueTask DisposeAsync()
    {
        _signer.Dispose();
        Directory.Delete(_home, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Signs a checkpoint with the log's own key.</summary>
    public string Sign(string text) => new SignedNote(text, [_signer.Sign(text)]).ToString();

    /// <summary>Runs the command line with this home and no other.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string home, params string[] arguments)
    {
        var start = new ProcessStartInfo(TestedCommand.Program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = home;
        foreach (var name in (string[])["XDG_CONFIG_HOME", "XDG_STATE_HOME", "BEFFROI_INSTALLATION"])
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await error);
    }

    private static async Task<NoteSigner> SignerAsync(TestServer server)
    {
        await using var command = server.Store.CreateCommand("select l.id, l.origin, l.sealed_key from platform.ledger_logs l join platform.organizations o on o.id = l.id where o.name = 'demo'");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        using var secret = await server.Services.GetRequiredService<IOrganizationKeys>().UnwrapAsync(
            Guid.Empty, new KeyContext(reader.GetGuid(0), "ledger-log"), reader.GetFieldValue<byte[]>(2), CancellationToken.None);
        return NoteSigner.Import(reader.GetString(1), NoteAlgorithm.Ed25519, secret.Reveal());
    }
}
