namespace Beffroi.Contracts;

/// <summary>Who shall cosign a ledger's checkpoints.</summary>
/// <param name="Url">The witness's submission prefix (C2SP tlog-witness): http or https.</param>
/// <param name="PublicKey">Its verifier key, <c>NAME+ID+BASE64</c> with signature type 4 (C2SP tlog-cosignature).</param>
/// <param name="Authority">PEM of the authority of its TLS certificate; without it the system's authorities count.</param>
public sealed record PutLedgerWitness(string Url, string PublicKey, string? Authority = null);

/// <summary>A witness of a ledger.</summary>
/// <param name="Name">Unique in the organization.</param>
/// <param name="Url">Its submission prefix.</param>
/// <param name="PublicKey">Its verifier key.</param>
/// <param name="CosignedSize">Entries that the ledger had when it last cosigned; 0 for never.</param>
/// <param name="CosignedAt">When; null for never.</param>
/// <param name="Error">Why it hasn't since; null if all is well.</param>
public sealed record LedgerWitness(string Name, string Url, string PublicKey, long CosignedSize, DateTimeOffset? CosignedAt = null, string? Error = null);

/// <summary>Where entries of a ledger shall be sent as they come.</summary>
/// <param name="Url"><c>syslog+tls://HOST[:PORT]</c> (RFC 5425, port 6514) or <c>https://…</c> for JSON lines.</param>
/// <param name="Authority">PEM of the authority of the receiver's TLS certificate; without it the system's authorities count.</param>
/// <param name="FromStart">Whether all that the ledger holds is sent first; else what comes from now on.</param>
public sealed record PutLedgerForward(string Url, string? Authority = null, bool FromStart = false);

/// <summary>Where entries of a ledger are sent.</summary>
/// <param name="Name">Unique in the organization.</param>
/// <param name="Url">Where to.</param>
/// <param name="NextIndex">The number of the first entry that hasn't arrived.</param>
/// <param name="Waiting">How many haven't.</param>
/// <param name="DeliveredAt">When some last arrived; null for never.</param>
/// <param name="Error">Why they don't; null if all is well.</param>
/// <param name="Secret">Of a webhook, in the answer that made it and never again: the key of its signatures.</param>
public sealed record LedgerForward(
    string Name, string Url, long NextIndex, long Waiting, DateTimeOffset? DeliveredAt = null, string? Error = null, string? Secret = null)
{
    /// <summary>Prints no secret.</summary>
    public override string ToString() => Name + " to " + Url;
}
