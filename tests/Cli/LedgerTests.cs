using System.Text.Json;
using Beffroi.Transparency;

namespace Beffroi.Cli.Tests;

/// <summary>The ledger's commands against a log that is true, and against ones that are not.</summary>
public sealed class LedgerTests : IAsyncLifetime
{
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;
    private ServedLog _log = null!;

    private string Folder => Path.Combine(_cli.Configuration, "export");

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
        _log = new ServedLog(_api);
        _log.Serve(ServedLog.Entries(300));
    }

    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task Tail_shows_the_newest_and_reads_no_more_than_those()
    {
        var run = await _cli.RunAsync("ledger", "tail", "-n", "2");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["298  system:test  volume.create  done", "299  system:test  volume.create  done"], run.Output.TrimEnd().Split('\n'));
        Assert.Contains("From now on this program watches the ledger of demo", run.Error, StringComparison.Ordinal);
        Assert.Single(_api.Requests, r => r.Contains("/ledger?", StringComparison.Ordinal));

        var json = await _cli.RunAsync("ledger", "tail", "-n", "1", "-o", "json");
        using var record = JsonDocument.Parse(json.Output);
        Assert.Equal(ServedLog.Entry(299), record.RootElement.GetProperty("entry").GetString());
        Assert.Equal("", json.Error);
    }

    [Fact]
    public async Task Who_else_had_a_part_stands_beside_the_actor()
    {
        _log.Serve(ServedLog.Entry(0).Replace("\"system:test\"", "\"system:test\",\"onBehalfOf\":\"customer:alice\",\"approvedBy\":\"customer:bob\"", StringComparison.Ordinal));
        Assert.Equal("0  system:test on behalf of customer:alice approved by customer:bob  volume.create  done", (await _cli.RunAsync("ledger", "tail")).Output.TrimEnd());
        await _cli.RunAsync("ledger", "search", "--on-behalf-of", "customer:alice");
        Assert.Contains("GET " + ServedLog.Path + "?limit=200&from=0&onBehalfOf=customer%3Aalice", _api.Requests);
    }

    [Fact]
    public async Task Search_hands_the_filters_on()
    {
        var run = await _cli.RunAsync("ledger", "search", "--action", "a b", "--since", "2026-01-01T00:00:00Z", "--limit", "3");
        Assert.Equal(3, run.Output.TrimEnd().Split('\n').Length);
        Assert.Contains("GET " + ServedLog.Path + "?limit=3&from=0&action=a%20b&since=2026-01-01T00%3A00%3A00Z", _api.Requests);
    }

    [Fact]
    public async Task An_export_is_brought_up_to_date_and_verified_offline_anywhere()
    {
        var export = await _cli.RunAsync("ledger", "export", Folder);
        Assert.True(export.ExitCode == 0, export.Error);
        Assert.Contains("sound", export.Output, StringComparison.Ordinal);

        _log.Serve(ServedLog.Entries(600));
        _api.Requests.Clear();
        Assert.Equal(0, (await _cli.RunAsync("ledger", "export", Folder)).ExitCode);
        Assert.DoesNotContain(_api.Requests, r => r.EndsWith("/tile/entries/000", StringComparison.Ordinal));

        using var elsewhere = new CliRun();
        var key = _log.Signer.PublicKey.ToString();
        Assert.Equal(0, (await elsewhere.RunAsync("ledger", "verify", Folder, "--key", key)).ExitCode);
        var json = await elsewhere.RunAsync("ledger", "verify", Folder, "-o", "json");
        Assert.Contains("not whose it is", json.Error, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(json.Output);
        Assert.True(report.RootElement.GetProperty("sound").GetBoolean());
        Assert.Equal(600, report.RootElement.GetProperty("entries").GetInt64());

        var bundle = Path.Combine(Folder, "tile/entries/000");
        var bytes = await File.ReadAllBytesAsync(bundle, TestContext.Current.CancellationToken);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(bundle, bytes, TestContext.Current.CancellationToken);
        var broken = await elsewhere.RunAsync("ledger", "verify", Folder, "--key", key);
        Assert.Equal(1, broken.ExitCode);
        Assert.Matches(@"(?m)^0 +changed +Entry 0 is not what was logged\.", broken.Output);
        using var other = NoteSigner.Generate(_log.Signer.PublicKey.Name, NoteAlgorithm.Ed25519);
        Assert.Contains("not-signed", (await elsewhere.RunAsync("ledger", "verify", Folder, "--key", other.PublicKey.ToString())).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await elsewhere.RunAsync("ledger", "verify", Folder, "--key", "nonsense")).ExitCode);
    }

    [Fact]
    public async Task An_export_goes_into_no_folder_of_something_else()
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Folder + "/mine", "x", TestContext.Current.CancellationToken);
        var run = await _cli.RunAsync("ledger", "export", Folder);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["mine"], Directory.EnumerateFileSystemEntries(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task One_entry_is_proven_and_verified_without_the_server()
    {
        var name = Path.Combine(_cli.Configuration, "proof");
        var run = await _cli.RunAsync("ledger", "prove", "123", "--file", name);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(ServedLog.Entry(123), await File.ReadAllTextAsync(name + ".entry", TestContext.Current.CancellationToken));
        using var elsewhere = new CliRun();
        string[] verify = ["ledger", "verify", "--proof", name + ".tlog-proof", "--entry", name + ".entry", "--key", _log.Signer.PublicKey.ToString()];
        Assert.Equal(0, (await elsewhere.RunAsync(verify)).ExitCode);
        await File.WriteAllTextAsync(name + ".entry", ServedLog.Entry(124), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await elsewhere.RunAsync(verify)).ExitCode);
        Assert.Equal(3, (await _cli.RunAsync("ledger", "prove", "300")).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("ledger", "prove", "-1")).ExitCode);
    }

    [Fact]
    public async Task A_log_that_grows_is_followed_in_silence_with_one_request_when_nothing_is_new()
    {
        await _cli.RunAsync("postgres", "list");
        _log.Serve(ServedLog.Entries(700));
        Assert.DoesNotContain("ledger", (await _cli.RunAsync("organization", "show", "demo")).Error, StringComparison.Ordinal);
        await _cli.RunAsync("ledger", "key");
        _api.Requests.Clear();
        var run = await _cli.RunAsync("ledger", "key");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(2, _api.Requests.Count);
    }

    public static TheoryData<string> Falsehoods => ["rewritten", "shortened", "forged", "unsigned", "another key", "proof withheld", "gone"];

    [Theory, MemberData(nameof(Falsehoods))]
    public async Task After_any_command_a_log_that_is_not_what_it_was_is_told_and_the_evidence_kept(string what)
    {
        await _cli.RunAsync("ledger", "key");
        var before = _log.Note;
        Falsify(what);
        for (var i = 0; i < 2; i++)
        {
            // Not the first time only: what was verified stays remembered.
            var run = await _cli.RunAsync("ledger", "key");
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("THE LEDGER OF demo CAN'T BE TRUSTED", run.Error, StringComparison.Ordinal);
        }

        var state = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(_cli.Configuration)!)!, ".local/state/beffroi/ledgers");
        Assert.Contains(Directory.EnumerateFiles(state + "/evidence", "*.before"), f => File.ReadAllText(f).Contains(before, StringComparison.Ordinal));
        Assert.Contains(Directory.EnumerateFiles(state + "/evidence", "*.now"), f => File.ReadAllText(f) == (what == "gone" ? "" : _log.Note));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Directory.EnumerateFiles(state).First()));

        Assert.Equal(what == "gone" ? 3 : 1, (await _cli.RunAsync("ledger", "verify")).ExitCode);
        _log.Serve(ServedLog.Entries(301));
        Assert.Equal(0, (await _cli.RunAsync("ledger", "key")).ExitCode);
    }

    [Fact]
    public async Task Who_knows_why_a_log_is_another_one_has_it_forgotten()
    {
        await _cli.RunAsync("ledger", "key");
        Falsify("rewritten");
        Assert.Equal(1, (await _cli.RunAsync("ledger", "key")).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("ledger", "forget")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("ledger", "forget", "--yes")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("ledger", "key")).ExitCode);
    }

    [Fact]
    public async Task A_server_that_no_longer_shows_its_ledger_is_remarked_upon()
    {
        Assert.Equal("", (await _cli.RunAsync("operation", "list", "--space", "other/eval")).Error.Split('\n').FirstOrDefault(l => l.Contains("ledger", StringComparison.Ordinal)) ?? "");
        await _cli.RunAsync("ledger", "key");
        _api.OnProblem($"GET {ServedLog.Path}/checkpoint", new Contracts.ProblemDocument("about:blank", "Out of order\e[2K", 500, "Later.", null, null));
        var run = await _cli.RunAsync("ledger", "key");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("The ledger of demo could not be checked: Out of order [2K", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_compares_with_a_checkpoint_kept_elsewhere()
    {
        var kept = Path.Combine(_cli.Configuration, "kept");
        await File.WriteAllTextAsync(kept, _log.Note, TestContext.Current.CancellationToken);
        _log.Serve(ServedLog.Entries(400));
        Assert.Equal(0, (await _cli.RunAsync("ledger", "verify", "--since", kept)).ExitCode);
        _log.Serve([ServedLog.Entry(0, "failed"), .. ServedLog.Entries(400).Skip(1)]);
        var run = await _cli.RunAsync("ledger", "verify", "--since", kept);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("forked", run.Output, StringComparison.Ordinal);
    }

    private void Falsify(string what)
    {
        var entries = ServedLog.Entries(400);
        switch (what)
        {
            case "rewritten":
                _log.Serve([ServedLog.Entry(0, "failed"), .. entries.Skip(1)]);
                break;
            case "shortened":
                _log.Serve(ServedLog.Entries(299));
                break;
            case "forged":
                _log.ServeCheckpoint(_log.Note.Replace("\n300\n", "\n301\n", StringComparison.Ordinal));
                break;
            case "unsigned":
                _log.ServeCheckpoint(SignedNote.Parse(_log.Note)!.Text);
                break;
            case "another key":
                using (var other = NoteSigner.Generate(_log.Signer.PublicKey.Name, NoteAlgorithm.Ed25519))
                {
                    var text = SignedNote.Parse(_log.Note)!.Text;
                    _log.ServeCheckpoint(new SignedNote(text, [other.Sign(text)]).ToString());
                    _log.ServeKey(other.PublicKey);
                }

                break;
            case "gone":
                _api.Answers.TryRemove($"GET {ServedLog.Path}/checkpoint", out _);
                break;
            default:
                _log.Serve(entries);
                _log.ServeTile(Tile.Of(0, 1, 400)!.Value, new byte[32]);
                break;
        }
    }
}
