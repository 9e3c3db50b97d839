using Beffroi.Transparency.Witnessing;

namespace Beffroi.Transparency.Tests.Published;

/// <summary>Checkpoints of logs of certificates as witnesses cosigned them.</summary>
public sealed class CosignaturesTests
{
    private const string ArcheKey = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
    private const string RemoraKey = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
    private const string NavigliKey = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G";

    // The first signature is of a kind that isn't read here, by the name of the log.
    private const string Arche =
        "arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n"
        + "\u2014 arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n"
        + "\u2014 arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=\n"
        + "\u2014 transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==\n"
        + "\u2014 witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==\n"
        + "\u2014 remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n"
        + "\u2014 witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==\n";

    // As published it has one more cosignature of the same witness, with ML-DSA.
    private const string CoachAndHorses =
        "coachandhorses2026h1.staging.certificate.transparency.goog\n185550722\nYXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n\n"
        + "\u2014 coachandhorses2026h1.staging.certificate.transparency.goog MpXgsHy8ZwxXnO+WjtVrPxAzL49Rs1gWTkNVNeEa//5peAzaocRCB3qt3EaibjzY5GILLtGgBP7dBhgcSHy+JQh0OAc=\n"
        + "\u2014 witness.navigli.sunlight.geomys.org o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/ZYczDIsvwvouiSjwOjn7a72ccxBk+lKnZ7dKqkYKER1s/KxLTaVwQD7lJZTC/CQ==\n";

    [Fact]
    public void The_log_signed_what_it_signed()
    {
        var key = NoteKey.Parse(ArcheKey)!;
        Assert.Null(Checkpoint.Open(Arche, key, out var checkpoint));
        Assert.Equal(1432088532, checkpoint.Size);
        Assert.Equal(Fault.Forged, Checkpoint.Open(Clobbered(Arche), key, out _)!.Fault);
        Assert.Equal(Fault.NotSigned, Checkpoint.Open(Arche, NoteKey.Parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")!, out _)!.Fault);
    }

    [Theory]
    [InlineData(RemoraKey, Arche, 1779573024), InlineData(NavigliKey, CoachAndHorses, 1785704691)]
    public void A_witness_cosigned_what_it_cosigned(string witness, string note, long seconds)
    {
        var key = NoteKey.Parse(witness)!;
        Assert.Equal((witness, NoteAlgorithm.Cosignature), (key.ToString(), key.Algorithm));
        var policy = new WitnessPolicy([key], 1);
        Assert.Null(policy.Check(note, out var found));
        Assert.Equal(new Cosignature(key.Name, DateTimeOffset.FromUnixTimeSeconds(seconds)), Assert.Single(found));
        Assert.Equal(Fault.Forged, policy.Check(Clobbered(note), out _)!.Fault);
        // An hour later is what it never said.
        var signed = SignedNote.Parse(note)!;
        var late = signed.Signatures.Single(s => s.KeyId == key.Id).Signature.ToArray();
        late[6] ^= 0x10;
        Assert.Equal(Fault.Forged, policy.Check(new SignedNote(signed.Text, [new NoteSignature(key.Name, key.Id, late)]).ToString(), out _)!.Fault);
    }

    [Fact]
    public void A_witness_of_another_log_is_missing() =>
        Assert.Equal(Fault.NotCosigned, new WitnessPolicy([NoteKey.Parse(RemoraKey)!, NoteKey.Parse(NavigliKey)!], 2).Check(Arche, out _)!.Fault);

    // transparency-dev/formats, TestCoSigV1Timestamp.
    [Fact]
    public void The_time_of_a_cosignature_is_read() => Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1727964367), NoteKey.TimeOf(SignedNote.Parse(
        "text\n\n\u2014 w ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA==\n")!.Signatures[0]));

    // transparency-dev/formats, TestCoSigV1NewVerifier. Its key with ML-DSA is of a kind that isn't read here.
    [Theory]
    [InlineData("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6", true), InlineData(RemoraKey, true)]
    [InlineData("bananas.sigstore.dev+12344556", false), InlineData("rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!", false), InlineData("rekor.sigstore.dev+12345678+AwEB", false)]
    public void Keys_are_read_or_refused(string key, bool good) => Assert.Equal(good ? key : null, NoteKey.Parse(key)?.ToString());

    // C2SP signed-note's own example, as florolf/tlog-scales has it.
    [Fact]
    public void The_example_of_signed_notes_verifies() => Assert.NotNull(NoteKey.Parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")!.Verify(SignedNote.Parse(
        "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n")!, out _));

    // As the published test does it: another size.
    private static string Clobbered(string note)
    {
        var lines = note.Split('\n');
        lines[1] = "42";
        return string.Join('\n', lines);
    }
}
