using System.Buffers.Text;
using System.Text.Json.Nodes;
using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Testing;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Platform.Tests.Identity;

/// <summary>Passkeys as they are made and used, and each part of an answer that can be wrong.</summary>
public sealed class PasskeyCeremonyTests
{
    private const string Origin = "https://cloud.example:8443";
    private static readonly Person Bob = new(Side.Customer, Guid.Parse("0197a3b1-0000-7000-8000-000000000001"), Guid.CreateVersion7(), "bob", "demo");

    /// <summary>What a page that isn't ours, a browser or an authenticator may get wrong.</summary>
    private static readonly Dictionary<string, Action<SoftPasskey>> Wrong = new()
    {
        ["another port"] = p => p.Origin = "https://cloud.example:8444",
        ["no port"] = p => p.Origin = "https://cloud.example",
        ["another host"] = p => p.Origin = "https://cloud.example.evil.example:8443",
        ["without encryption"] = p => p.Origin = "http://cloud.example:8443",
        ["in capitals"] = p => p.Origin = "https://CLOUD.example:8443",
        ["no origin"] = p => p.Origin = "",
        ["in a frame"] = p => p.CrossOrigin = true,
        ["another name"] = p => p.RpId = "evil.example",
        ["the name's parent"] = p => p.RpId = "example",
        ["another ceremony"] = p => p.Type = "payment.get",
        ["another challenge"] = p => p.Challenge = Base64Url.EncodeToString(new byte[32]),
        ["a shorter challenge"] = p => p.Challenge = "AAAA",
        ["no challenge"] = p => p.Challenge = "",
        ["nobody there"] = p => p.Flags = SoftPasskey.Uv,
        ["nobody verified"] = p => p.Flags = SoftPasskey.Up,
        ["backed up, though it can't be"] = p => p.Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Bs,
        ["extensions that aren't there"] = p => p.Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Ed,
    };

    public static TheoryData<string> Names => [.. Wrong.Keys];

    [Fact]
    public async Task A_passkey_is_made_and_used()
    {
        using var passkey = new SoftPasskey { Count = 7, Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Be | SoftPasskey.Bs };
        var made = await MakeAsync(passkey);
        Assert.NotNull(made);
        Assert.Equal(passkey.Id, made.CredentialId);
        Assert.Equal(("cloud.example", 7L, true, true), (made.Domain, made.SignCount, made.Syncable, made.Synced));
        // Only what browsers have names for.
        Assert.Equal(["internal"], made.Transports);
        Assert.Equal(Bob.Id.ToString("N"), System.Text.Encoding.UTF8.GetString(passkey.User));
        passkey.Count = 8;
        passkey.Flags = SoftPasskey.Up | SoftPasskey.Uv | SoftPasskey.Be;
        Assert.Equal((8, false), await UseAsync(passkey, made));
    }

    [Fact]
    public async Task What_is_asked_for_is_what_is_held_to()
    {
        using var passkey = new SoftPasskey();
        var made = (await MakeAsync(passkey))!;
        var (options, _) = await PasskeyCeremonies.OfferAsync(Request(), Bob, "demo/bob", [Stored(made)]);
        var asked = JsonNode.Parse(options)!;
        Assert.Equal("cloud.example", (string?)asked["rp"]!["id"]);
        Assert.Equal("required", (string?)asked["authenticatorSelection"]!["userVerification"]);
        Assert.Equal("required", (string?)asked["authenticatorSelection"]!["residentKey"]);
        Assert.Equal("none", (string?)asked["attestation"]);
        Assert.Equal([-7, -257], asked["pubKeyCredParams"]!.AsArray().Select(p => (int)p!["alg"]!));
        Assert.Equal(Base64Url.EncodeToString(passkey.Id), (string?)Assert.Single(asked["excludeCredentials"]!.AsArray())!["id"]);
        Assert.True(Base64Url.DecodeFromChars((string)asked["challenge"]!).Length >= 32);
        Assert.DoesNotContain("demo", System.Text.Encoding.UTF8.GetString(Base64Url.DecodeFromChars((string)asked["user"]!["id"]!)), StringComparison.Ordinal);
        var (signIn, _) = await PasskeyCeremonies.AskAsync(Request());
        Assert.Equal("required", (string?)JsonNode.Parse(signIn)!["userVerification"]);
        Assert.Empty(JsonNode.Parse(signIn)!["allowCredentials"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_is_wrong_is_refused_when_a_passkey_is_made(string what)
    {
        using var passkey = new SoftPasskey();
        Wrong[what](passkey);
        Assert.Null(await MakeAsync(passkey));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_is_wrong_is_refused_when_a_passkey_is_used(string what)
    {
        using var passkey = new SoftPasskey();
        var made = (await MakeAsync(passkey))!;
        Wrong[what](passkey);
        Assert.Null(await UseAsync(passkey, made));
    }

    [Fact]
    public async Task A_passkey_is_its_holder_s_and_its_key_s()
    {
        using var passkey = new SoftPasskey();
        var made = (await MakeAsync(passkey))!;
        using var forged = new SoftPasskey { Id = passkey.Id, User = passkey.User };
        Assert.Null(await UseAsync(forged, made));
        using var other = new SoftPasskey();
        await MakeAsync(other);
        Assert.Null(await UseAsync(other, made));
        // Whether it can be copied to other devices never changes: this is another one.
        passkey.Flags |= SoftPasskey.Be;
        Assert.Null(await UseAsync(passkey, made));
        passkey.Flags = SoftPasskey.Up | SoftPasskey.Uv;
        passkey.User = System.Text.Encoding.UTF8.GetBytes(Guid.NewGuid().ToString("N"));
        Assert.Null(await UseAsync(passkey, made));
        passkey.User = [];
        Assert.Null(await UseAsync(passkey, made));
    }

    [Theory]
    [InlineData(-8)]
    [InlineData(-65535)]
    [InlineData(-37)]
    [InlineData(0)]
    public async Task Only_some_algorithms_are_allowed(int algorithm)
    {
        using var passkey = new SoftPasskey { Algorithm = algorithm };
        Assert.Null(await MakeAsync(passkey));
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(2048, true)]
    [InlineData(3072, true)]
    public async Task RSA_keys_are_not_weak(int bits, bool good)
    {
        using var passkey = new SoftPasskey { RsaBits = bits, Algorithm = -257 };
        Assert.Equal(good, await MakeAsync(passkey) is not null);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(16, true)]
    [InlineData(1023, true)]
    [InlineData(1024, false)]
    public async Task Credential_ids_are_bounded(int length, bool good)
    {
        using var passkey = new SoftPasskey { Id = [.. Enumerable.Repeat((byte)7, length)] };
        Assert.Equal(good, await MakeAsync(passkey) is not null);
    }

    /// <summary>W3C Web Authentication level 3, section 16.3: made with the user verified, used without. A statement of the authenticator's is passed over.</summary>
    [Fact]
    public async Task The_W3C_s_example_is_made_and_not_used_without_verification()
    {
        var http = Request("example.org");
        var (_, state) = await PasskeyCeremonies.OfferAsync(http, Bob, "demo/bob", []);
        var made = await PasskeyCeremonies.MadeAsync(http, Bob, With(state, "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5"), Answer(
            "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
            ("clientDataJSON", "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d"),
            ("attestationObject", "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2")));
        Assert.NotNull(made);
        Assert.Equal((0L, true, true), (made.SignCount, made.Syncable, made.Synced));
        var (_, asked) = await PasskeyCeremonies.AskAsync(http);
        Assert.Null(await PasskeyCeremonies.UsedAsync(http, With(asked, "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b"), Answer(
            "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
            ("authenticatorData", "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000"),
            ("clientDataJSON", "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d"),
            ("signature", "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66"),
            ("userHandle", Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(Bob.Id.ToString("N"))))), Stored(made)));
    }

    /// <summary>Any bit that changes on the way, in any part.</summary>
    [Fact]
    public async Task Whatever_is_changed_is_refused()
    {
        using var passkey = new SoftPasskey();
        var made = (await MakeAsync(passkey))!;
        var (options, state) = await PasskeyCeremonies.AskAsync(Request());
        var answer = passkey.Use(options, Origin);
        Assert.NotNull(await PasskeyCeremonies.UsedAsync(Request(), state, answer, Stored(made)));
        string[] parts = ["clientDataJSON", "authenticatorData", "signature"];
        await Gen.Select(Gen.Int[0, parts.Length - 1], Gen.Int[0, 10_000], Gen.Int[0, 7]).SampleAsync(async (which, at, bit) =>
        {
            var part = parts[which];
            var changed = JsonNode.Parse(answer)!;
            var bytes = Base64Url.DecodeFromChars((string)changed["response"]![part]!);
            bytes[at % bytes.Length] ^= (byte)(1 << bit);
            changed["response"]![part] = Base64Url.EncodeToString(bytes);
            Assert.Null(await PasskeyCeremonies.UsedAsync(Request(), state, changed.ToJsonString(), Stored(made)));
        }, iter: 500);
    }

    /// <summary>Neither thrown at, nor taken in.</summary>
    [Fact]
    public async Task What_is_no_answer_is_refused()
    {
        using var passkey = new SoftPasskey();
        var made = (await MakeAsync(passkey))!;
        var (making, makingState) = await PasskeyCeremonies.OfferAsync(Request(), Bob, "demo/bob", []);
        var (_, state) = await PasskeyCeremonies.AskAsync(Request());
        var good = passkey.Make(making, Origin);
        string[] bad = ["", "null", "[]", "{}", "\"\"", "1", "{\"id\":1}", "{\"id\":\"\\ud800\"}", "{\"id\":\"AAAA\"}", good + good, good[..^1], new string('[', 5000), good.Replace("public-key", "private-key", StringComparison.Ordinal)];
        foreach (var text in bad)
        {
            await RefusedAsync(text);
        }

        await Gen.Select(Gen.Int[0, good.Length - 1], Gen.Char[' ', '~']).SampleAsync(async (at, c) =>
        {
            // Never an exception; a change of what isn't looked at may pass.
            var changed = good[..at] + c + good[(at + 1)..];
            _ = PasskeyCeremonies.CredentialId(changed);
            await PasskeyCeremonies.MadeAsync(Request(), Bob, makingState, changed);
            Assert.Null(await PasskeyCeremonies.UsedAsync(Request(), state, changed, Stored(made)));
        }, iter: 500);
        await Gen.String.SampleAsync(RefusedAsync, iter: 500);
        await Gen.Byte.Array[0, 300].SampleAsync(async cbor =>
        {
            var changed = JsonNode.Parse(good)!;
            changed["response"]!["attestationObject"] = Base64Url.EncodeToString(cbor);
            Assert.Null(await PasskeyCeremonies.MadeAsync(Request(), Bob, makingState, changed.ToJsonString()));
        }, iter: 500);

        async Task RefusedAsync(string text)
        {
            _ = PasskeyCeremonies.CredentialId(text);
            Assert.Null(await PasskeyCeremonies.MadeAsync(Request(), Bob, makingState, text));
            Assert.Null(await PasskeyCeremonies.UsedAsync(Request(), state, text, Stored(made)));
        }
    }

    [Theory]
    [InlineData("cloud.example", "cloud.example")]
    [InlineData("cloud.example:8443", "cloud.example")]
    [InlineData("localhost:8443", "localhost")]
    [InlineData("beffroi", "beffroi")]
    [InlineData("192.0.2.1", null)]
    [InlineData("192.0.2.1:8443", null)]
    [InlineData("[2001:db8::1]:8443", null)]
    [InlineData("2130706433", null)]
    [InlineData("", null)]
    public void Passkeys_are_tied_to_names_and_never_to_addresses(string host, string? domain) => Assert.Equal(domain, PasskeyCeremonies.Domain(Request(host)));

    private static DefaultHttpContext Request(string host = "cloud.example:8443")
    {
        var http = new DefaultHttpContext { RequestServices = new ServiceCollection().BuildServiceProvider() };
        http.Request.Scheme = "https";
        http.Request.Host = new HostString(host);
        return http;
    }

    private static async Task<NewPasskey?> MakeAsync(SoftPasskey passkey)
    {
        var (options, state) = await PasskeyCeremonies.OfferAsync(Request(), Bob, "demo/bob", []);
        return await PasskeyCeremonies.MadeAsync(Request(), Bob, state, passkey.Make(options, Origin));
    }

    private static async Task<(long SignCount, bool Synced)?> UseAsync(SoftPasskey passkey, NewPasskey made)
    {
        var (options, state) = await PasskeyCeremonies.AskAsync(Request());
        return await PasskeyCeremonies.UsedAsync(Request(), state, passkey.Use(options, Origin), Stored(made));
    }

    private static StoredPasskey Stored(NewPasskey made) => new(Guid.NewGuid(), Bob.Id, made.CredentialId, made.PublicKey, made.SignCount, made.Syncable, made.Transports, false);

    private static string With(string state, string challenge)
    {
        var node = JsonNode.Parse(state)!;
        var name = node.AsObject().Select(p => p.Key).Single(k => k.Equals("challenge", StringComparison.OrdinalIgnoreCase));
        node[name] = Convert.ToBase64String(Convert.FromHexString(challenge));
        return node.ToJsonString();
    }

    private static string Answer(string id, params (string Name, string Hex)[] response)
    {
        var parts = new JsonObject();
        foreach (var (name, hex) in response)
        {
            parts[name] = Base64Url.EncodeToString(Convert.FromHexString(hex));
        }

        return new JsonObject { ["id"] = Base64Url.EncodeToString(Convert.FromHexString(id)), ["type"] = "public-key", ["clientExtensionResults"] = new JsonObject(), ["response"] = parts }.ToJsonString();
    }
}
