using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Testing;
using Beffroi.Transparency.Consent;
using CsCheck;

namespace Beffroi.Transparency.Tests;

/// <summary>What a passkey's key and its signature below a note say, each part that can be wrong, and whatever else bytes may be.</summary>
public sealed class PasskeyKeyTests
{
    private const string Name = "demo/alice", Origin = "https://cloud.example:8443", Text = "beffroi lockbox consent v1\nrequest x\n", Other = "beffroi lockbox consent v1\nrequest y\n";

    /// <summary>What a page that isn't ours, a browser or an authenticator may get wrong, or whoever asks for something else.</summary>
    private static readonly Dictionary<string, Action<SoftPasskey>> Wrong = new()
    {
        ["another port"] = p => p.Origin = "https://cloud.example:8444",
        ["no port"] = p => p.Origin = "https://cloud.example",
        ["another host"] = p => p.Origin = "https://cloud.example.evil.example:8443",
        ["without encryption"] = p => p.Origin = "http://cloud.example:8443",
        ["no origin"] = p => p.Origin = "",
        ["in a frame"] = p => p.CrossOrigin = true,
        ["in another's frame"] = p => p.More = ",\"topOrigin\":\"https://evil.example\"",
        ["another name"] = p => p.RpId = "evil.example",
        ["the name's parent"] = p => p.RpId = "example",
        ["a passkey that is made"] = p => p.Type = "webauthn.create",
        ["a payment"] = p => p.Type = "payment.get",
        ["another challenge"] = p => p.Challenge = Base64Url.EncodeToString(new byte[56]),
        ["a sign-in's challenge"] = p => p.Challenge = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)),
        ["the text's hash alone"] = p => p.Challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(Text))),
        ["another text's challenge"] = p => p.Challenge = Base64Url.EncodeToString(PasskeyKey.Challenge(Other)),
        ["padded"] = p => p.Challenge = Convert.ToBase64String(PasskeyKey.Challenge(Text)),
        ["no challenge"] = p => p.Challenge = "",
        ["a second challenge"] = p => p.More = ",\"challenge\":\"AAAA\"",
        ["nobody there"] = p => p.Flags = SoftPasskey.Uv,
        ["nobody verified"] = p => p.Flags = SoftPasskey.Up,
        ["backed up, though it can't be"] = p => p.Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Bs,
        ["a new key in it"] = p => p.Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.At,
        ["extensions that aren't there"] = p => p.Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Ed,
        ["extensions that it doesn't say"] = p => p.Extensions = [0xa0],
        ["too much from the authenticator"] = p => (p.Flags, p.Extensions) = (SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Ed, new byte[1024]),
        ["too much from the browser"] = p => p.More = ",\"x\":\"" + new string('x', 2048) + "\"",
        ["no JSON"] = p => p.More = ",",
        ["changed afterwards"] = p => p.Spoil = data => data[36] ^= 1,
    };

    public static TheoryData<string> Names => [.. Wrong.Keys];

    [Theory]
    [InlineData(null)]
    [InlineData(2048)]
    public void A_key_is_read_from_its_own_text_and_verifies_what_its_passkey_signed(int? rsaBits)
    {
        using var passkey = new SoftPasskey { RsaBits = rsaBits, Count = 7, Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Be | SoftPasskey.Bs };
        var text = passkey.KeyOf(Name, Origin);
        var key = Assert.IsType<PasskeyKey>(ApproverKey.Parse(text));
        Assert.Equal(text, key.ToString());
        Assert.Equal((Name, Origin, "cloud.example", true), (key.Name, key.Origin, key.Host, key.IsPasskey));
        Assert.Equal(passkey.Id, key.CredentialId.ToArray());
        Assert.Equal(text, PasskeyKey.Create(Name, Origin, passkey.Id, passkey.PublicKey)!.ToString());
        // It is no key of a log's or of a witness's.
        Assert.Null(NoteKey.Parse(text));
        var note = Note(passkey.Sign(text, Text, Origin));
        Assert.True(key.HasSigned(note));
        Assert.Equal((7, true), key.Used(note));
        Assert.False(key.HasSigned(note with { Text = Other }));
        Assert.Null(key.Used(note with { Text = Other }));
        // What an authenticator adds, and says so, and what browsers may come to say one day.
        (passkey.Flags, passkey.Extensions, passkey.More) = (SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Ed, [0xa0], ",\"other_keys_can_be_added_here\":\"x\"");
        Assert.True(key.HasSigned(Note(passkey.Sign(text, Text, Origin))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Whatever_is_wrong_is_no_signature(string wrong)
    {
        using var passkey = new SoftPasskey();
        var key = passkey.KeyOf(Name, Origin);
        Wrong[wrong](passkey);
        var note = Note(passkey.Sign(key, Text, Origin));
        Assert.False(ApproverKey.Parse(key)!.HasSigned(note));
    }

    [Fact]
    public void Another_passkey_another_person_and_another_place_are_other_keys()
    {
        using var passkey = new SoftPasskey();
        using var forged = new SoftPasskey { Id = passkey.Id };
        var text = passkey.KeyOf(Name, Origin);
        var key = ApproverKey.Parse(text)!;
        // Under the very name and id of the key.
        Assert.False(key.HasSigned(Note(forged.Sign(text, Text, Origin))));
        Assert.False(key.HasSigned(Note(passkey.Sign(passkey.KeyOf("demo/bob", Origin), Text, Origin))));
        Assert.False(key.HasSigned(Note(passkey.Sign(passkey.KeyOf(Name, "https://cloud.example"), Text, Origin))));
        // A line that is false makes a true one beside it worthless.
        Assert.True(key.HasSigned(Note(passkey.Sign(text, Text, Origin), passkey.Sign(text, Text, Origin))));
        Assert.False(key.HasSigned(Note(passkey.Sign(text, Text, Origin), forged.Sign(text, Text, Origin))));
    }

    [Fact]
    public void People_sign_one_note_each_in_their_way()
    {
        using var passkey = new SoftPasskey();
        using var bob = NoteSigner.Generate("demo/bob", NoteAlgorithm.Ed25519);
        using var witness = NoteSigner.Generate("demo/bob", NoteAlgorithm.Cosignature);
        var text = passkey.KeyOf(Name, Origin);
        var note = Note(passkey.Sign(text, Text, Origin), bob.Sign(Text).ToString().TrimEnd('\n'));
        Assert.True(ApproverKey.Parse(text)!.HasSigned(note));
        Assert.True(ApproverKey.Parse(bob.PublicKey.ToString())!.HasSigned(note));
        Assert.Null(ApproverKey.Parse(witness.PublicKey.ToString()));
        Assert.Null(ApproverKey.Of(witness.PublicKey));
        Assert.Equal(note.ToString(), SignedNote.Parse(note.ToString())!.ToString());
    }

    [Fact]
    public void What_is_no_key_is_refused()
    {
        using var passkey = new SoftPasskey();
        foreach (var origin in (string[])["", "cloud.example", "http://cloud.example", "https://cloud.example/", "https://cloud.example:443", "https://CLOUD.example", "https://192.0.2.1", "https://[2001:db8::1]",
            "https://a@cloud.example", "https://cloud.example:8443/x", "https://clöud.example", "null", "https://" + new string('a', 60) + string.Concat(Enumerable.Repeat(".aaaaaaaaa", 30))])
        {
            Assert.Null(PasskeyKey.Create(Name, origin, passkey.Id, passkey.PublicKey));
            Assert.Null(ApproverKey.Parse(passkey.KeyOf(Name, origin)));
        }

        foreach (var name in (string[])["", "a b", "a+b"])
        {
            Assert.Null(PasskeyKey.Create(name, Origin, passkey.Id, passkey.PublicKey));
        }

        foreach (var length in (int[])[0, 15, 1024])
        {
            Assert.Null(PasskeyKey.Create(Name, Origin, new byte[length], passkey.PublicKey));
        }

        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var other = ECDsa.Create(ECCurve.CreateFromFriendlyName("secP256k1"));
        using var small = RSA.Create(1024);
        var off = (byte[])passkey.PublicKey.Clone();
        off[^1] ^= 1;
        foreach (var key in (byte[][])[off, [], [1, 2, 3], p384.ExportSubjectPublicKeyInfo(), other.ExportSubjectPublicKeyInfo(), small.ExportSubjectPublicKeyInfo(), [.. passkey.PublicKey, 0], passkey.PublicKey[..^1]])
        {
            Assert.Null(PasskeyKey.Create(Name, Origin, passkey.Id, key));
        }

        // The longest there can be is read.
        using var longest = new SoftPasskey { Id = RandomNumberGenerator.GetBytes(1023), RsaBits = 4096 };
        var text = longest.KeyOf("demo/" + new string('a', 63), Origin);
        Assert.Equal(text, ApproverKey.Parse(text)!.ToString());
        Assert.True(ApproverKey.Parse(text)!.HasSigned(Note(longest.Sign(text, Text, Origin))));
        Assert.Null(ApproverKey.Parse(text + new string('A', ApproverKey.MaxLength)));
    }

    [Fact]
    public void Every_changed_byte_of_a_key_or_a_signature_makes_it_another_or_none()
    {
        using var passkey = new SoftPasskey();
        var text = passkey.KeyOf(Name, Origin);
        var key = ApproverKey.Parse(text)!;
        var line = passkey.Sign(text, Text, Origin);
        var bytes = Convert.FromBase64String(line.Split(' ')[2]);
        Gen.Int[0, bytes.Length - 1].Select(Gen.Int[1, 255]).Sample((at, flip) =>
        {
            var changed = (byte[])bytes.Clone();
            changed[at] ^= (byte)flip;
            Assert.False(key.HasSigned(Note($"\u2014 {Name} {Convert.ToBase64String(changed)}")));
        });
        Gen.Int[0, text.Length - 1].Select(Gen.Char.AlphaNumeric).Sample((at, c) =>
            Assert.True(text[at] == c || ApproverKey.Parse(text[..at] + c + text[(at + 1)..]) is not { } read || (read.ToString() != text && !read.HasSigned(Note(line)))));
    }

    [Fact]
    public void Any_bytes_are_read_and_none_of_them_is_a_signature()
    {
        using var passkey = new SoftPasskey();
        var text = passkey.KeyOf(Name, Origin);
        var (key, id) = (ApproverKey.Parse(text)!, Convert.FromHexString(text.Split('+')[1]));
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            Assert.False(key.HasSigned(new SignedNote(Text, [new NoteSignature(Name, key.Id, bytes)])));
            Assert.Null(ApproverKey.Parse($"{Name}+{Convert.ToHexStringLower(id)}+{Convert.ToBase64String([0xff, .. "beffroi/passkey-note/v1\n"u8, .. bytes])}"));
        });

        // And whatever a genuine passkey has signed.
        string[] jsons = ["", "[]", "null", "{}", "{\"type\":1}", "{\"type\":\"webauthn.get\"}", "{\"type\":\"webauthn.get\",\"challenge\":\"\\ud800\",\"origin\":\"\\udfff\"}", new string('[', 100), "\ufeff{}"];
        Gen.OneOf(Gen.Int[0, jsons.Length - 1].Select(i => jsons[i]), Gen.String).Sample(
            json =>
            {
                passkey.ClientData = json;
                Assert.False(key.HasSigned(Note(passkey.Sign(text, Text, Origin))));
            },
            threads: 1);
        passkey.ClientData = null;
        Assert.True(key.HasSigned(Note(passkey.Sign(text, Text, Origin))));
    }

    private static SignedNote Note(params string[] lines) => SignedNote.Parse(Text + "\n" + string.Concat(lines.Select(l => l + "\n")))!;
}
