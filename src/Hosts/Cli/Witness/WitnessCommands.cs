using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency;
using Beffroi.Transparency.Witnessing;

namespace Beffroi.Hosts.Cli.Witness;

/// <summary><c>witness</c>: be a witness of others' logs, on any machine, without a Beffroi of one's own.</summary>
internal static class WitnessCommands
{
    private const string KeyFile = "key";

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var state = new Option<string>("--state") { Description = "The folder with the witness's key and memory; back it up, and never run two from copies of it", Required = true, HelpName = "FOLDER" };
        var name = new Option<string>("--name") { Description = "The witness's name, like an address without a scheme, e.g. witness.example/1", Required = true, HelpName = "NAME" };
        var init = new Command("init", "Make a witness's key, and print its public part: who registers the witness needs it") { state, name };
        init.SetAction(result => Init(terminal, result.GetValue(options.Output) == "json", result.GetRequiredValue(state), result.GetRequiredValue(name)));

        var listen = new Option<string>("--listen") { Description = "Address and port to serve HTTP on [127.0.0.1:7580]", DefaultValueFactory = _ => "127.0.0.1:7580", HelpName = "ADDRESS:PORT" };
        var logs = new Option<string[]>("--log") { Description = "The key of a log to watch, or a file with such keys, one a line; may be given several times", Required = true, HelpName = "KEY|FILE" };
        var run = new Command(
            "run",
            "Serve as a witness (C2SP tlog-witness): cosign the checkpoints of the given logs, each only if it continues all that was cosigned before. "
            + "Cosignatures prove themselves, so plain HTTP will do; put a TLS proxy before it where you wish.")
        {
            state, listen, logs,
        };
        run.SetAction((result, token) => RunAsync(
            terminal, result.GetValue(options.Output) == "json", result.GetRequiredValue(state), result.GetRequiredValue(listen), result.GetRequiredValue(logs), token));
        return new Command("witness", "Be a witness: cosign the ledgers of others, so that they can't show different pasts to different people") { init, run };
    }

    private static int Init(Terminal terminal, bool json, string state, string name)
    {
        var file = Path.Combine(state, KeyFile);
        if (File.Exists(file))
        {
            throw new CliException($"There is a witness in {state} already: {Load(state).PublicKey}", ExitCode.Refused);
        }

        NoteSigner signer;
        try
        {
            signer = NoteSigner.Generate(name, NoteAlgorithm.Cosignature);
        }
        catch (ArgumentException e)
        {
            throw new CliException("--name: 1 to 255 characters without spaces and plus signs.", ExitCode.Usage, e);
        }

        using (signer)
        {
            PrivateFiles.EnsureDirectory(state);
            var seed = signer.Export();
            PrivateFiles.Write(file, name + "\n" + Convert.ToBase64String(seed) + "\n");
            CryptographicOperations.ZeroMemory(seed);
            return terminal.Tell(json, new JsonObject { ["key"] = signer.PublicKey.ToString() }, signer.PublicKey.ToString());
        }
    }

    private static async Task<int> RunAsync(Terminal terminal, bool json, string state, string listen, string[] logs, CancellationToken cancellationToken)
    {
        if (!IPEndPoint.TryParse(listen, out var address) || address.Port == 0)
        {
            throw new CliException("--listen: an address and a port, such as 127.0.0.1:7580 or [::]:7580.", ExitCode.Usage);
        }

        var keys = logs.SelectMany(Keys).ToList();
        using var signer = Load(state);
        WitnessFolder folder;
        try
        {
            folder = new WitnessFolder(state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{state} can't be used, perhaps another witness runs from it: {e.Message}", ExitCode.Failed, e);
        }

        using (folder)
        using (var witness = new Transparency.Witnessing.Witness(signer, keys, folder, TimeProvider.System))
        {
            terminal.Confirm(
                json,
                new JsonObject { ["key"] = signer.PublicKey.ToString(), ["logs"] = keys.Count, ["url"] = $"http://{address}/" },
                string.Create(CultureInfo.InvariantCulture, $"Witness {signer.PublicKey} watches {keys.Count} logs at http://{address}/; stop it with Ctrl-C."));
            await WitnessListener.RunAsync(witness, address, terminal, cancellationToken);
        }

        return ExitCode.Ok;
    }

    private static IEnumerable<NoteKey> Keys(string text)
    {
        var lines = NoteKey.Parse(text) is null && File.Exists(text) ? File.ReadAllLines(text) : [text];
        return lines.Select(l => l.Trim()).Where(l => l is not "" && !l.StartsWith('#')).Select(line =>
            NoteKey.Parse(line) is { Algorithm: NoteAlgorithm.Ed25519 } key ? key : throw new CliException($"--log: {line} is no key of a log (NAME+ID+BASE64).", ExitCode.Usage));
    }

    private static NoteSigner Load(string state)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(state, KeyFile));
            var seed = Convert.FromBase64String(lines[1]);
            var signer = NoteSigner.Import(lines[0], NoteAlgorithm.Cosignature, seed);
            CryptographicOperations.ZeroMemory(seed);
            return signer;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"There is no witness in {state}: make one with `beffroi witness init`. ({e.Message})", ExitCode.NotFound, e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IndexOutOfRangeException)
        {
            throw new CliException($"The witness's key in {state} is damaged.", ExitCode.Failed, e);
        }
    }
}
