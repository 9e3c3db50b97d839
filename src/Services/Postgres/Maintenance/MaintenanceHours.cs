using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres.Maintenance;

/// <summary>When a maintenance window is open. Pure, but for the time zones of the machine.</summary>
internal static class MaintenanceHours
{
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(1);

    /// <summary>Every error in a window.</summary>
    internal static IEnumerable<FieldError> Check(string field, MaintenanceWindow? window)
    {
        if (window is null)
        {
            yield break;
        }

        if (!MaintenanceWindow.Days.Contains(window.Day))
        {
            yield return new FieldError(field + ".day", "There is no such day.", string.Join(", ", MaintenanceWindow.Days));
        }

        var (from, to) = (Time(window.From), Time(window.To));
        if (from is null)
        {
            yield return new FieldError(field + ".from", "This is no time of day.", "HH:mm, e.g. 02:00");
        }

        if (to is null)
        {
            yield return new FieldError(field + ".to", "This is no time of day.", "HH:mm, e.g. 04:00");
        }

        if (from is not null && to is not null && Length(window) < Shortest)
        {
            yield return new FieldError(field + ".to", "The window is too short for what has to be done in it.", "at least an hour after it begins");
        }

        if (Zone(window) is null)
        {
            yield return new FieldError(field + ".timeZone", "This time zone is not known here.", "a name of the IANA time zone database, e.g. Europe/Paris or UTC");
        }
    }

    /// <summary>
    /// The window that is open at a moment, or else the next that will be. Where clocks are put forward over its beginning it begins with them; where an hour comes twice, it
    /// begins in the second. It lasts as long as ever.
    /// </summary>
    /// <param name="window">A valid one.</param>
    /// <param name="now">The moment.</param>
    internal static (DateTimeOffset From, DateTimeOffset To) Next(MaintenanceWindow window, DateTimeOffset now)
    {
        // One that was valid when it was asked for: a machine that has lost its time zones goes by UTC.
        var zone = Zone(window) ?? TimeZoneInfo.Utc;
        var today = TimeZoneInfo.ConvertTime(now, zone).Date;

        // That of the day before may go on, and that of today be over.
        for (var day = -1; ; day++)
        {
            var date = today.AddDays(day);
            if (window.Day != "daily" && !date.DayOfWeek.ToString().Equals(window.Day, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var from = Instant(date + Time(window.From)!.Value.ToTimeSpan(), zone);
            if (from + Length(window) is var to && to > now)
            {
                return (from, to);
            }
        }
    }

    /// <summary>Whether one is open.</summary>
    internal static bool IsOpen(MaintenanceWindow window, DateTimeOffset now) => Next(window, now).From <= now;

    /// <summary>When what waits is done, for people.</summary>
    internal static string Say(MaintenanceWindow window, DateTimeOffset now)
    {
        var (from, to) = Next(window, now);
        return from <= now
            ? string.Create(CultureInfo.InvariantCulture, $"in the maintenance window that is open until {to:yyyy-MM-dd HH:mm} UTC")
            : string.Create(CultureInfo.InvariantCulture, $"in the next maintenance window, {from:yyyy-MM-dd HH:mm} UTC");
    }

    private static TimeSpan Length(MaintenanceWindow window)
    {
        var length = Time(window.To)!.Value.ToTimeSpan() - Time(window.From)!.Value.ToTimeSpan();
        return length > TimeSpan.Zero ? length : length + TimeSpan.FromDays(1);
    }

    private static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone)
    {
        // Clocks that are put forward jump by an hour, and in some places by half of one.
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(30);
        }

        return new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(local, zone), TimeSpan.Zero);
    }

    private static TimeOnly? Time(string? text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static TimeZoneInfo? Zone(MaintenanceWindow window) =>
        window.TimeZone is { Length: > 0 and <= 64 } name && !name.Contains("..", StringComparison.Ordinal) && name[0] != '/' && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
}
