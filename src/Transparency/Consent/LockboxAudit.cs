using System.Globalization;
using System.Text.Json;

namespace Beffroi.Transparency.Consent;

/// <summary>One thing that was shown to one of the operator's people, and whether the customer had agreed to it.</summary>
/// <param name="Entry">The ledger's entry.</param>
/// <param name="At">When, as the ledger has it.</param>
/// <param name="Actor">To whom.</param>
/// <param name="Consent">By which consent; null if the ledger has none that it could be.</param>
/// <param name="Approvers">Whose signatures below it are true, of those whose keys are trusted.</param>
/// <param name="ByPasskey">Those of them who signed with a passkey alone: on the word of the page that asked for it.</param>
/// <param name="Fault">Why it should not have been; null if it was agreed to.</param>
public sealed record AuditedShowing(long Entry, string At, string Actor, LockboxConsent? Consent, IReadOnlyList<string> Approvers, IReadOnlyList<string> ByPasskey, string? Fault);

/// <summary>
/// Holds what a ledger says was shown to the operator's people against what the customer has signed. It believes nobody but the keys it is given, which the customer keeps: whoever
/// has the platform and its whole store can write entries, and can't make a signature. The ledger itself is verified elsewhere. For one thread.
/// </summary>
/// <param name="organization">Whose ledger it is.</param>
/// <param name="trusted">The approvers' keys.</param>
public sealed class LockboxAudit(string organization, IReadOnlyList<ApproverKey> trusted)
{
    private readonly Dictionary<string, Agreed> _agreed = [];
    private readonly List<AuditedShowing> _showings = [];

    /// <summary>What was shown, in the ledger's order.</summary>
    public IReadOnlyList<AuditedShowing> Showings => _showings;

    /// <summary>Takes the ledger's next entry, in order. What says nothing of a lockbox is passed over.</summary>
    public void Add(long index, ReadOnlySpan<byte> entry)
    {
        if (ReadEntry(entry) is not { Outcome: "accepted" } read)
        {
            return;
        }

        switch (read.Action)
        {
            case "lockbox.approve":
                Approve(read);
                break;
            case "lockbox.end":
                foreach (var agreed in _agreed.Values.Where(a => read.Reason == a.Consent.Request.ToString("D")))
                {
                    agreed.EndedAt ??= read.At;
                }

                break;
            case "lockbox.open":
                Open(index, read);
                break;
        }
    }

    private void Approve(Entry entry)
    {
        if (SignedNote.Parse(entry.Reason) is not { } note || LockboxConsent.Parse(note.Text) is not { } consent || consent.Organization != organization)
        {
            return;
        }

        var digest = LockboxConsent.Digest(note.Text);
        if (!_agreed.TryGetValue(digest, out var agreed))
        {
            _agreed[digest] = agreed = new Agreed(consent);
        }

        foreach (var key in trusted.Where(k => entry.At <= consent.ExpiresAt && k.HasSigned(note)))
        {
            agreed.Take(key, entry.At);
        }
    }

    private void Open(long index, Entry entry)
    {
        var agreed = LockboxTrace.Parse(entry.Reason) is { } trace ? _agreed.GetValueOrDefault(trace.ConsentSha256) : null;
        _showings.Add(new AuditedShowing(index, Text(entry.At), entry.Actor, agreed?.Consent, Names(agreed?.Keys), Names(agreed?.Keys.Where(k => k.IsPasskey)), FaultOf(entry, agreed)));
    }

    private static string[] Names(IEnumerable<ApproverKey>? keys) => [.. (keys ?? []).Select(k => k.Name).Order(StringComparer.Ordinal)];

    private static string? FaultOf(Entry entry, Agreed? agreed)
    {
        if (agreed is null)
        {
            return "The ledger has no consent to it.";
        }

        var consent = agreed.Consent;
        return agreed.Keys.Count < consent.Needed ? $"{agreed.Keys.Count} of {consent.Needed} approvers whose keys are trusted signed the consent."
            : consent.LacksMachineKey(agreed.Keys) ? "All who signed the consent did so with passkeys, and one has to with a key on a machine of their own."
            : entry.Actor != "operator:" + consent.Operator ? $"The consent is for {consent.Operator}, and it was shown to another."
            : entry.At > agreed.LastAt!.Value.AddMinutes(consent.Minutes) ? $"It was shown after the {consent.Minutes} minutes that were agreed to."
            : agreed.EndedAt is { } ended && entry.At > ended ? $"It was shown although the customer had closed it at {Text(ended)}."
            : null;
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    // What isn't readable says nothing that counts.
    private static Entry? ReadEntry(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var json = new Utf8JsonReader(bytes);
            using var document = JsonDocument.ParseValue(ref json);
            var root = document.RootElement;
            return Field(root, "action") is { } action && action.StartsWith("lockbox.", StringComparison.Ordinal)
                && DateTimeOffset.TryParse(Field(root, "at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? new Entry(at, Field(root, "actor") ?? "", action, Field(root, "outcome") ?? "", Field(root, "reason") ?? "")
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Field(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Entry(DateTimeOffset At, string Actor, string Action, string Outcome, string Reason);

    private sealed class Agreed(LockboxConsent consent)
    {
        // One person counts once, with however many keys.
        private readonly Dictionary<string, ApproverKey> _keys = new(StringComparer.Ordinal);

        public LockboxConsent Consent { get; } = consent;

        /// <summary>One of each person's whose signature is true: that of their machine, if there is one.</summary>
        public Dictionary<string, ApproverKey>.ValueCollection Keys => _keys.Values;

        /// <summary>When the last signature came that was needed.</summary>
        public DateTimeOffset? LastAt { get; private set; }

        public DateTimeOffset? EndedAt { get; set; }

        public void Take(ApproverKey key, DateTimeOffset at)
        {
            var known = _keys.GetValueOrDefault(key.Name);
            if (known is { IsPasskey: false } || known?.IsPasskey == key.IsPasskey)
            {
                return;
            }

            if (known is null || Consent.LacksMachineKey(Keys))
            {
                LastAt = at;
            }

            _keys[key.Name] = key;
        }
    }
}
