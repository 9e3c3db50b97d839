using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres.Backup;

namespace Beffroi.Postgres.Tests.Backup;

public sealed class RestoreTargetTests
{
    private static readonly DateTimeOffset Earliest = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly PostgresBackupStatus Window = new(Earliest, Latest, "x", Earliest, Latest);

    [Fact]
    public void A_moment_in_the_window_becomes_PostgreSQLs_own_form_in_UTC()
    {
        var target = RestoreTarget.Of(new RestorePostgres("n", At: new DateTimeOffset(2026, 11, 2, 9, 30, 1, 250, TimeSpan.FromHours(1))), Window);
        Assert.Equal(("time", "2026-11-02 08:30:01.250000+00"), (target.Value!.Type, target.Value.Target));
    }

    [Theory]
    [InlineData("2026-10-31T23:59:59Z")]
    [InlineData("2026-11-24T12:00:01Z")]
    public void A_moment_outside_of_it_is_refused_with_the_window(string at)
    {
        var target = RestoreTarget.Of(new RestorePostgres("n", At: DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture)), Window);
        Assert.Contains("2026-11-01T00:00:00.000Z to 2026-11-24T12:00:00.000Z", Assert.Single(target.Problem!.Errors).Allowed!, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_backup_there_is_nothing_to_restore() =>
        Assert.Equal("no-backup", RestoreTarget.Of(new RestorePostgres("n"), new(null, null, null, null, null)).Problem!.Type);

    [Fact]
    public void Two_targets_are_one_too_many() =>
        Assert.Equal(2, RestoreTarget.Of(new RestorePostgres("n", At: Latest, Lsn: "0/1"), Window).Problem!.Errors.Count);

    [Theory]
    [InlineData("0/3000060", null, null, "lsn")]
    [InlineData(null, "748", null, "xid")]
    [InlineData(null, null, "before-migration", "name")]
    [InlineData(null, null, null, "default")]
    public void Other_targets_are_taken_as_they_are(string? lsn, string? xid, string? name, string type) =>
        Assert.Equal(type, RestoreTarget.Of(new RestorePostgres("n", null, lsn, xid, name), Window).Value!.Type);

    [Theory]
    [InlineData("0/3000060' --x", null, null)]
    [InlineData(null, "-1", null)]
    [InlineData(null, null, "a b")]
    public void What_could_be_more_than_a_target_is_refused(string? lsn, string? xid, string? name) =>
        Assert.Equal(422, RestoreTarget.Of(new RestorePostgres("n", null, lsn, xid, name), Window).Problem!.Status);
}
