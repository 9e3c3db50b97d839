namespace Beffroi.Contracts;

/// <summary>A part of a ledger.</summary>
/// <param name="Items">In order.</param>
/// <param name="Next">Pass as <c>from</c> to go on; null at the end.</param>
public sealed record LedgerPage(IReadOnlyList<LedgerRecord> Items, long? Next);

/// <summary>One entry of a ledger.</summary>
/// <param name="Index">Its number in the log, from 0.</param>
/// <param name="Entry">The entry exactly as it was hashed: canonical JSON (RFC 8785).</param>
public sealed record LedgerRecord(long Index, string Entry);
