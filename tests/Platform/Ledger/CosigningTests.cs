using System.Net;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Ledger.Witnesses;
using Beffroi.Testing;
using Beffroi.Transparency;
using Beffroi.Transparency.Witnessing;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Tests.Ledger;

/// <summary>Logs whose checkpoints are cosigned by a real witness over HTTPS.</summary>
public sealed class CosigningTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly Guid Hospital = Guid.Parse("01900000-0000-7000-8000-000000000001");
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-witness-").FullName;
    private readonly NoteSigner _key = NoteSigner.Generate("witness.example", NoteAlgorithm.Cosignature);
    private readonly List<NoteKey> _logs = [];
    private TestStore _store = null!;
    private WitnessFolder _memory = null!;
    private Receiver _receiver = null!;
    private bool _away;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.CreateAsync(server, o => o with { OutboundNetworks = [IPNetwork.Parse("127.0.0.0/8")] });
        _memory = new WitnessFolder(_directory);
        var witness = new Witness(_key, _logs, _memory, TimeProvider.System);
        _receiver = await Receiver.StartAsync(async http =>
        {
            var answer = _away ? new WitnessAnswer(503, "closed\n") : await witness.AddCheckpointAsync(await new StreamReader(http.Request.Body).ReadToEndAsync(), http.RequestAborted);
            http.Response.StatusCode = answer.Status;
            http.Response.ContentType = answer.ContentType;
            await http.Response.WriteAsync(answer.Body);
        });
        await AppendAsync(3);
        _logs.Add(NoteKey.Parse((await HeadAsync()).PublicKey)!);
        Assert.True(await PutAsync("one", _receiver.Url, _receiver.Authority));
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _store.DisposeAsync();
        _memory.Dispose();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Each_new_checkpoint_is_cosigned_and_shown_so()
    {
        var policy = new WitnessPolicy([_key.PublicKey], 1);
        foreach (var more in new[] { 0, 1, 300 })
        {
            await AppendAsync(more);
            Assert.Equal(1, await CosignAsync());
            var shown = await ShownAsync();
            Assert.Null(policy.Check(shown, out _));
            Assert.Null(Checkpoint.Open(shown, _logs[0], out _));
            Assert.Equal(0, await CosignAsync());
        }

        // Newer than what was cosigned: shown without, while the cosigned one stays at hand.
        await AppendAsync(1);
        Assert.NotNull(policy.Check(await ShownAsync(), out _));
        await using var connection = await _store.OpenAsync();
        Assert.Null(policy.Check((await LedgerReader.FindCosignedAsync(connection, Hospital, Cancel))!, out _));
    }

    [Fact]
    public async Task Two_witnesses_signatures_stand_together_though_one_was_away()
    {
        using var second = NoteSigner.Generate("second.example", NoteAlgorithm.Cosignature);
        using var memory = new WitnessFolder(_directory + "/second");
        using var witness = new Witness(second, _logs, memory, TimeProvider.System);
        await using var receiver = await Receiver.StartAsync(async http =>
            await http.Response.WriteAsync((await witness.AddCheckpointAsync(await new StreamReader(http.Request.Body).ReadToEndAsync(), http.RequestAborted)).Body));
        Assert.True(await PutAsync("two", receiver.Url, receiver.Authority, second.PublicKey));
        _away = true;
        Assert.Equal(1, await CosignAsync());
        _away = false;
        Assert.Contains("503", (await WitnessAsync("one")).Error, StringComparison.Ordinal);
        await _store.ExecuteAsync("update platform.ledger_witnesses set next_attempt_at = now()");
        Assert.Equal(1, await CosignAsync());
        Assert.Null((await WitnessAsync("one")).Error);
        Assert.Null(new WitnessPolicy([_key.PublicKey, second.PublicKey], 2).Check(await ShownAsync(), out _));
    }

    [Fact]
    public async Task A_past_rewritten_by_whoever_owns_store_and_key_is_not_cosigned_and_the_witness_says_why()
    {
        Assert.Equal(1, await CosignAsync());
        await _store.ExecuteAsync("""
            alter table platform.ledger_entries disable trigger all;
            insert into platform.ledger_pending (log_id, members) select log_id, replace((entry::jsonb - 'at' - 'loggedAt')::text, 'done', 'failed') from platform.ledger_entries order by index;
            delete from platform.ledger_entries; delete from platform.ledger_tiles; update platform.ledger_logs set size = 0, checkpoint = null
            """);
        await AppendAsync(2);
        Assert.Equal(0, await CosignAsync());
        Assert.Contains("422", (await WitnessAsync("one")).Error, StringComparison.Ordinal);

        // Cut short.
        await _store.ExecuteAsync("delete from platform.ledger_entries; delete from platform.ledger_tiles; update platform.ledger_logs set size = 0, checkpoint = null; update platform.ledger_witnesses set next_attempt_at = now()");
        await AppendAsync(1);
        Assert.Equal(0, await CosignAsync());
        Assert.Contains("3 entries, and it has 1 now", (await WitnessAsync("one")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_forgot_what_was_cosigned_asks_the_witness()
    {
        Assert.Equal(1, await CosignAsync());
        await AppendAsync(4);
        await _store.ExecuteAsync("update platform.ledger_witnesses set cosigned_size = 1");
        Assert.Equal(1, await CosignAsync());
        await _store.ExecuteAsync("update platform.ledger_witnesses set cosigned_size = 1000, cosigned_at = null");
        Assert.Equal(1, await CosignAsync());
    }

    [Fact]
    public async Task Another_authority_a_false_key_and_forbidden_networks_are_named()
    {
        var (stranger, _) = Receiver.NewCertificate();
        Assert.True(await PutAsync("one", _receiver.Url, stranger));
        Assert.Equal(0, await CosignAsync());
        Assert.Contains("can't be reached", (await WitnessAsync("one")).Error, StringComparison.Ordinal);

        using var other = NoteSigner.Generate("witness.example", NoteAlgorithm.Cosignature);
        Assert.True(await PutAsync("one", _receiver.Url, _receiver.Authority, other.PublicKey));
        Assert.Equal(0, await CosignAsync());
        Assert.Contains("isn't that of the key", (await WitnessAsync("one")).Error, StringComparison.Ordinal);

        Assert.True(await PutAsync("one", "https://10.93.0.5:8443", null));
        Assert.Equal(0, await CosignAsync());
        Assert.Contains("doesn't connect to for customers", (await WitnessAsync("one")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_has_a_bounded_number_of_witnesses()
    {
        for (var i = 1; i < LedgerWitnesses.Max; i++)
        {
            Assert.True(await PutAsync("w" + i, _receiver.Url, null));
        }

        Assert.False(await PutAsync("one-more", _receiver.Url, null));
        Assert.True(await PutAsync("w1", _receiver.Url, _receiver.Authority));
    }

    private Task<int> CosignAsync() => _store.Get<Cosigning>().CosignAsync(Cancel);

    private async Task AppendAsync(int count)
    {
        await _store.InTransactionAsync(async connection =>
        {
            for (var i = 0; i < count; i++)
            {
                await _store.Get<ILedger>().AppendAsync(connection, new LedgerEntry("system:test", "volume.create", "done", Hospital), Cancel);
            }

            return 0;
        });
        await _store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
    }

    private Task<bool> PutAsync(string name, string url, string? authority, NoteKey? key = null) => _store.InTransactionAsync(connection =>
        LedgerWitnesses.PutAsync(connection, new LedgerWitness(Hospital, name, url, (key ?? _key.PublicKey).ToString(), authority), Cancel));

    private async Task<LedgerWitness> WitnessAsync(string name)
    {
        await using var connection = await _store.OpenAsync();
        return (await LedgerWitnesses.ListAsync(connection, Hospital, Cancel)).Single(w => w.Name == name);
    }

    private async Task<LedgerHead> HeadAsync()
    {
        await using var connection = await _store.OpenAsync();
        return (await LedgerReader.FindHeadAsync(connection, Hospital, Cancel))!;
    }

    private async Task<string> ShownAsync()
    {
        await using var connection = await _store.OpenAsync();
        return (await LedgerReader.FindShownAsync(connection, Hospital, Cancel))!.Checkpoint;
    }
}
