using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres;
using Beffroi.Services.Postgres.Parameters;
using CsCheck;

namespace Beffroi.Postgres.Tests.Parameters;

public sealed class ParameterRulesTests
{
    private static readonly IReadOnlyList<ParameterDefinition> Catalogue = ParameterCatalogue.Of("17");

    [Theory]
    [InlineData("work_mem", "65536kB", "64MB")]
    [InlineData("work_mem", "64MB", "64MB")]
    [InlineData("shared_buffers", "262144kB", "256MB")]
    [InlineData("statement_timeout", "90s", "90s")]
    [InlineData("statement_timeout", "120000ms", "2min")]
    [InlineData("statement_timeout", "0", "0")]
    [InlineData("log_min_duration_statement", "-1", "-1")]
    [InlineData("jit", "FALSE", "off")]
    [InlineData("datestyle", "iso, dmy", "ISO, DMY")]
    [InlineData("random_page_cost", "1.10", "1.1")]
    [InlineData("max_connections", "50", "50")]
    [InlineData("pgaudit.log", "DDL, Role , -misc_set", "ddl,role,-misc_set")]
    [InlineData("pgaudit.log", "none", "none")]
    [InlineData("pgaudit.role", "auditor", "auditor")]
    public void A_value_is_kept_in_one_form(string name, string given, string kept)
    {
        var spec = With((name, given));
        Assert.Empty(ParameterRules.Check(spec));
        Assert.Equal(kept, ParameterRules.Normal(spec)![name]);
    }

    [Theory]
    [InlineData("work_mem", "64")]
    [InlineData("work_mem", "64mb")]
    [InlineData("work_mem", "1kB")]
    [InlineData("work_mem", "512MB")]
    [InlineData("work_mem", "64MB; drop table x")]
    [InlineData("shared_buffers", "20kB")]
    [InlineData("statement_timeout", "-1")]
    [InlineData("max_connections", "5000")]
    [InlineData("max_connections", "1e9")]
    [InlineData("jit", "perhaps")]
    [InlineData("timezone", "Europe/Atlantis")]
    [InlineData("log_min_duration_statement", "1ms")]
    [InlineData("pgaudit.log", "ddl,,role")]
    [InlineData("pgaudit.log", "ddl,ddl")]
    [InlineData("pgaudit.log", "ddl,everything")]
    [InlineData("pgaudit.log", "--ddl")]
    [InlineData("pgaudit.role", "Auditor")]
    [InlineData("pgaudit.role", "a b")]
    [InlineData("work_mem", null)]
    [InlineData("work_mem", "")]
    public void A_value_that_cannot_be_is_refused_with_what_can(string name, string? value)
    {
        var error = Assert.Single(ParameterRules.Check(With((name, value!))));
        Assert.Equal("spec.parameters." + name, error.Field);
        Assert.NotEqual("", error.Allowed);
    }

    [Theory]
    [InlineData("archive_command", "backups")]
    [InlineData("fsync", "survives a crash")]
    [InlineData("ssl_min_protocol_version", "TLS 1.3")]
    [InlineData("shared_preload_libraries", "code")]
    [InlineData("local_preload_libraries", "code")]
    [InlineData("session_preload_libraries", "code")]
    [InlineData("archive_library", "backups")]
    [InlineData("log_directory", "encrypted volume")]
    [InlineData("superuser_reserved_connections", "TLS 1.3")]
    public void Nothing_that_a_promise_rests_on_can_be_set(string name, string promise)
    {
        var error = Assert.Single(ParameterRules.Check(With((name, "x"))));
        Assert.Contains(promise, error.Message, StringComparison.Ordinal);
        Assert.False(CustomerSettings.IsAllowed(name, "x"));
    }

    [Fact]
    public void A_name_that_is_none_is_not_repeated()
    {
        var error = Assert.Single(ParameterRules.Check(With(("work_mem'; drop table x; --", "1"))));
        Assert.Equal("spec.parameters", error.Field);
        Assert.DoesNotContain("drop", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_reserved_together_must_leave_room()
    {
        var error = Assert.Single(ParameterRules.Check(With(("max_connections", "200"), ("max_locks_per_transaction", "1024"), ("shared_buffers", "400MB"))));
        Assert.Contains("shared memory", error.Message, StringComparison.Ordinal);
        Assert.Empty(ParameterRules.Check(With(("max_connections", "200"), ("max_locks_per_transaction", "1024"), ("shared_buffers", "400MB")) with { Size = "s4" }));
    }

    [Fact]
    public void The_agent_takes_what_can_be_set_and_nothing_else()
    {
        Assert.Equal(CustomerSettings.Names.Order(StringComparer.Ordinal), Catalogue.Select(d => d.Name).Order(StringComparer.Ordinal));
        Assert.All(Catalogue, d => Assert.All(Values(d), value =>
        {
            Assert.True(CustomerSettings.IsAllowed(d.Name, value), d.Name + " = " + value);
            Assert.Equal(value, d.Normal(value, null));
        }));
    }

    [Fact]
    public void No_line_is_kept_back_for_a_promise() => Assert.All(Catalogue, d => Assert.Null(PlatformParameters.PromiseOf(d.Name)));

    [Fact]
    public void Whatever_is_given_is_refused_or_kept_in_a_form_that_stays_as_it_is() =>
        Gen.Select(Gen.Int[0, Catalogue.Count - 1], Gen.OneOf(Gen.String, Gen.Select(Gen.Int, Gen.OneOf(Gen.Const(""), Gen.Const("kB"), Gen.Const("MB"), Gen.Const("GB"), Gen.Const("s"), Gen.Const("min"), Gen.Const("ms"), Gen.Const("d"))).Select(t => t.Item1 + t.Item2))).Sample(t =>
        {
            var definition = Catalogue[t.Item1];
            if (definition.Normal(t.Item2, null) is { } kept)
            {
                Assert.Equal(kept, definition.Normal(kept, null));
                Assert.True(CustomerSettings.IsAllowed(definition.Name, kept), kept);
            }
        });

    [Fact]
    public void Extensions_are_those_of_the_list_in_order_and_once()
    {
        var spec = new PostgresSpec(Extensions: ["vector", "hstore", "vector"]);
        Assert.Empty(PostgresRules.Check(spec));
        Assert.Equal(["hstore", "vector"], PostgresRules.Normal(spec).Extensions!);
        var error = Assert.Single(PostgresRules.Check(new PostgresSpec(Extensions: ["plpython3u"])));
        Assert.Equal("spec.extensions[0]", error.Field);
        Assert.Null(PostgresRules.Normal(new PostgresSpec(Extensions: [], Parameters: new Dictionary<string, string>())).Extensions);
    }

    private static IEnumerable<string> Values(ParameterDefinition d)
    {
        var shown = d.Shown(null);
        return new[] { d.Default, shown.Min, shown.Max, shown.Special }.OfType<string>().Concat(d.Allowed);
    }

    private static PostgresSpec With(params (string Name, string Value)[] parameters) => new(Parameters: parameters.ToDictionary(p => p.Name, p => p.Value));
}
