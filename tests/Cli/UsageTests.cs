using Beffroi.Hosts.Cli;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Cli.Tests;

/// <summary>What the program says of itself and of wrong usage.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("nonsense")]
    [InlineData("postgres", "create")]
    [InlineData("postgres", "list", "--output", "yaml")]
    [InlineData("postgres", "list", "--space", "no-slash")]
    [InlineData("postgres", "create", "x", "--label", "no-value")]
    [InlineData("postgres", "create", "x", "--deletion-protection", "maybe")]
    [InlineData("postgres", "update", "x")]
    [InlineData("postgres", "update", "x", "--pooler", "statement")]
    [InlineData("postgres", "update", "x", "--pooler", "off", "--pooler-max-clients", "50")]
    [InlineData("postgres", "create", "x", "--pooler-max-clients", "50")]
    [InlineData("operation", "watch", "not-an-id")]
    [InlineData("postgres", "list", "--timeout", "0")]
    [InlineData("up", "--space-range", "8.8.8.0/24")]
    [InlineData("up", "--space-range", "10.93.0.1/16")]
    [InlineData("up", "--pool-size", "1GiB")]
    [InlineData("up", "--api-port", "80")]
    [InlineData("down", "--packages")]
    public async Task Wrong_usage_ends_with_2_and_points_to_help(params string[] arguments)
    {
        var run = await _cli.RunAsync(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_argument_that_begins_with_an_at_sign_is_no_file_of_arguments()
    {
        // The other fault ends it before it does anything.
        var run = await _cli.RunAsync("up", "--store", "@/nowhere", "--pool-size", "1GiB");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--pool-size", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("nowhere", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_tells_the_commands_and_the_exit_codes()
    {
        var run = await _cli.RunAsync("--help");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("5 the server can't be reached", run.Output, StringComparison.Ordinal);
        Assert.All(["postgres", "operation", "organization", "space", "ledger", "context", "up", "down", "status", "completion"], c =>
            Assert.Contains("  " + c, run.Output, StringComparison.Ordinal));
    }

    /// <summary>Every command down to the last, found by asking each for its help. Not as processes, of which it would take a hundred.</summary>
    [Fact]
    public async Task Every_command_explains_itself_and_speaks_to_programs()
    {
        var waiting = new Queue<string[]>([[]]);
        var leaves = 0;
        while (waiting.TryDequeue(out var command))
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            Assert.Equal(0, await Invocation.RunAsync([.. command, "--help"], new Terminal(output, error, false, false, false)));
            Assert.Equal("", error.ToString());
            var help = output.ToString();
            Assert.Matches(@"Description:\n  \S.{9}", help);
            Assert.Contains("--output <table|json>", help, StringComparison.Ordinal);
            var at = help.IndexOf("\nCommands:\n", StringComparison.Ordinal);
            leaves += at < 0 ? 1 : 0;
            foreach (var line in at < 0 ? [] : help[(at + 11)..].Split('\n').Where(l => l.Length > 2 && l.StartsWith("  ", StringComparison.Ordinal) && l[2] != ' '))
            {
                waiting.Enqueue([.. command, line.Trim().Split(' ')[0]]);
            }
        }

        Assert.True(leaves >= 25, $"There are {leaves} commands.");
    }

    [Theory]
    [InlineData("version", "version")]
    [InlineData("completion bash", "script")]
    [InlineData("context use test", "current")]
    public async Task What_needs_no_server_has_its_result_as_json_too(string command, string member)
    {
        _cli.UseContext("https://localhost:1/", "");
        var run = await _cli.RunAsync([.. command.Split(' '), "--output", "json"]);
        Assert.Equal(0, run.ExitCode);
        Assert.NotEmpty((string)System.Text.Json.Nodes.JsonNode.Parse(run.Output)![member]!);
    }

    [Fact]
    public async Task Without_a_context_it_says_where_one_comes_from()
    {
        var run = await _cli.RunAsync("postgres", "list");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("beffroi up", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_one_line()
    {
        var run = await _cli.RunAsync("version");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"\A\d+\.\d+\.\d+\n\z", run.Output);
    }

    [Fact]
    public async Task Contexts_are_listed_and_chosen()
    {
        _cli.UseContext("https://localhost:1/", "");
        Assert.Contains("* ", (await _cli.RunAsync("context", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _cli.RunAsync("context", "use", "other")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("context", "use", "test", "--space", "demo/other")).ExitCode);
        Assert.Contains("demo/other", (await _cli.RunAsync("context", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_cli.Configuration, "config.json")));
    }
}
