using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Transparency;
using Beffroi.Transparency.Consent;
using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>
/// Members' passkeys as keys that approve. They are those that people sign in with, and hang on them: one that is removed, or whose holder is reset, approves nothing any more. Each method works in the
/// caller's transaction.
/// </summary>
internal static class LockboxPasskeys
{
    /// <summary>Why a passkey neither is registered nor signs.</summary>
    public static Problem NotAllowed { get; } = Problem.Conflict(
        "no-passkey-consents", "Passkeys approve nothing here",
        "Your organization takes signatures of keys on people's own machines alone (beffroi lockbox key create). Who may change the safeguards can allow passkeys: beffroi safeguard set --passkey-consents on.");

    /// <summary>A member's passkeys as keys, for pages of one origin. Those that were made for another name can't be asked there, and aren't among them.</summary>
    public static async Task<List<LockboxPasskey>> ListAsync(NpgsqlConnection connection, string organization, CustomerPrincipal member, string origin, CancellationToken cancellationToken) =>
        [.. (await KeysAsync(connection, organization, member, origin, cancellationToken)).Select(k => new LockboxPasskey(k.Passkey.Name, k.Passkey.Synced, k.Key.ToString()))];

    /// <summary>Which of the member's passkeys a key is of, shown to be in their hands; or what is wrong with it.</summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="organization">The member's, by its name.</param>
    /// <param name="member">Whose it has to be.</param>
    /// <param name="key">As it was sent.</param>
    /// <param name="proof">The line of a note over the registration, by the passkey itself.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<Result<Guid>> RegisterAsync(
        NpgsqlConnection connection, string organization, CustomerPrincipal member, PasskeyKey key, string proof, CancellationToken cancellationToken)
    {
        var text = key.ToString();
        var (passkey, _) = (await KeysAsync(connection, organization, member, key.Origin, cancellationToken)).Find(k => k.Key.ToString() == text);
        if (passkey is null)
        {
            return Problem.Invalid(new FieldError("key", "This is no passkey of yours.", "one of those that are listed for you under /lockbox-passkeys, unchanged"));
        }

        if (LockboxSignatures.Note(LockboxTerms.Registration(text), proof) is not { } note || key.Used(note) is null)
        {
            return Problem.Invalid(new FieldError("proof", "This passkey has not signed its registration.", "the signature line of a note over the registration, made with the passkey"));
        }

        return await UseAsync(connection, passkey.Id, key, note, cancellationToken) is { } refused ? refused : passkey.Id;
    }

    /// <summary>Counts a use on; null, or why it doesn't count: the passkey is gone, or its counter went back, so that somebody else may have its key (WebAuthn section 6.1.1).</summary>
    public static async Task<Problem?> UseAsync(NpgsqlConnection connection, Guid passkey, PasskeyKey key, SignedNote note, CancellationToken cancellationToken) =>
        key.Used(note) is var (count, synced) && await PasskeyTable.UseAsync(connection, passkey, count, synced, cancellationToken)
            ? null
            : Problem.Conflict("passkey-counter", "The passkey's counter went back", "Somebody may have copied its key, or this was signed before the passkey's last use. Try again; if it is refused again, remove the passkey.");

    private static async Task<List<(Passkey Passkey, PasskeyKey Key)>> KeysAsync(NpgsqlConnection connection, string organization, CustomerPrincipal member, string origin, CancellationToken cancellationToken)
    {
        var keys = new List<(Passkey, PasskeyKey)>();
        var domain = Uri.TryCreate(origin, UriKind.Absolute, out var uri) ? uri.Host : "";
        foreach (var (shown, credentialId, publicKey) in await PasskeyTable.ListKeysAsync(connection, member.Id, domain, cancellationToken))
        {
            if (CoseKey.ToSubjectPublicKeyInfo(publicKey) is { } key && PasskeyKey.Create(LockboxTerms.KeyName(organization, member.Name), origin, credentialId, key) is { } made)
            {
                keys.Add((shown, made));
            }
        }

        return keys;
    }
}
