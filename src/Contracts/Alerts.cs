namespace Beffroi.Contracts;

/// <summary>Something that needs, or needed, a person's attention.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Kind">What kind: part of the API, e.g. <c>archiving-failing</c>.</param>
/// <param name="Severity"><c>warning</c> or <c>critical</c>.</param>
/// <param name="State"><c>open</c> or <c>resolved</c>.</param>
/// <param name="Subject">What it is about: <c>SPACE/KIND/NAME</c>, <c>SPACE</c> or the organization's name.</param>
/// <param name="Title">What is the case, in a line.</param>
/// <param name="Text">What the title doesn't say; may be empty.</param>
/// <param name="Since">UTC: since when.</param>
/// <param name="RaisedAt">UTC.</param>
/// <param name="ResolvedAt">UTC; null while it is open.</param>
public sealed record Alert(
    Guid Id, string Kind, string Severity, string State, string Subject, string Title, string Text, DateTimeOffset Since, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt = null);

/// <summary>The body of what a webhook gets.</summary>
/// <param name="Id">The message's: whoever gets it again has it already.</param>
/// <param name="Event"><c>raised</c>, <c>resolved</c> or <c>test</c>.</param>
/// <param name="Organization">Whose alert.</param>
/// <param name="Alert">As it is now.</param>
public sealed record AlertMessage(Guid Id, string Event, string Organization, Alert Alert);

/// <summary>Who shall be told of alerts, and of which.</summary>
/// <param name="Url"><c>https://…</c>: a webhook; or</param>
/// <param name="Email">an e-mail address, to which a code is sent: without it, nothing else is.</param>
/// <param name="Authority">PEM of the authority of a webhook's TLS certificate; without it the system's authorities count.</param>
/// <param name="Language">Of the texts: <c>en</c> or <c>fr</c>.</param>
/// <param name="LeastSeverity"><c>warning</c> for all, or <c>critical</c>.</param>
/// <param name="Spaces">Only alerts of these spaces, by name; null for all, and those of the organization.</param>
/// <param name="Kinds">Only alerts of these kinds; null for all.</param>
public sealed record PutAlertReceiver(
    string? Url = null, string? Email = null, string? Authority = null, string Language = "en", string LeastSeverity = "warning",
    IReadOnlyList<string>? Spaces = null, IReadOnlyList<string>? Kinds = null);

/// <summary>The code that came by e-mail.</summary>
/// <param name="Code">As it came.</param>
public sealed record ConfirmAlertReceiver(string Code);

/// <summary>Who is told of alerts.</summary>
/// <param name="Name">Unique in the organization.</param>
/// <param name="Url">Of a webhook.</param>
/// <param name="Email">Of an e-mail receiver.</param>
/// <param name="State"><c>active</c>, or <c>unconfirmed</c>: it gets nothing until its code is given.</param>
/// <param name="Language">Of the texts.</param>
/// <param name="LeastSeverity">The least severity that it is told of.</param>
/// <param name="Spaces">Only of these; null for all.</param>
/// <param name="Kinds">Only of these; null for all.</param>
/// <param name="Waiting">How many messages have not arrived yet.</param>
/// <param name="GivenUp">How many never did: after three days they are not tried any more.</param>
/// <param name="DeliveredAt">When one last arrived, UTC; null for never.</param>
/// <param name="Error">Why the last one didn't; null if it did.</param>
/// <param name="Secret">Of a webhook, in the answer that made it and never again: the key of its signatures.</param>
public sealed record AlertReceiver(
    string Name, string? Url, string? Email, string State, string Language, string LeastSeverity, IReadOnlyList<string>? Spaces, IReadOnlyList<string>? Kinds, long Waiting, long GivenUp,
    DateTimeOffset? DeliveredAt = null, string? Error = null, string? Secret = null)
{
    /// <summary>Prints no secret.</summary>
    public override string ToString() => Name + " to " + (Url ?? Email);
}
