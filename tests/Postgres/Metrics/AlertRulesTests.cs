using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres.Metrics;
using CsCheck;

namespace Beffroi.Postgres.Tests.Metrics;

public sealed class AlertRulesTests
{
    [Theory]
    [InlineData("storage-share", 0.9, null, 10, null)]
    [InlineData("commits", null, 0.0, 1, null)]
    [InlineData("nonsense", 1.0, null, 5, "spec.alerts[0].metric")]
    [InlineData("cpu", null, null, 5, "spec.alerts[0]")]
    [InlineData("cpu", 1.0, 2.0, 5, "spec.alerts[0]")]
    [InlineData("cpu", -1.0, null, 5, "spec.alerts[0].above")]
    [InlineData("cpu", null, 1e16, 5, "spec.alerts[0].below")]
    [InlineData("cpu", 1.0, null, 0, "spec.alerts[0].forMinutes")]
    [InlineData("cpu", 1.0, null, 61, "spec.alerts[0].forMinutes")]
    public void A_bound_is_one_of_a_metric_there_is(string metric, double? above, double? below, int minutes, string? field)
    {
        var errors = AlertRules.Check([new PostgresAlertSpec(metric, above, below, minutes)]).ToList();
        Assert.Equal(field, errors.SingleOrDefault()?.Field);
        Assert.All(errors, error => Assert.NotEmpty(error.Allowed!));
    }

    [Fact]
    public void There_are_not_too_many_none_is_nothing_and_they_are_kept_in_one_form()
    {
        Assert.Equal("spec.alerts[1].metric", AlertRules.Check([new("cpu", 1), null]).Single().Field);
        Assert.Equal("spec.alerts", AlertRules.Check([.. Enumerable.Range(0, 21).Select(i => new PostgresAlertSpec("cpu", i))]).Single().Field);
        Assert.Null(AlertRules.Normal([]));
        Assert.Null(AlertRules.Normal(null));
        Assert.Equal([new("cpu", 1), new("wal", Below: 2)], AlertRules.Normal([new("wal", Below: 2), new("cpu", 1), new("cpu", 1)])!);
    }

    [Fact]
    public void What_is_written_is_read_again() =>
        Gen.Select(Gen.OneOf(Gen.Const("cpu"), Gen.Const("storage-share")), Gen.Int[0, 1_000_000], Gen.Bool, Gen.Int[1, 60]).Sample((metric, bound, above, minutes) =>
        {
            var alert = new PostgresAlertSpec(metric, above ? bound / 100.0 : null, above ? null : bound / 100.0, minutes);
            return PostgresAlertSpec.Parse(alert.ToString()) == alert;
        });

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu>")]
    [InlineData("cpu>-1")]
    [InlineData("cpu>1e3")]
    [InlineData("cpu>1 for 5")]
    [InlineData("cpu=1")]
    [InlineData(">1")]
    public void What_is_none_is_not_read(string text) => Assert.Null(PostgresAlertSpec.Parse(text));
}
