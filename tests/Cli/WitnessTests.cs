using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Transparency;
using Beffroi.Transparency.Witnessing;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary>Being a witness, and demanding witnesses.</summary>
public sealed class WitnessTests : IAsyncLifetime
{
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;
    private ServedLog _log = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string State => Path.Combine(_cli.Configuration, "witness");

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
    public async Task Who_demands_a_witness_believes_only_what_it_cosigned_online_and_offline()
    {
        var key = await InitAsync();
        var first = _log.Note;
        var unseen = await _cli.RunAsync("ledger", "verify", "--witness", key);
        Assert.Equal(1, unseen.ExitCode);
        Assert.Contains("not-cosigned", unseen.Output, StringComparison.Ordinal);

        var cosigned = first + await ServeAsync(async http => await AskAsync(http, new AddCheckpoint(0, [], first), 200));
        _log.ServeCheckpoint(cosigned);
        var sound = await _cli.RunAsync("ledger", "verify", "--witness", key, "-o", "json");
        Assert.True(sound.ExitCode == 0, sound.Error);
        using (var report = JsonDocument.Parse(sound.Output))
        {
            Assert.Equal("witness.example/1", report.RootElement.GetProperty("cosignatures")[0].GetProperty("witness").GetString());
        }

        var folder = Path.Combine(_cli.Configuration, "export");
        Assert.Equal(0, (await _cli.RunAsync("ledger", "export", folder)).ExitCode);
        using var elsewhere = new CliRun();
        var logKey = _log.Signer.PublicKey.ToString();
        Assert.Equal(0, (await elsewhere.RunAsync("ledger", "verify", folder, "--key", logKey, "--witness", key)).ExitCode);
        using var stranger = NoteSigner.Generate("other.example", NoteAlgorithm.Cosignature);
        Assert.Equal(1, (await elsewhere.RunAsync("ledger", "verify", folder, "--key", logKey, "--witness", key, "--witness", stranger.PublicKey.ToString())).ExitCode);
        Assert.Equal(0, (await elsewhere.RunAsync("ledger", "verify", folder, "--key", logKey, "--witness", key, "--witness", stranger.PublicKey.ToString(), "--witnesses-needed", "1")).ExitCode);

        Assert.Equal(0, (await _cli.RunAsync("ledger", "prove", "7", "--file", folder + "-7")).ExitCode);
        Assert.Equal(0, (await elsewhere.RunAsync("ledger", "verify", "--proof", folder + "-7.tlog-proof", "--entry", folder + "-7.entry", "--key", logKey, "--witness", key)).ExitCode);
        Assert.Equal(1, (await elsewhere.RunAsync("ledger", "verify", "--proof", folder + "-7.tlog-proof", "--entry", folder + "-7.entry", "--key", logKey, "--witness", stranger.PublicKey.ToString())).ExitCode);
    }

    // A server that shows someone another log of the same key: it can't have that cosigned.
    [Fact]
    public async Task A_log_shown_to_one_person_only_gets_no_cosignature_from_a_witness_that_saw_the_other()
    {
        var key = await InitAsync();
        var first = _log.Note;
        await ServeAsync(async http => await AskAsync(http, new AddCheckpoint(0, [], first), 200));
        _log.Serve([.. ServedLog.Entries(299), ServedLog.Entry(299, "failed"), ServedLog.Entry(300)]);
        // Restarted, and it remembers.
        await ServeAsync(async http =>
        {
            await AskAsync(http, new AddCheckpoint(300, [], _log.Note), 422);
            return await AskAsync(http, new AddCheckpoint(0, [], _log.Note), 409);
        });
        Assert.Equal(1, (await _cli.RunAsync("ledger", "verify", "--witness", key)).ExitCode);
    }

    [Fact]
    public async Task A_witness_is_made_once_and_its_key_is_for_its_owner_only()
    {
        var key = await InitAsync();
        Assert.Equal(NoteAlgorithm.Cosignature, NoteKey.Parse(key)!.Algorithm);
        var again = await _cli.RunAsync("witness", "init", "--state", State, "--name", "x");
        Assert.Equal(4, again.ExitCode);
        Assert.Contains(key, again.Error, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(State, "key")));
        Assert.Equal(2, (await _cli.RunAsync("witness", "init", "--state", State + "2", "--name", "a b")).ExitCode);
        Assert.Equal(3, (await _cli.RunAsync("witness", "run", "--state", State + "2", "--log", _log.Signer.PublicKey.ToString())).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("witness", "run", "--state", State, "--log", key)).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("witness", "run", "--state", State, "--log", _log.Signer.PublicKey.ToString(), "--listen", "nowhere")).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("ledger", "verify", "--witness", _log.Signer.PublicKey.ToString())).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("ledger", "verify", "--witness", key, "--witnesses-needed", "2")).ExitCode);
    }

    [Fact]
    public async Task Other_paths_methods_and_large_bodies_are_refused()
    {
        await InitAsync();
        await ServeAsync(async http =>
        {
            // Several on one connection, as a log that asks again with a better proof does.
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/", Cancel)).StatusCode);
            }

            Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.GetAsync("/add-checkpoint", Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await http.PostAsync("/add-checkpoint", new StringContent(new string('a', 1_000_000)), Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/add-checkpoint", new StringContent("nonsense"), Cancel)).StatusCode);
            return "";
        });
    }

    [Fact]
    public async Task Witnesses_and_forwards_are_set_listed_and_removed()
    {
        var witness = new LedgerWitness("region", "https://w.example", "k", 12, DateTimeOffset.UnixEpoch, "late");
        _api.OnJson("GET " + ServedLog.Path + "/witnesses", new Page<LedgerWitness>([witness], null), WireJson.Default.PageLedgerWitness);
        string? body = null;
        _api.On("PUT " + ServedLog.Path + "/witnesses/region", http => Read(http, witness, WireJson.Default.LedgerWitness));
        _api.OnJson("DELETE " + ServedLog.Path + "/witnesses/region", new Page<LedgerWitness>([], null), WireJson.Default.PageLedgerWitness);
        Assert.Matches("region +https://w.example +12 +1970-01-01 00:00:00Z +late", (await _cli.RunAsync("ledger", "witness", "list")).Output);
        Assert.Equal(0, (await _cli.RunAsync("ledger", "witness", "set", "region", "--url", "https://w.example", "--key", "k")).ExitCode);
        Assert.Equal("{\"url\":\"https://w.example\",\"publicKey\":\"k\"}", body);
        Assert.Equal(0, (await _cli.RunAsync("ledger", "witness", "remove", "region")).ExitCode);

        var forward = new LedgerForward("siem", "https://s.example", 3, 4, null, null, "the-secret");
        _api.OnJson("GET " + ServedLog.Path + "/forwards", new Page<LedgerForward>([forward with { Secret = null }], null), WireJson.Default.PageLedgerForward);
        _api.On("PUT " + ServedLog.Path + "/forwards/siem", http => Read(http, forward, WireJson.Default.LedgerForward));
        Assert.Matches("siem +https://s.example +4 ", (await _cli.RunAsync("ledger", "forward", "list")).Output);
        Assert.Contains("the-secret", (await _cli.RunAsync("ledger", "forward", "set", "siem", "--url", "https://s.example", "--from-start")).Output, StringComparison.Ordinal);
        Assert.Equal("{\"url\":\"https://s.example\",\"fromStart\":true}", body);

        IResult Read<T>(HttpContext http, T answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        {
            using var reader = new StreamReader(http.Request.Body);
            body = reader.ReadToEndAsync(Cancel).GetAwaiter().GetResult();
            return Results.Text(JsonSerializer.Serialize(answer, type), "application/json");
        }
    }

    private async Task<string> InitAsync()
    {
        Directory.CreateDirectory(_cli.Configuration);
        var run = await _cli.RunAsync("witness", "init", "--state", State, "--name", "witness.example/1");
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Trim();
    }

    /// <summary>Runs the witness as a process while something is asked of it.</summary>
    private async Task<string> ServeAsync(Func<HttpClient, Task<string>> ask)
    {
        // Not one of those that the kernel hands out, which a test beside this one could get meanwhile.
        const string address = "127.0.0.1:17580";
        Process? process = null;
        var run = _cli.RunAsync(["witness", "run", "--state", State, "--listen", address, "--log", _log.Signer.PublicKey.ToString()], started => process = started);
        using var http = new HttpClient { BaseAddress = new Uri("http://" + address) };
        string answer;
        try
        {
            await Waiting(http);
            answer = await ask(http);
        }
        finally
        {
            // Also when something was wrong: nothing is left running.
            if (run.IsCompleted)
            {
                Assert.Fail("The witness has ended: " + (await run).Error);
            }

            using var kill = Process.Start("/bin/kill", ["-INT", process!.Id.ToString(CultureInfo.InvariantCulture)]);
            await run;
        }

        Assert.Equal(130, (await run).ExitCode);
        return answer;
    }

    private static async Task Waiting(HttpClient http)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                (await http.GetAsync("/", Cancel)).Dispose();
                return;
            }
            catch (HttpRequestException) when (attempt < 300)
            {
                await Task.Delay(50, Cancel);
            }
        }
    }

    private static async Task<string> AskAsync(HttpClient http, AddCheckpoint request, int status)
    {
        using var answer = await http.PostAsync("/add-checkpoint", new ByteArrayContent(Encoding.UTF8.GetBytes(request.ToString())), Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }
}
