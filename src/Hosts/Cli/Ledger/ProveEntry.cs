using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary><c>ledger prove</c>: one entry with the proof that it is in the log, to show to someone who trusts neither side.</summary>
internal static class ProveEntry
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var entry = new Argument<long>("entry") { Description = "Its number, as `tail` and `search` show it", HelpName = "NUMBER" };
        entry.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < 0)
            {
                result.AddError("NUMBER: 0 or more.");
            }
        });
        var file = new Option<string?>("--file") { Description = "Write FILE.tlog-proof and FILE.entry, and print nothing", HelpName = "FILE" };
        return options.Run(
            terminal,
            new Command("prove", "Prove that an entry is in the log: a text (C2SP tlog-proof) that is verified offline with the entry and the log's key") { entry, file },
            async (session, result, token) =>
            {
                var log = ApiLog.Of(session);
                var index = result.GetValue(entry);
                var verified = await LedgerWatch.VerifiedAsync(log, token);
                var size = verified.Checkpoint.Size;
                if (index >= size)
                {
                    throw new CliException(string.Create(CultureInfo.InvariantCulture, $"There is no entry {index}: the last is {size - 1}."), ExitCode.NotFound);
                }

                var proof = new InclusionProof(index, await ProofAsync(log, index, size, token), verified.Note);
                var bundle = await log.ReadAsync(Tile.Of(Tile.Entries, index / Tile.FullWidth, size)!.Value, token);
                var entries = bundle is null ? null : EntryBundle.Read(bundle);
                if (entries is null || entries.Count <= index % Tile.FullWidth || proof.Verify(entries[(int)(index % Tile.FullWidth)].Span, verified.Key) is not null)
                {
                    throw new CliException("What the server shows as this entry is not what the log has there. `beffroi ledger verify` tells more.", ExitCode.Failed);
                }

                var text = entries[(int)(index % Tile.FullWidth)];
                if (result.GetValue(file) is { } name)
                {
                    PrivateFiles.Write(name + ".tlog-proof", proof.ToString());
                    await File.WriteAllBytesAsync(name + ".entry", text, token);
                    return session.Confirm(
                        new JsonObject { ["proofFile"] = name + ".tlog-proof", ["entryFile"] = name + ".entry", ["key"] = verified.Key.ToString() },
                        $"To verify it on any machine: beffroi ledger verify --proof {name}.tlog-proof --entry {name}.entry --key {verified.Key}");
                }

                var shown = Encoding.UTF8.GetString(text.Span);
                if (session.Results.Json)
                {
                    await session.Terminal.Out.WriteLineAsync(new JsonObject { ["entry"] = shown, ["proof"] = proof.ToString(), ["key"] = verified.Key.ToString() }.ToJsonString());
                }
                else
                {
                    await session.Terminal.Error.WriteLineAsync(Columns.Printable(shown));
                    await session.Terminal.Out.WriteAsync(proof.ToString());
                }

                return ExitCode.Ok;
            });
    }

    private static async Task<IReadOnlyList<TreeHash>> ProofAsync(ApiLog log, long index, long size, CancellationToken cancellationToken)
    {
        try
        {
            return await new TiledTree(log, size).InclusionProofAsync(index, cancellationToken);
        }
        catch (TileException e)
        {
            throw new CliException($"The server can't show what its checkpoint promises: {e.Message} `beffroi ledger verify` tells more.", ExitCode.Failed, e);
        }
    }
}
