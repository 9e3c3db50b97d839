using System.Text.RegularExpressions;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Conditions;

namespace Beffroi.Platform.Tests.Alerts;

/// <summary>The table of kinds, and that no condition is forgotten in it.</summary>
public sealed partial class AlertKindTests
{
    [Fact]
    public void Every_condition_of_the_code_is_in_the_table_or_said_to_be_no_alert()
    {
        var types = Types().ToHashSet();
        // What the search finds today, so that one that finds nothing doesn't pass.
        Assert.Superset(new HashSet<string> { "Ready", "WalArchived", "BackupsProven", "RolesAndDatabasesAsSpecified", "SpreadAcrossHosts", "IsolationVerified", "EvidenceHolds", "DatabaseReady" }, types);
        Assert.Empty(types.Except(AlertKinds.Conditions.Concat(AlertKinds.NotAlerting)));
        Assert.Empty(AlertKinds.Conditions.Concat(AlertKinds.NotAlerting).Except(types));
        Assert.Empty(AlertKinds.Conditions.Intersect(AlertKinds.NotAlerting));
    }

    [Fact]
    public void Kinds_have_a_name_of_their_own_a_severity_and_a_title_in_both_languages()
    {
        Assert.Equal(AlertKinds.All.Count, AlertKinds.Names.Distinct().Count());
        Assert.All(AlertKinds.All, kind =>
        {
            Assert.Matches("^[a-z]+(-[a-z]+)*$", kind.Name);
            Assert.Contains(kind.Severity, AlertSeverity.All);
            Assert.NotEqual(kind.Title("en"), kind.Title("fr"));
            Assert.DoesNotMatch("[\\r\\n]", kind.English + kind.French);
        });
    }

    [Theory]
    // What could not be restored can't wait.
    [InlineData("WalArchived", "Failing", "ready", 0, "archiving-failing"), InlineData("WalArchived", "Waiting", "ready", 60, null), InlineData("WalArchived", "Waiting", "ready", 1801, "archiving-waiting")]
    // What passes by itself can.
    [InlineData("Ready", "Waiting", "degraded", 119, null), InlineData("Ready", "Waiting", "degraded", 120, "not-ready"), InlineData("Ready", "Waiting", "updating", 600, null)]
    [InlineData("Ready", "Failed", "creating", 1800, "change-slow"), InlineData("Ready", "Sealed", "sealed", 1800, null), InlineData("WalArchived", "Failing", "sealed", 0, null)]
    [InlineData("IsolationVerified", "AttackSucceeded", null, 0, "isolation-broken"), InlineData("SpreadAcrossHosts", "OneHost", "ready", 9999, null)]
    public void A_condition_raises_what_its_rule_says(string type, string reason, string? state, int seconds, string? kind) =>
        Assert.Equal(kind, AlertKinds.Of(type, reason, state, TimeSpan.FromSeconds(seconds))?.Name);

    // Conditions are made by name in a few forms; constants of other names are looked up in their own file.
    private static IEnumerable<string> Types()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories))
        {
            var code = File.ReadAllText(file);
            foreach (Match match in Literal().Matches(code))
            {
                yield return match.Groups["type"].Value;
            }

            foreach (Match match in Constant().Matches(code))
            {
                yield return Regex.Match(code, $"const string {match.Groups["name"].Value} = \"(?<type>\\w+)\"").Groups["type"].Value is { Length: > 0 } found
                    ? found : throw new InvalidOperationException($"{file}: {match.Value} is of no type that could be found.");
            }
        }
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Beffroi.slnx")))
        {
            at = at.Parent!;
        }

        return at.FullName;
    }

    // A step's, one that is made, and one whose type the target says.
    [GeneratedRegex(@"(?:string Condition => |new (?:Kernel\.)?Condition\(\s*|new\()""(?<type>[A-Z]\w+)""(?:;|, (?:true|false|null|[a-z][\w.]*( == 0)?), )")]
    private static partial Regex Literal();

    [GeneratedRegex(@"(?:new (?:Kernel\.)?Condition\(\s*|context, now, )(?<name>[A-Z]\w+),|=> new\(\s*(?<name>\w+Condition),")]
    private static partial Regex Constant();
}
