using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Transparency.Consent;

namespace Beffroi.Transparency.Tests;

/// <summary>What is signed is one text for one meaning; what is sealed opens with its passphrase; what is audited may be anything.</summary>
public sealed class ConsentTests
{
    private static readonly LockboxConsent Consent = new(
        Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f81"), "demo", "eval", "health", "postgres", "db", Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f82"), "metrics", "paul", "incident", "CASE-1",
        LockboxConsent.Digest("why"), 60, LockboxConsent.Digest("secret"), 2, new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_consent_is_read_from_its_own_text_and_no_other()
    {
        var text = Consent.ToText();
        Assert.Equal(Consent, LockboxConsent.Parse(text));
        Assert.Equal(Consent with { Reference = null }, LockboxConsent.Parse((Consent with { Reference = null }).ToText()));
        Assert.Equal(2, LockboxConsent.ApproversFor("health"));
        Assert.Equal(1, LockboxConsent.ApproversFor("internal"));
        // Every text that differs in one place is another consent or none: two texts never mean the same.
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var c in "\n 0+aZ")
            {
                var other = text[..i] + c + text[(i + 1)..];
                Assert.True(other == text || LockboxConsent.Parse(other) is not { } read || (read != Consent && read.ToText() == other), other);
            }

            Assert.NotEqual(Consent, LockboxConsent.Parse(text.Remove(i, 1)));
        }

        foreach (var wrong in (string[])["", "\n", text + "\n", text + text, text.TrimEnd('\n'), text.Replace("minutes 60", "minutes 060", StringComparison.Ordinal), text.Replace("2026-11-24", "2026-13-24", StringComparison.Ordinal)])
        {
            Assert.Null(LockboxConsent.Parse(wrong));
        }
    }

    [Fact]
    public void A_consent_stands_in_a_note_with_several_signatures()
    {
        using var alice = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        using var bob = NoteSigner.Generate("demo/bob", NoteAlgorithm.Ed25519);
        var text = Consent.ToText();
        var note = SignedNote.Parse(new SignedNote(text, [alice.Sign(text), bob.Sign(text)]).ToString())!;
        Assert.Equal(text, note.Text);
        Assert.NotNull(alice.PublicKey.Verify(note, out _));
        Assert.NotNull(bob.PublicKey.Verify(note, out _));
    }

    [Fact]
    public void A_trace_is_read_from_its_own_words_alone()
    {
        var trace = new LockboxTrace(LockboxConsent.Digest("a"), LockboxConsent.Digest("b"));
        Assert.Equal(trace, LockboxTrace.Parse(trace.ToString()));
        foreach (var wrong in (string?[])[null, "", "consent sha256:a showed sha256:b", trace + "0", trace.ToString().ToUpperInvariant(), " " + trace])
        {
            Assert.Null(LockboxTrace.Parse(wrong));
        }
    }

    [Fact]
    public void An_audit_reads_anything_and_counts_one_person_once()
    {
        using var one = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        using var another = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        var audit = new LockboxAudit("demo", [ApproverKey.Of(one.PublicKey)!, ApproverKey.Of(another.PublicKey)!]);
        foreach (var (junk, index) in ((string[])["", "[]", "{", "{\"action\":1}", "null", "{\"action\":\"lockbox.open\"}", "{\"action\":\"lockbox.approve\",\"at\":\"2026-11-24T08:00:00Z\",\"outcome\":\"accepted\"}", "\u0000"])
            .Select((j, i) => (j, i)))
        {
            audit.Add(index, Encoding.UTF8.GetBytes(junk));
        }

        Assert.Empty(audit.Showings);
        var text = Consent.ToText();
        string Entry(string action, string actor, string reason) =>
            new JsonObject { ["at"] = "2026-11-24T08:00:01Z", ["actor"] = actor, ["action"] = action, ["outcome"] = "accepted", ["reason"] = reason }.ToJsonString();
        audit.Add(8, Encoding.UTF8.GetBytes(Entry("lockbox.approve", "customer:alice", new SignedNote(text, [one.Sign(text), another.Sign(text)]).ToString())));
        audit.Add(9, Encoding.UTF8.GetBytes(Entry("lockbox.open", "operator:paul", new LockboxTrace(LockboxConsent.Digest(text), LockboxConsent.Digest("x")).ToString())));
        Assert.Equal("1 of 2 approvers whose keys are trusted signed the consent.", Assert.Single(audit.Showings).Fault);
    }

    [Fact]
    public void A_sealed_key_opens_with_its_passphrase_as_it_was_and_not_when_it_was_changed()
    {
        using var signer = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        var text = SealedSigner.Seal(signer, "a passphrase é");
        Assert.Equal(signer.PublicKey.ToString(), SealedSigner.PublicKeyOf(text)!.ToString());
        using (var opened = SealedSigner.Open(text, "a passphrase é"))
        {
            Assert.NotNull(signer.PublicKey.Verify(new SignedNote("x\n", [opened!.Sign("x\n")]), out _));
        }

        Assert.Null(SealedSigner.Open(text, "a passphrase e"));
        // Under another's name it doesn't open: the name is bound.
        using var other = NoteSigner.Generate("demo/bob", NoteAlgorithm.Ed25519);
        var lines = text.Split('\n');
        Assert.Null(SealedSigner.Open(string.Join('\n', lines[0], other.PublicKey.ToString(), lines[2], ""), "a passphrase é"));
        var flipped = (lines[2][^2] == 'A' ? 'B' : 'A').ToString();
        Assert.Null(SealedSigner.Open(string.Join('\n', lines[0], lines[1], lines[2][..40] + (lines[2][40] == 'A' ? 'B' : 'A') + lines[2][41..], ""), "a passphrase é"));
        foreach (var wrong in (string[])["", "x", text + "x", lines[0] + "\n" + lines[1] + "\n" + flipped + "\n"])
        {
            Assert.Null(SealedSigner.PublicKeyOf(wrong));
            Assert.Null(SealedSigner.Open(wrong, "x"));
        }

        Assert.NotEqual(text, SealedSigner.Seal(signer, "a passphrase é"));
    }
}
