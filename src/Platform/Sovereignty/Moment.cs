using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Platform.Sovereignty;

/// <summary>When something stops, in the order of how soon: at once, at an expiry (the earlier day first; one that nobody told may be any day), at the next failure, never.</summary>
/// <param name="Rank">0 to 3, in that order.</param>
/// <param name="On">Of an expiry: the last day; the first day there is where nobody told it.</param>
internal readonly record struct Moment(int Rank, DateOnly On = default) : IComparable<Moment>
{
    public const string AtOnce = "at-once", AtExpiry = "at-expiry", AtFailure = "at-failure", Never = "never";

    private static readonly string[] Names = [AtOnce, AtExpiry, AtFailure, Never];

    /// <summary>Its name in the API.</summary>
    public string Name => Names[Rank];

    public static Moment Now { get; } = new(0);

    public static Moment NoMoment { get; } = new(3);

    /// <summary>When an entry stops after its supplier has, seen from a day: what has expired by then stops at once.</summary>
    public static Moment Of(RegisterEntry entry, DateOnly today, bool ignoringExpiries) => entry.Stops switch
    {
        AtOnce => Now,
        AtExpiry when ignoringExpiries => NoMoment,
        AtExpiry => entry.Expires < today ? Now : new Moment(1, entry.Expires ?? default),
        AtFailure => new Moment(2),
        _ => NoMoment,
    };

    /// <summary>When what is carried stops after what carries it has.</summary>
    public static Moment Of(CarriedEntry carried) => carried.Stops == AtFailure ? new Moment(2) : Now;

    public static Moment Later(Moment one, Moment other) => one.CompareTo(other) >= 0 ? one : other;

    public int CompareTo(Moment other) => Rank != other.Rank ? Rank.CompareTo(other.Rank) : On.CompareTo(other.On);
}
