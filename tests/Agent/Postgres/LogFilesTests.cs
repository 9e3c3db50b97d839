using Beffroi.Agent.Postgres;

namespace Beffroi.Agent.Tests.Postgres;

public sealed class LogFilesTests : IDisposable
{
    private const long Volume = 20_000;
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-log-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_oldest_go_when_they_are_too_much()
    {
        Write("postgresql-20261130T100000.json", 400);
        Write("postgresql-20261130T100000.log", 100);
        Write("postgresql-20261130T110000.json", 400);
        Write("postgresql-20261130T113000.json", 150);
        Prune();
        Assert.Equal(["postgresql-20261130T110000.json", "postgresql-20261130T113000.json"], Left());
    }

    [Fact]
    public void The_newest_stays_however_much_it_is_and_so_does_what_is_no_log()
    {
        Write("postgresql-20261130T100000.json", 10);
        Write("postgresql-20261130T110000.json", 5000);
        Write("notes", 5000);
        Prune();
        Assert.Equal(["notes", "postgresql-20261130T110000.json"], Left());
    }

    [Fact]
    public void What_is_too_old_goes_unless_it_is_the_newest()
    {
        Write("postgresql-20261001T100000.json", 10, Now.AddDays(-40));
        Write("postgresql-20261010T100000.json", 10, Now.AddDays(-31));
        Prune();
        Assert.Equal(["postgresql-20261010T100000.json"], Left());
    }

    [Fact]
    public void A_directory_that_is_not_there_yet_is_no_fault() => LogFiles.Prune(_directory + "/none", Volume, Now);

    private void Prune() => LogFiles.Prune(_directory, Volume, Now);

    private IEnumerable<string> Left() => Directory.EnumerateFiles(_directory).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    private void Write(string name, int bytes, DateTimeOffset? at = null)
    {
        File.WriteAllBytes(_directory + "/" + name, new byte[bytes]);
        File.SetLastWriteTimeUtc(_directory + "/" + name, (at ?? Now).UtcDateTime);
    }
}
