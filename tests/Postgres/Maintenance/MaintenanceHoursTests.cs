using Beffroi.Contracts;
using Beffroi.Services.Postgres.Maintenance;
using CsCheck;

namespace Beffroi.Postgres.Tests.Maintenance;

/// <summary>When a maintenance window is open.</summary>
public sealed class MaintenanceHoursTests
{
    private static readonly Gen<MaintenanceWindow> Any =
        Gen.Select(OneOf([.. MaintenanceWindow.Days]), Gen.Int[0, 1439], Gen.Int[60, 1440], OneOf("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"))
            .Select((day, from, length, zone) => new MaintenanceWindow(day, Time(from), Time((from + length) % 1440), zone));

    private static readonly Gen<DateTimeOffset> Moment = Gen.Int[0, 366 * 24 * 60].Select(minutes => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(minutes));

    [Theory]
    [InlineData("sunday 02:00-04:00 UTC", "2026-12-06T01:59:59Z", "2026-12-06T02:00:00Z", "2026-12-06T04:00:00Z")]
    [InlineData("sunday 02:00-04:00 UTC", "2026-12-06T03:59:59Z", "2026-12-06T02:00:00Z", "2026-12-06T04:00:00Z")]
    [InlineData("sunday 02:00-04:00 UTC", "2026-12-06T04:00:00Z", "2026-12-13T02:00:00Z", "2026-12-13T04:00:00Z")]
    // Past midnight: on Monday it is still Sunday's.
    [InlineData("sunday 23:00-01:00 UTC", "2026-12-07T00:30:00Z", "2026-12-06T23:00:00Z", "2026-12-07T01:00:00Z")]
    [InlineData("daily 00:00-00:00 UTC", "2026-12-07T12:00:00Z", "2026-12-07T00:00:00Z", "2026-12-08T00:00:00Z")]
    // Winter, summer, and the nights between them: at 02:00 clocks are put to 03:00 in March, and at 03:00 to 02:00 in October.
    [InlineData("sunday 02:30-04:00 Europe/Paris", "2026-12-01T00:00:00Z", "2026-12-06T01:30:00Z", "2026-12-06T03:00:00Z")]
    [InlineData("sunday 02:30-04:00 Europe/Paris", "2026-07-01T00:00:00Z", "2026-07-05T00:30:00Z", "2026-07-05T02:00:00Z")]
    [InlineData("sunday 02:30-04:00 Europe/Paris", "2026-03-28T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:30:00Z")]
    [InlineData("sunday 02:30-04:00 Europe/Paris", "2026-10-24T00:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T03:00:00Z")]
    public void The_window_that_is_open_or_the_next(string window, string now, string from, string to)
    {
        var parsed = MaintenanceWindow.Parse(window)!;
        Assert.Equal(window, parsed.ToString());
        Assert.Empty(MaintenanceHours.Check("window", parsed));
        Assert.Equal((Instant(from), Instant(to)), MaintenanceHours.Next(parsed, Instant(now)));

        static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void It_ends_after_now_lasts_as_long_as_it_says_and_there_is_none_between() => Gen.Select(Any, Moment).Sample((window, now) =>
    {
        Assert.Empty(MaintenanceHours.Check("window", window));
        var (from, to) = MaintenanceHours.Next(window, now);
        var length = Minutes(window.To) - Minutes(window.From) is var minutes && minutes > 0 ? minutes : minutes + 1440;
        Assert.True(to > now && to - from == TimeSpan.FromMinutes(length));
        Assert.Equal(from <= now, MaintenanceHours.IsOpen(window, now));
        // Whenever between now and its beginning one asks, it is this one.
        Assert.Equal((from, to), MaintenanceHours.Next(window, from > now ? now + ((from - now) / 2) : now));
        Assert.True(from - now <= TimeSpan.FromDays(window.Day == "daily" ? 1 : 7) + TimeSpan.FromHours(1));
        Assert.True(MaintenanceHours.Next(window, to).To > to);
    });

    [Theory]
    [InlineData("someday", "02:00", "04:00", "UTC", "w.day")]
    [InlineData("", "", "", "UTC", "w.day w.from w.to")]
    [InlineData("sunday", "2:00", "25:00", "UTC", "w.from w.to")]
    [InlineData("sunday", "02:00", "02:30", "UTC", "w.to")]
    [InlineData("sunday", "02:00", "04:00", "Europe/Atlantis", "w.timeZone")]
    [InlineData("sunday", "02:00", "04:00", "../../etc/passwd", "w.timeZone")]
    [InlineData("sunday", "02:00", "04:00", "/etc/passwd", "w.timeZone")]
    [InlineData("sunday", "02:00", "04:00", "", "w.timeZone")]
    public void What_is_wrong_is_named(string day, string from, string to, string zone, string fields) =>
        Assert.Equal(fields.Split(' '), MaintenanceHours.Check("w", new(day, from, to, zone)).Select(error => error.Field));

    [Theory]
    [InlineData("")]
    [InlineData("sunday")]
    [InlineData("sunday 02:00")]
    [InlineData("sunday 02:00-03:00-04:00")]
    [InlineData("sunday 02:00-04:00 UTC more")]
    public void Another_form_is_none(string text) => Assert.Null(MaintenanceWindow.Parse(text));

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string Time(int minutes) => TimeSpan.FromMinutes(minutes).ToString("hh\\:mm", System.Globalization.CultureInfo.InvariantCulture);

    private static int Minutes(string time) => (int)TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture).TotalMinutes;
}
