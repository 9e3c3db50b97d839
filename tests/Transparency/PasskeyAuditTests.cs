using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Testing;
using Beffroi.Transparency.Consent;

namespace Beffroi.Transparency.Tests;

/// <summary>What an audit takes a passkey's consent for, and what not.</summary>
public sealed class PasskeyAuditTests : IDisposable
{
    private const string Origin = "https://cloud.example:8443";
    private static readonly DateTimeOffset Asked = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
    private readonly SoftPasskey _alice = new(), _bob = new();
    private readonly NoteSigner _carol = NoteSigner.Generate("demo/carol", NoteAlgorithm.Ed25519), _alicesOwn = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);

    private string AlicesKey => _alice.KeyOf("demo/alice", Origin);

    private string BobsKey => _bob.KeyOf("demo/bob", Origin);

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _carol.Dispose();
        _alicesOwn.Dispose();
    }

    [Fact]
    public void One_person_s_passkey_is_enough_where_one_person_is()
    {
        var text = Text("internal", 1);
        var showing = Shown(text, (1, ByAlice(text)));
        Assert.Null(showing.Fault);
        Assert.Equal(["demo/alice"], showing.Approvers);
        Assert.Equal(["demo/alice"], showing.ByPasskey);
    }

    [Theory]
    [InlineData("sensitive")]
    [InlineData("health")]
    public void Where_two_have_to_sign_one_needs_a_key_on_a_machine(string classification)
    {
        var text = Text(classification, 2);
        Assert.Equal("1 of 2 approvers whose keys are trusted signed the consent.", Shown(text, (1, ByAlice(text))).Fault);
        Assert.StartsWith("All who signed the consent did so with passkeys", Shown(text, (1, ByAlice(text)), (2, ByBob(text))).Fault, StringComparison.Ordinal);
        var agreed = Shown(text, (1, ByAlice(text)), (2, Line(_carol, text)));
        Assert.Null(agreed.Fault);
        Assert.Equal(["demo/alice", "demo/carol"], agreed.Approvers);
        Assert.Equal(["demo/alice"], agreed.ByPasskey);
        // One person's two keys are one person; whichever came first, that of the machine counts.
        Assert.StartsWith("1 of 2", Shown(text, (1, ByAlice(text)), (2, Line(_alicesOwn, text))).Fault, StringComparison.Ordinal);
        Assert.Null(Shown(text, (1, ByAlice(text)), (2, Line(_alicesOwn, text)), (3, ByBob(text))).Fault);
        Assert.Null(Shown(text, (1, Line(_alicesOwn, text)), (2, ByAlice(text)), (3, ByBob(text))).Fault);
        Assert.Null(Shown(text, (1, ByAlice(text)), (2, ByBob(text)), (3, Line(_alicesOwn, text))).Fault);
        // A text that asks for one person only is not believed.
        Assert.StartsWith("1 of 2", Shown(Text(classification, 1), (1, ByAlice(Text(classification, 1)))).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_time_counts_from_the_last_signature_that_was_needed_and_no_other_key_of_a_person_makes_it_longer()
    {
        var health = Text("health", 2);
        // The minutes end at 60 + the last that was needed; it is shown at 90.
        Assert.StartsWith("It was shown after the 60 minutes", Shown(health, 90, (1, ByAlice(health)), (2, Line(_carol, health))).Fault, StringComparison.Ordinal);
        Assert.Null(Shown(health, 90, (1, ByAlice(health)), (2, ByBob(health)), (40, Line(_alicesOwn, health))).Fault);
        Assert.StartsWith("It was shown after the 60 minutes", Shown(health, 90, (1, ByAlice(health)), (2, Line(_carol, health)), (40, Line(_alicesOwn, health))).Fault, StringComparison.Ordinal);
        var open = Text("internal", 1);
        Assert.StartsWith("It was shown after the 60 minutes", Shown(open, 90, (1, ByAlice(open)), (40, Line(_alicesOwn, open))).Fault, StringComparison.Ordinal);
        Assert.StartsWith("It was shown after the 60 minutes", Shown(open, 90, (1, ByAlice(open)), (40, ByAlice(open))).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_writes_the_ledger_finds_no_signature_in_what_passkeys_signed_for_something_else()
    {
        var (text, other) = (Text("internal", 1), Text("internal", 1) with { Request = Guid.NewGuid() });
        using var forger = new SoftPasskey { Id = _alice.Id };
        void Forged(string line) => Assert.Equal("0 of 1 approvers whose keys are trusted signed the consent.", Shown(text, (1, line)).Fault);
        Forged(forger.Sign(AlicesKey, text.ToText(), Origin));
        Forged(forger.Sign(forger.KeyOf("demo/alice", Origin), text.ToText(), Origin));
        Forged(ByAlice(other));
        // What she signed to sign in, and to register her key.
        Forged(SoftPasskey.LineOf(AlicesKey, _alice.Use("""{ "challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "rpId": "cloud.example" }""", Origin)));
        Forged(_alice.Sign(AlicesKey, "beffroi lockbox key v1\nkey " + AlicesKey + "\n", Origin));
        // At the operator's listener, which has the same name at another port.
        Forged(_alice.Sign(AlicesKey, text.ToText(), "https://cloud.example:8444"));
        // Another organization's.
        Forged(_alice.Sign(_alice.KeyOf("other/alice", Origin), text.ToText(), Origin));
        _alice.Flags = SoftPasskey.Up;
        Forged(ByAlice(text));
    }

    private static LockboxConsent Text(string classification, int approvers) => new(
        Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f81"), "demo", "eval", classification, "postgres", "db", Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f82"), "metrics", "paul", "incident", null,
        LockboxConsent.Digest("why"), 60, LockboxConsent.Digest("secret"), approvers, Asked, Asked.AddHours(72));

    private static string Line(NoteSigner signer, LockboxConsent consent) => signer.Sign(consent.ToText()).ToString().TrimEnd('\n');

    private string ByAlice(LockboxConsent consent) => _alice.Sign(AlicesKey, consent.ToText(), Origin);

    private string ByBob(LockboxConsent consent) => _bob.Sign(BobsKey, consent.ToText(), Origin);

    private AuditedShowing Shown(LockboxConsent consent, params (int Minute, string Line)[] approvals) => Shown(consent, 50, approvals);

    private AuditedShowing Shown(LockboxConsent consent, int shownAt, params (int Minute, string Line)[] approvals)
    {
        var audit = new LockboxAudit("demo", [.. ((string[])[AlicesKey, BobsKey, _carol.PublicKey.ToString(), _alicesOwn.PublicKey.ToString()]).Select(k => ApproverKey.Parse(k)!)]);
        foreach (var (minute, line) in approvals)
        {
            audit.Add(minute, Entry(minute, "customer:somebody", "lockbox.approve", consent.ToText() + "\n" + line + "\n"));
        }

        audit.Add(shownAt, Entry(shownAt, "operator:paul", "lockbox.open", new LockboxTrace(LockboxConsent.Digest(consent.ToText()), new string('a', 64)).ToString()));
        return Assert.Single(audit.Showings);
    }

    private static byte[] Entry(int minute, string actor, string action, string reason) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["at"] = Asked.AddMinutes(minute).ToString("O"),
        ["actor"] = actor,
        ["action"] = action,
        ["outcome"] = "accepted",
        ["reason"] = reason,
    }.ToJsonString());
}
