using System.Globalization;
using System.Text;
using Beffroi.Hosts.Cli.Postgres;
using CsCheck;

namespace Beffroi.Cli.Tests;

public sealed class NodeLogTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Whatever_the_pieces_are_every_entry_is_there_once_and_in_order() =>
        Gen.Select(Gen.Int[0, 6].Array[1, 4], Gen.Int[1, 200], Gen.Int[0, 300].Array[24]).Sample(sample =>
        {
            var (counts, piece, lengths) = sample;
            var files = new Files();
            var number = 0;
            foreach (var count in counts)
            {
                files.Begin();
                for (var i = 0; i < count; i++, number++)
                {
                    files.Add(Line(number, new string('é', lengths[number])));
                }
            }

            var read = BackwardsAsync(new NodeLog(files, piece: piece), DateTimeOffset.MinValue).GetAwaiter().GetResult();
            return read.Select(entry => entry.At).SequenceEqual(Enumerable.Range(0, number).Reverse().Select(Time));
        });

    [Fact]
    public async Task What_comes_afterwards_is_read_once_even_if_a_line_is_half_written()
    {
        var files = new Files();
        files.Begin();
        files.Add(Line(0, "before"));
        var log = new NodeLog(files);
        Assert.Single(await BackwardsAsync(log, DateTimeOffset.MinValue));
        Assert.Empty(await log.NewAsync(TestContext.Current.CancellationToken));
        var line = Line(1, "half") + "\n";
        files.Raw(line[..20]);
        Assert.Empty(await log.NewAsync(TestContext.Current.CancellationToken));
        files.Raw(line[20..]);
        files.Begin();
        files.Add(Line(2, "in the next file"));
        Assert.Equal([Time(1), Time(2)], (await log.NewAsync(TestContext.Current.CancellationToken)).Select(entry => entry.At));
        Assert.Empty(await log.NewAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Files_from_before_are_not_read()
    {
        var files = new Files();
        for (var i = 0; i < 3; i++)
        {
            files.Begin();
            files.Add(Line(i, "x"));
        }

        Assert.Equal([Time(2), Time(1)], (await BackwardsAsync(new NodeLog(files), Begin.AddHours(1))).Select(entry => entry.At));
    }

    [Fact]
    public void An_entry_is_one_line_for_a_person_and_whole_for_a_program()
    {
        const string json = """
            {"timestamp":"2026-11-30 12:34:56.789 UTC","user":"app","dbname":"records","error_severity":"ERROR","state_code":"22012","message":"division\nby zero\u001b[31m","statement":"select 1/0","backend_type":"client backend"}
            """;
        var entry = LogEntry.Parse(json)!;
        Assert.Equal("2026-11-30T12:34:56.789Z  ERROR    app@records  22012 division by zero [31m | statement: select 1/0", entry.Text);
        Assert.Equal(json, entry.Json);
        Assert.True(entry.IsAtLeast("warning") && entry.IsAtLeast("error") && !entry.IsAtLeast("fatal"));
        foreach (var other in (string[])["", "{", "[]", "null", """{"message":"no time"}""", """{"timestamp":"yesterday"}"""])
        {
            Assert.Null(LogEntry.Parse(other));
        }
    }

    [Theory]
    [InlineData("LOG", "AUDIT: SESSION,1,1,DDL,CREATE TABLE,,,create table x (),<not logged>", "", true)]
    [InlineData("LOG", "AUDIT: SESSION,1,1,DDL,CREATE TABLE,,,create table x (),<not logged>", ",\"context\":\"PL/pgSQL function inline_code_block line 1 at RAISE\"", false)]
    [InlineData("LOG", "AUDIT: SESSION,1,1,DDL,CREATE TABLE,,,create table x (),<not logged>", ",\"statement\":\"select forged()\"", false)]
    [InlineData("WARNING", "AUDIT: SESSION,1,1,DDL,CREATE TABLE,,,create table x (),<not logged>", "", false)]
    [InlineData("LOG", "checkpoint starting: time", "", false)]
    public void An_audit_entry_is_told_from_one_that_a_session_raises(string level, string message, string more, bool audit) =>
        Assert.Equal(audit, LogEntry.Parse($$"""{"timestamp":"2026-11-30 12:34:56.789 UTC","error_severity":"{{level}}","message":"{{message}}"{{more}}}""")!.IsAudit);

    [Theory]
    [InlineData("90s", "2026-11-30T11:58:30Z")]
    [InlineData("15m", "2026-11-30T11:45:00Z")]
    [InlineData("2h", "2026-11-30T10:00:00Z")]
    [InlineData("3d", "2026-11-27T12:00:00Z")]
    [InlineData("2026-11-23T08:00:00+01:00", "2026-11-23T07:00:00Z")]
    [InlineData("2026-11-23", "2026-11-23T00:00:00Z")]
    public void Since_is_an_age_or_a_time(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), LogsCommand.Since(text, Begin));

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("-1h")]
    [InlineData("soon")]
    public void And_nothing_else(string text) => Assert.Throws<Hosts.Cli.CliException>(() => LogsCommand.Since(text, Begin));

    private static DateTimeOffset Time(int number) => Begin.AddSeconds(number);

    private static string Line(int number, string text) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"timestamp":"{{Time(number):yyyy-MM-dd HH:mm:ss.fff}} UTC","error_severity":"LOG","message":"{{text}}"}""");

    private static async Task<List<LogEntry>> BackwardsAsync(NodeLog log, DateTimeOffset since)
    {
        var entries = new List<LogEntry>();
        await foreach (var entry in log.BackwardsAsync(since, CancellationToken.None))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private sealed class Files : ILogFiles
    {
        private readonly List<MemoryStream> _files = [];

        public void Begin() => _files.Add(new MemoryStream());

        public void Add(string line) => Raw(line + "\n");

        public void Raw(string text) => _files[^1].Write(Encoding.UTF8.GetBytes(text));

        public Task<IReadOnlyList<LogFile>> ListAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<LogFile>>([.. _files.Select((file, index) => new LogFile(Name(index), file.Length, NodeLogTests.Begin.AddHours(index)))]);

        public Task<byte[]> ReadAsync(string file, long start, int length, CancellationToken cancellationToken) =>
            Task.FromResult(_files.Where((_, index) => Name(index) == file).Single().ToArray()[(int)start..(int)(start + length)]);

        public void Dispose() => _files.ForEach(file => file.Dispose());

        private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"postgresql-{index:D4}.json");
    }
}
