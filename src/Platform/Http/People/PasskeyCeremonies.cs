using System.Buffers.Text;
using System.Formats.Cbor;
using System.Net;
using System.Text.Json;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Beffroi.Platform.Http.People;

/// <summary>
/// What passes between a browser and us for a passkey: W3C Web Authentication level 3, sections 7.1 and 7.2, as ASP.NET Core Identity verifies it. Ours on top: the exact origin, no frames, keys of no more
/// and no fewer bits than are sound, and the counter, which the store compares (<see cref="PasskeyTable.UseAsync"/>). Keeps nothing; safe for concurrent use.
/// </summary>
internal static class PasskeyCeremonies
{
    /// <summary>The longest answer of a browser's, in characters.</summary>
    public const int LongestAnswer = 8 * 1024;

    // COSE (RFC 9053, RFC 8812): ECDSA on P-256 and RSA with PKCS #1 v1.5, both with SHA-256. All authenticators have the first but those of some TPMs, which have the second.
    private const int Es256 = -7, Rs256 = -257;

    // WebAuthn section 4: no credential id has fewer; section 6.5.1: nor more.
    private const int ShortestId = 16, LongestId = 1023;

    // Of an RSA key in bytes: 2048 to 4096 bits.
    private const int ShortestModulus = 256, LongestModulus = 512;

    private static readonly string[] Transports = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

    private static readonly IOptions<IdentityPasskeyOptions> Rules = Options.Create(new IdentityPasskeyOptions
    {
        // Whoever it is has shown it to the authenticator, so that it is two factors; and no name needs to be typed.
        UserVerificationRequirement = "required",
        ResidentKeyRequirement = "required",
        AttestationConveyancePreference = "none",
        IsAllowedAlgorithm = algorithm => algorithm is Es256 or Rs256,
        // The other side's listener has the same name at another port, and so another origin.
        ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && context.TopOrigin is null && context.Origin == "https://" + context.HttpContext.Request.Host.Value),
    });

    /// <summary>The name under which the browser found us, to which passkeys are tied (the RP ID); null for an address, to which none can be.</summary>
    public static string? Domain(HttpContext http) =>
        http.Request.Host.Host is { Length: > 0 and <= 253 } host && Uri.CheckHostName(host) == UriHostNameType.Dns && !IPAddress.TryParse(host, out _) ? host : null;

    /// <summary>What to ask for, so that a passkey is made, and what to keep until the answer comes.</summary>
    /// <param name="http">The request.</param>
    /// <param name="holder">For whom.</param>
    /// <param name="shownAs">How authenticators list it.</param>
    /// <param name="held">Those that there are.</param>
    public static async Task<(string Options, string State)> OfferAsync(HttpContext http, Person holder, string shownAs, IEnumerable<StoredPasskey> held)
    {
        using var user = new HeldPasskeys(holder.Id, [.. held.Select(Info)]);
        using var users = Users(user, http);
        var made = await new PasskeyHandler<HeldPasskeys>(users, Rules).MakeCreationOptionsAsync(new PasskeyUserEntity { Id = user.Handle!, Name = shownAs, DisplayName = shownAs }, http);
        return (made.CreationOptionsJson, made.AttestationState ?? throw new InvalidOperationException("A ceremony without a challenge."));
    }

    /// <summary>The passkey that was made; null if anything is wrong with it.</summary>
    public static async Task<NewPasskey?> MadeAsync(HttpContext http, Person holder, string state, string answer)
    {
        using var user = new HeldPasskeys(holder.Id, []);
        using var users = Users(user, http);
        var result = await new PasskeyHandler<HeldPasskeys>(users, Rules)
            .PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = http, CredentialJson = answer, AttestationState = state });
        return result is { Succeeded: true, Passkey: { CredentialId.Length: >= ShortestId and <= LongestId } made } && Domain(http) is { } domain && IsSound(made.PublicKey)
            ? new NewPasskey(made.CredentialId, made.PublicKey, domain, made.SignCount, made.IsBackupEligible, made.IsBackedUp, [.. Transports.Intersect(made.Transports ?? [])])
            : null;
    }

    /// <summary>What to ask for, so that someone signs in, and what to keep until the answer comes.</summary>
    public static async Task<(string Options, string State)> AskAsync(HttpContext http)
    {
        using var nobody = new HeldPasskeys(null, []);
        using var users = Users(nobody, http);
        var asked = await new PasskeyHandler<HeldPasskeys>(users, Rules).MakeRequestOptionsAsync(null, http);
        return (asked.RequestOptionsJson, asked.AssertionState ?? throw new InvalidOperationException("A ceremony without a challenge."));
    }

    /// <summary>With what the passkey was used: its counter and whether it is synced; null if the answer isn't its.</summary>
    public static async Task<(long SignCount, bool Synced)?> UsedAsync(HttpContext http, string state, string answer, StoredPasskey passkey)
    {
        using var user = new HeldPasskeys(passkey.Holder, [Info(passkey)]);
        using var users = Users(user, http);
        var result = await new PasskeyHandler<HeldPasskeys>(users, Rules).PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = http, CredentialJson = answer, AssertionState = state });
        return result is { Succeeded: true, Passkey: { } used } ? (used.SignCount, used.IsBackedUp) : null;
    }

    /// <summary>Which passkey an answer says that it is of; null if it can't be one.</summary>
    public static byte[]? CredentialId(string answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer, new JsonDocumentOptions { MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
                && id.GetString() is { Length: <= LongestId * 2 } text && Base64Url.IsValid(text) && Base64Url.DecodeFromChars(text) is { Length: >= ShortestId and <= LongestId } bytes
                    ? bytes
                    : null;
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half of a surrogate pair.
            return null;
        }
    }

    /// <summary>Whether a key that has been decoded already is one to rely on.</summary>
    private static bool IsSound(byte[] coseKey)
    {
        const int KeyType = 1, Rsa = 3, Modulus = -1;
        try
        {
            var reader = new CborReader(coseKey, CborConformanceMode.Ctap2Canonical);
            reader.ReadStartMap();
            var rsa = false;
            while (reader.PeekState() != CborReaderState.EndMap)
            {
                var label = reader.ReadInt32();
                if (label == KeyType)
                {
                    rsa = reader.ReadInt32() == Rsa;
                }
                else if (label == Modulus && rsa)
                {
                    return reader.ReadByteString().Length is >= ShortestModulus and <= LongestModulus && coseKey.Length <= LongestModulus + 64;
                }
                else
                {
                    reader.SkipValue();
                }
            }

            return !rsa && coseKey.Length <= LongestModulus;
        }
        catch (Exception bad) when (bad is CborContentException or InvalidOperationException or OverflowException)
        {
            return false;
        }
    }

    // The counter is the store's to compare, in one statement with its change: here it is as if there had been none yet.
    private static UserPasskeyInfo Info(StoredPasskey passkey) => new(
        passkey.CredentialId, passkey.PublicKey, DateTimeOffset.UnixEpoch, signCount: 0, passkey.Transports, isUserVerified: true, passkey.Syncable, isBackedUp: false, attestationObject: [], clientDataJson: []);

    private static UserManager<HeldPasskeys> Users(HeldPasskeys held, HttpContext http) => new(
        held, Options.Create(new IdentityOptions()), new PasswordHasher<HeldPasskeys>(), [], [], new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(), http.RequestServices,
        NullLogger<UserManager<HeldPasskeys>>.Instance);
}
