namespace Beffroi.Contracts.Evidence;

/// <summary>The same sentence for people in both of the product's languages.</summary>
/// <param name="En">English.</param>
/// <param name="Fr">French.</param>
public sealed record LocalText(string En, string Fr);

/// <summary>A framework of requirements, as whoever publishes it numbers them; the titles are this project's own words.</summary>
/// <param name="Name">As in paths: <c>secnumcloud-3.2</c>.</param>
/// <param name="Title">With its version.</param>
/// <param name="Publisher">Who publishes it.</param>
/// <param name="Date">When that version was published.</param>
/// <param name="Requirements">How many of its requirements are listed here.</param>
/// <param name="Note">What one has to know of the list; null if nothing.</param>
public sealed record EvidenceFramework(string Name, string Title, string Publisher, DateOnly Date, int Requirements, LocalText? Note);

/// <summary>What a check found of an organization when it ran last.</summary>
/// <param name="Check">Which: <c>isolation-verified</c>.</param>
/// <param name="Title">What is checked.</param>
/// <param name="Means">How, and what it does not show.</param>
/// <param name="Enforced">Whether software refuses what the check looks for, so that a failure is a fault or an attack; else it is somebody's choice.</param>
/// <param name="State"><c>holds</c>, <c>fails</c>, <c>unknown</c> (there is nothing to judge yet) or <c>stale</c> (not looked at in time).</param>
/// <param name="Message">What is the case.</param>
/// <param name="Since">Since when it is so, UTC; null before the first run.</param>
/// <param name="ObservedAt">Of when the oldest observation behind it is, UTC; null before the first run.</param>
/// <param name="GoodUntil">After this it is stale, UTC; null before the first run.</param>
/// <param name="Sources">What is behind it, as the API's paths.</param>
public sealed record EvidenceFinding(
    string Check,
    LocalText Title,
    LocalText Means,
    bool Enforced,
    string State,
    LocalText Message,
    DateTimeOffset? Since,
    DateTimeOffset? ObservedAt,
    DateTimeOffset? GoodUntil,
    IReadOnlyList<string> Sources);

/// <summary>Somebody's word for what software can't show.</summary>
/// <param name="Framework">Of which framework.</param>
/// <param name="Requirement">Which requirement.</param>
/// <param name="Side"><c>customer</c>, or <c>operator</c>: then it holds for every organization.</param>
/// <param name="Statement">What is attested, in their words.</param>
/// <param name="DocumentSha256">Of the document behind it, 64 hexadecimal digits; null if there is none.</param>
/// <param name="AttestedBy">Who says so.</param>
/// <param name="AttestedAt">UTC.</param>
/// <param name="ValidUntil">The last day on which it holds.</param>
public sealed record Attestation(
    string Framework,
    string Requirement,
    string Side,
    string Statement,
    string? DocumentSha256,
    string AttestedBy,
    DateTimeOffset AttestedAt,
    DateOnly ValidUntil);

/// <summary>An attestation to be kept.</summary>
/// <param name="Statement">What is attested, 1 to 2000 characters.</param>
/// <param name="ValidUntil">The last day on which it holds: today to three years from now.</param>
/// <param name="DocumentSha256">Of the document behind it, 64 hexadecimal digits.</param>
public sealed record PutAttestation(string Statement, DateOnly ValidUntil, string? DocumentSha256 = null);

/// <summary>A requirement with what is known of it.</summary>
/// <param name="Requirement">The publisher's number: <c>10.1.a</c>.</param>
/// <param name="Title">In this project's words.</param>
/// <param name="Kind"><c>enforced</c> (software can hold it), <c>evidenced</c> (software can show it) or <c>organisational</c> (people, buildings, contracts).</param>
/// <param name="Strength"><c>must</c>, or <c>should</c> for a recommendation.</param>
/// <param name="State">
/// <c>enforced</c> and <c>fresh</c> (all its checks that have something to judge hold), <c>failing</c>, <c>stale</c>, <c>attested</c>, <c>attestation-expired</c>, or <c>not-shown</c>: this installation shows nothing of it.
/// </param>
/// <param name="Since">Since when they hold, UTC; null where they don't.</param>
/// <param name="GoodUntil">When the first of its checks becomes stale, UTC; null where it has none.</param>
/// <param name="Checks">The checks that show something of it. None shows all of it: whether they are enough is the auditor's to judge.</param>
/// <param name="Attestations">Whose word is there, expired ones too.</param>
public sealed record RequirementEvidence(
    string Requirement,
    LocalText Title,
    string Kind,
    string Strength,
    string State,
    DateTimeOffset? Since,
    DateTimeOffset? GoodUntil,
    IReadOnlyList<string> Checks,
    IReadOnlyList<Attestation> Attestations);

/// <summary>A framework's requirements with what is known of each, for one organization at one moment.</summary>
/// <param name="Framework">Which.</param>
/// <param name="Organization">Whose.</param>
/// <param name="At">UTC.</param>
/// <param name="Findings">Of all checks that its requirements name.</param>
/// <param name="Requirements">In the publisher's order.</param>
public sealed record FrameworkEvidence(
    EvidenceFramework Framework,
    string Organization,
    DateTimeOffset At,
    IReadOnlyList<EvidenceFinding> Findings,
    IReadOnlyList<RequirementEvidence> Requirements);

/// <summary>
/// What a bundle is. It is the second line of a C2SP signed note under the key of the organization's ledger; the first is <see cref="Format"/>. What the bundle consists of is in
/// <see cref="Sums"/>, of which this has the digest: a note has room for some hundreds of files only.
/// </summary>
/// <param name="Organization">Whose.</param>
/// <param name="Framework">Of which framework.</param>
/// <param name="At">When it was made, UTC.</param>
/// <param name="SumsSha256">SHA-256 of <see cref="Sums"/>, 64 hexadecimal digits.</param>
public sealed record BundleManifest(string Organization, string Framework, DateTimeOffset At, string SumsSha256)
{
    /// <summary>The note's first line.</summary>
    public const string Format = "beffroi evidence bundle v2";

    /// <summary>The file that lists every other file but the manifest with its SHA-256, in order of name, as sha256sum(1) writes and checks it.</summary>
    public const string Sums = "SHA256SUMS";

    /// <summary>The manifest's own name in the bundle.</summary>
    public const string Name = "manifest.note";

    /// <summary>The most that is read of a bundle, in bytes, unpacked.</summary>
    public const int MaxSize = 64 << 20;
}
