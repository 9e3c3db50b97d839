namespace Beffroi.Contracts;

/// <summary>Hours in which what interrupts a service for a moment may be done by itself. From an hour to almost a day long; it may pass midnight.</summary>
/// <param name="Day"><c>monday</c> to <c>sunday</c>, or <c>daily</c>: when it begins.</param>
/// <param name="From">Time of day of its beginning, <c>HH:mm</c>.</param>
/// <param name="To">Time of day of its end, <c>HH:mm</c>; at or before <paramref name="From"/> it is the next day's.</param>
/// <param name="TimeZone">A name of the IANA time zone database, e.g. <c>Europe/Paris</c>: clocks there are meant, in summer and in winter.</param>
public sealed record MaintenanceWindow(string Day, string From, string To, string TimeZone = "UTC")
{
    /// <summary>Days that there are.</summary>
    public static IReadOnlyList<string> Days { get; } = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "daily"];

    /// <summary>Reads what <see cref="ToString"/> writes; null if it has another form. Whether there is such a day or time is not looked at.</summary>
    public static MaintenanceWindow? Parse(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            [var day, var hours] when hours.Split('-') is [var from, var to] => new(day, from, to),
            [var day, var hours, var zone] when hours.Split('-') is [var from, var to] => new(day, from, to, zone),
            _ => null,
        };

    /// <summary>As people write it: <c>sunday 02:00-04:00 Europe/Paris</c>.</summary>
    public override string ToString() => $"{Day} {From}-{To} {TimeZone}";
}
