using Beffroi.Agent.History;
using CsCheck;

namespace Beffroi.Agent.Tests.History;

public sealed class HistoryRingTests : IDisposable
{
    private const int Step = 10, Count = 50, Width = 3;
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-ring-").FullName;

    private string FilePath => _directory + "/ring";

    [Fact]
    public void What_is_written_is_read_over_any_times_that_a_clock_may_tell() =>
        // Steps forth, gaps, steps back, now and then a start anew: what counts is the last record of each place.
        Gen.Select(Gen.Long[1, 1000], Gen.Int[-30, 40].Array[1, 200], Gen.Int[0, 199]).Sample((start, moves, restart) =>
        {
            File.Delete(FilePath);
            var model = new Dictionary<long, (long Time, float Number)>();
            var ring = Open();
            var time = start;
            for (var i = 0; i < moves.Length; i++)
            {
                time = Math.Max(1, time + (moves[i] < 20 ? 1 : moves[i]));
                if (i == restart)
                {
                    ring.Dispose();
                    ring = Open();
                }

                ring.Write(time * Step, [i, -i, float.NaN]);
                model[time % Count] = (time * Step, i);
            }

            var from = Math.Max(0, (time - Count + 1) * Step);
            var to = (time + 1) * Step;
            var read = new List<(long, float)>();
            ring.Read(from, to, (at, numbers) =>
            {
                Assert.Equal((-numbers[0], float.NaN), (numbers[1], numbers[2]));
                read.Add((at, numbers[0]));
            });
            var expected = model.Values.Where(m => m.Time >= from && m.Time < to).OrderBy(m => m.Time).ToList();
            var one = new float[Width];
            var single = expected.All(m => ring.TryRead(m.Time, one) && one[0] == m.Number);
            ring.Dispose();
            return single && read.SequenceEqual(expected) && new FileInfo(FilePath).Length == HistoryRing.Size(Count, Width);
        }, iter: 200, threads: 1);

    [Fact]
    public void A_record_that_was_cut_short_or_damaged_counts_as_not_there()
    {
        using (var ring = Open())
        {
            for (var i = 1; i <= Count; i++)
            {
                ring.Write(i * Step, [i, i, i]);
            }
        }

        Gen.Select(Gen.Int[64, (int)HistoryRing.Size(Count, Width) - 1], Gen.Byte[1, 255]).Sample((place, flip) =>
        {
            Flip(place, flip);
            using (var ring = Open())
            {
                var read = new List<long>();
                ring.Read(Step, (Count + 1) * Step, (at, numbers) =>
                {
                    Assert.Equal(at / Step, (long)numbers[0]);
                    read.Add(at);
                });
                Assert.Equal(Count - 1, read.Count);
                Assert.DoesNotContain(read, at => (at / Step) % Count == (place - 64) / 24);
            }

            Flip(place, flip);
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void A_file_of_another_shape_or_cut_short_is_begun_anew()
    {
        using (var ring = Open())
        {
            ring.Write(Step, [1, 2, 3]);
        }

        using (var other = HistoryRing.Open(FilePath, Step, Count, Width + 1))
        {
            Assert.False(other.TryRead(Step, new float[Width + 1]));
            Assert.Equal(HistoryRing.Size(Count, Width + 1), new FileInfo(FilePath).Length);
        }

        File.WriteAllText(FilePath, "nothing of ours");
        using (var ring = Open())
        {
            Assert.False(ring.TryRead(Step, new float[Width]));
            ring.Write(Step, [1, 2, 3]);
        }

        using (var file = new FileStream(FilePath, FileMode.Open))
        {
            file.SetLength(file.Length - 1);
        }

        using var last = Open();
        Assert.False(last.TryRead(Step, new float[Width]));
    }

    [Fact]
    public void Only_its_owner_reads_it_and_times_that_are_none_are_refused()
    {
        File.WriteAllText(FilePath, "");
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        using var ring = Open();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Write(0, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Write(-Step, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Write(Step + 1, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Write(Step, [1, 2]));
        Assert.False(ring.TryRead(0, new float[Width]));
        ring.Read(-1000, 0, (_, _) => Assert.Fail("There is nothing."));
        ring.Read(Step, Step, (_, _) => Assert.Fail("There is nothing."));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private HistoryRing Open() => HistoryRing.Open(FilePath, Step, Count, Width);

    private void Flip(int place, byte bits)
    {
        using var file = new FileStream(FilePath, FileMode.Open);
        file.Position = place;
        var there = file.ReadByte();
        file.Position = place;
        file.WriteByte((byte)(there ^ bits));
    }
}
