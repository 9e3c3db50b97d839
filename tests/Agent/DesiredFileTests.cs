using Beffroi.Contracts.Agents;
using CsCheck;

namespace Beffroi.Agent.Tests;

public sealed class DesiredFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-desired-").FullName;

    private string FilePath => _directory + "/desired.bin";

    [Fact]
    public void Nothing_kept_is_nothing() => Assert.Null(new DesiredFile(FilePath).Load());

    [Fact]
    public void What_was_kept_last_is_loaded() =>
        Gen.Select(Gen.Long[1, long.MaxValue], Gen.String, Gen.String[0, 5]).Sample((version, cluster, extension) =>
        {
            var desired = new DesiredConfiguration
            {
                Version = version,
                Postgres = new PostgresConfiguration { ClusterName = Valid(cluster), AllowedExtensions = { Valid(extension) } },
            };
            new DesiredFile(FilePath).Keep(desired);
            return new DesiredFile(FilePath).Load()!.Equals(desired);
        }, iter: 50, threads: 1);

    [Fact]
    public void Only_root_reads_it()
    {
        new DesiredFile(FilePath).Keep(new DesiredConfiguration { Version = 1 });
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void A_write_that_was_cut_short_before_leaves_the_former_one()
    {
        var file = new DesiredFile(FilePath);
        file.Keep(new DesiredConfiguration { Version = 1 });
        File.WriteAllText(FilePath + ".new", "half");
        Assert.Equal(1, file.Load()!.Version);

        file.Keep(new DesiredConfiguration { Version = 2 });
        Assert.Equal(2, file.Load()!.Version);
        Assert.Equal([FilePath], Directory.GetFiles(_directory));
    }

    [Fact]
    public void What_cannot_be_read_counts_as_nothing()
    {
        File.WriteAllBytes(FilePath, [0xff, 0xff, 0xff]);
        Assert.Null(new DesiredFile(FilePath).Load());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // Lone surrogates have no UTF-8 form.
    private static string Valid(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);
}
