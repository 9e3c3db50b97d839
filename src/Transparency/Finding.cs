namespace Beffroi.Transparency;

/// <summary>What can be wrong with a log.</summary>
public enum Fault
{
    /// <summary>Something isn't in the form it must have.</summary>
    Malformed,

    /// <summary>The log's key hasn't signed the checkpoint.</summary>
    NotSigned,

    /// <summary>There is a signature in the name of the log's key that this key didn't make.</summary>
    Forged,

    /// <summary>It is another log.</summary>
    OtherLog,

    /// <summary>Entries are gone.</summary>
    Removed,

    /// <summary>An entry isn't what was logged.</summary>
    Changed,

    /// <summary>There is an entry that wasn't logged there.</summary>
    Inserted,

    /// <summary>Entries stand in another order.</summary>
    Reordered,

    /// <summary>The log doesn't continue what was seen of it before, or was shown to another.</summary>
    Forked,

    /// <summary>An entry says that it was logged before the one it follows.</summary>
    ClockRewound,

    /// <summary>Too few of the witnesses that are asked for have cosigned the checkpoint.</summary>
    NotCosigned,

    /// <summary>The hashes between entries and root aren't theirs, while entries and root are sound.</summary>
    Damaged,
}

/// <summary>Something wrong with a log.</summary>
/// <param name="Fault">What.</param>
/// <param name="Index">At which entry, from 0; null if it isn't about one.</param>
/// <param name="Message">For a person.</param>
public sealed record Finding(Fault Fault, long? Index, string Message);
