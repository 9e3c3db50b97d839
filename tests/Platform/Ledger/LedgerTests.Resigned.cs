using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Beffroi.Transparency;

namespace Beffroi.Platform.Tests.Ledger;

/// <summary>Tampering by who owns the store, knows how the hashes are made and has a key to sign with: another's, or the log's own.</summary>
public sealed partial class LedgerTests
{
    // Of the second tile, which isn't full: no hash of a higher level is made from it.
    private const string Rehash = """
        ; update platform.ledger_tiles t set hashes = (
            select string_agg(sha256('\x00'::bytea || convert_to(e.entry, 'UTF8')), ''::bytea order by e.index) from platform.ledger_entries e where e.log_id = t.log_id and e.index >= 256)
        where t.level = 0 and t.index = 1
        """;

    private const string SetBack = """
        alter table platform.ledger_entries disable trigger all;
        update platform.ledger_entries set entry = regexp_replace(entry, '"loggedAt":"[^"]*"', '"loggedAt":"2001-01-01T00:00:00.000000Z"') where index >= 258
        """;

    private const string OtherPast = """
        alter table platform.ledger_entries disable trigger all;
        update platform.ledger_entries set entry = replace(entry, 'done', 'failed') where index = 258
        """;

    [Fact]
    public async Task A_clock_set_back_in_the_store_is_seen_whatever_else_is_made_to_fit()
    {
        await using var store = await LogAsync();
        var known = await CheckpointAsync(store);
        // The times alone: these entries were never logged. With their hashes: nobody signed them.
        await store.ExecuteAsync(SetBack);
        Assert.Equal([(Fault.Changed, 258L), (Fault.Changed, 259L)], (await VerifyAsync(store, Hospital)).Findings.Select(f => (f.Fault, f.Index ?? -1)));
        await store.ExecuteAsync(SetBack + Rehash);
        Assert.Equal([Fault.Changed], (await VerifyAsync(store, Hospital)).Findings.Select(f => f.Fault));
        // Signed by the log's own key: then the clock itself tells, to who kept nothing too.
        await SignAsync(store);
        var finding = Assert.Single((await VerifyAsync(store, Hospital)).Findings);
        Assert.Equal((Fault.ClockRewound, 258), (finding.Fault, finding.Index));
        Assert.Equal([Fault.Forked, Fault.ClockRewound], (await VerifyAsync(store, Hospital, known)).Findings.Select(f => f.Fault).Order());
    }

    [Theory]
    [InlineData(false, Fault.NotSigned)]
    [InlineData(true, Fault.Forged)]
    public async Task A_checkpoint_in_good_form_that_another_key_signed_is_none_of_this_log(bool asThisKey, Fault fault)
    {
        await using var store = await LogAsync();
        var head = (await HeadAsync(store, Hospital, Cancel))!;
        var key = NoteKey.Parse(head.PublicKey)!;
        using var other = NoteSigner.Generate(key.Name, NoteAlgorithm.Ed25519);
        var text = SignedNote.Parse(head.Checkpoint)!.Text;
        var signature = other.Sign(text);
        var note = new SignedNote(text, [asThisKey ? signature with { KeyId = key.Id } : signature]).ToString();
        Assert.Equal(asThisKey, Checkpoint.Open(note, other.PublicKey, out _) is not null);
        await PutCheckpointAsync(store, note);
        Assert.Equal([fault], (await VerifyAsync(store, Hospital)).Findings.Select(f => f.Fault));

        // Nor does it help to put the other key beside it in the store: whoever has met the log knows its key. The platform doesn't sign on, either.
        await store.ExecuteAsync($"update platform.ledger_logs set public_key = '{other.PublicKey}' where id = '{Hospital:D}'");
        await using (var connection = await store.OpenAsync())
        {
            var report = await new LogVerifier(new LedgerTiles(connection, Hospital), key).VerifyAsync(note, null, null, Cancel);
            Assert.Equal([fault], report.Findings.Select(f => f.Fault));
        }

        await AppendAsync(store, Hospital, "waits");
        Assert.Equal(0, await store.Get<LedgerIntegration>().IntegrateAsync(Cancel));
    }

    // Two histories of one size, each sound and signed by the log's own key: only together do they tell.
    [Fact]
    public async Task A_fork_that_is_shown_to_two_readers_is_seen_as_soon_as_they_compare()
    {
        await using var store = await LogAsync();
        var first = await CheckpointAsync(store);
        await store.ExecuteAsync(OtherPast + Rehash);
        await SignAsync(store);
        var second = await CheckpointAsync(store);
        Assert.Empty((await VerifyAsync(store, Hospital)).Findings);
        Assert.Equal((first.Origin, first.Size), (second.Origin, second.Size));

        Assert.Equal(Fault.Forked, first.Follows(second, [])!.Fault);
        Assert.Equal(Fault.Forked, second.Follows(first, [])!.Fault);
        // What `ledger verify --since` does with the checkpoint that the other reader kept; and again when the log has grown.
        Assert.Equal([Fault.Forked], (await VerifyAsync(store, Hospital, first)).Findings.Select(f => f.Fault));
        Assert.Empty((await VerifyAsync(store, Hospital, second)).Findings);
        await AppendAsync(store, Hospital, "later");
        Assert.Equal(1, await store.Get<LedgerIntegration>().IntegrateAsync(Cancel));
        Assert.Equal([Fault.Forked], (await VerifyAsync(store, Hospital, first)).Findings.Select(f => f.Fault));
        Assert.Empty((await VerifyAsync(store, Hospital, second)).Findings);
    }

    /// <summary>Signs what the store's tiles now lead to, with the log's own key.</summary>
    private static async Task SignAsync(TestStore store)
    {
        await using var connection = await store.OpenAsync();
        var (origin, sealedKey) = (await connection.Statement("select origin, sealed_key from platform.ledger_logs where id = $1", Hospital)
            .ListAsync(r => (r.GetString(0), r.GetFieldValue<byte[]>(1)), Cancel))[0];
        using var secret = await store.Get<IOrganizationKeys>().UnwrapAsync(Guid.Empty, LedgerLog.Context(Hospital), sealedKey, Cancel);
        using var signer = NoteSigner.Import(origin, NoteAlgorithm.Ed25519, secret.Reveal());
        var tree = new TiledTree(new LedgerTiles(connection, Hospital), 260);
        var text = new Checkpoint(origin, tree.Size, await tree.RootAsync(Cancel)).Text;
        await PutCheckpointAsync(store, new SignedNote(text, [signer.Sign(text)]).ToString());
    }

    private static async Task PutCheckpointAsync(TestStore store, string note)
    {
        await using var connection = await store.OpenAsync();
        Assert.Equal(1, await connection.Statement("update platform.ledger_logs set checkpoint = $2 where id = $1", Hospital, note).RunAsync(Cancel));
    }
}
