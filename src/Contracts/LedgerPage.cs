namespace Beffroi.Contracts;

/// <summary>A part of an organization's ledger.</summary>
/// <param name="Items">In order.</param>
/// <param name="Next">Pass as <c>after</c> to go on; null at the end.</param>
public sealed record LedgerPage(IReadOnlyList<LedgerRecord> Items, long? Next);

/// <summary>One entry of the ledger, so that its hash can be computed again.</summary>
/// <param name="Sequence">Its place among all entries of the installation.</param>
/// <param name="Entry">The entry exactly as it was hashed (JSON).</param>
/// <param name="PreviousSha256">Hash of the entry before, lower-case hexadecimal.</param>
/// <param name="Sha256">Its own hash, lower-case hexadecimal.</param>
public sealed record LedgerRecord(long Sequence, string Entry, string PreviousSha256, string Sha256);
