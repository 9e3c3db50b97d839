using System.Globalization;
using Beffroi.Infrastructure.Volumes;

namespace Beffroi.Infrastructure.Backups;

/// <summary>
/// Earlier versions of the files that the backup tool rewrites: without them, backups that nobody can delete could not be read either. Beside the
/// directory that the instance gets, on the same volume and under the same key: no instance can see it.
/// </summary>
internal static class InfoVault
{
    private const long Largest = 16 << 20;
    private const int Kept = 30;

    /// <summary>Keeps the file's present content if it differs from the newest version.</summary>
    public static void Keep(string mount, string path, LockedFile file, DateTimeOffset now)
    {
        var length = RandomAccess.GetLength(file.Handle);
        if (length is 0 or > Largest)
        {
            return;
        }

        var content = new byte[length];
        if (RandomAccess.Read(file.Handle, content, 0) != length)
        {
            return;
        }

        var versions = Versions(mount, path);
        if (versions.Count > 0 && File.ReadAllBytes(versions[^1]).AsSpan().SequenceEqual(content))
        {
            return;
        }

        var directory = Prepare(mount, path);
        var version = directory + "/" + now.ToUnixTimeMilliseconds().ToString("D16", CultureInfo.InvariantCulture);
        using (var copy = File.OpenHandle(version + ".new", FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(copy, content, 0);
            RandomAccess.FlushToDisk(copy);
        }

        File.Move(version + ".new", version, overwrite: true);
        // The first one is kept for ever: with it the tool finds again whatever lies in the repository.
        foreach (var old in versions.Skip(1).SkipLast(Kept))
        {
            File.Delete(old);
        }
    }

    /// <summary>The first version that was ever seen; null if there is none.</summary>
    public static byte[]? First(string mount, string path) => Versions(mount, path) is [var first, ..] ? File.ReadAllBytes(first) : null;

    private static List<string> Versions(string mount, string path) => Directory.Exists(DirectoryOf(mount, path))
        ? [.. Directory.EnumerateFiles(DirectoryOf(mount, path)).Where(f => !f.EndsWith(".new", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
        : [];

    private static string DirectoryOf(string mount, string path) => mount + "/vault/" + path.Replace('/', '~');

    private static string Prepare(string mount, string path)
    {
        Fscrypt.CreateLike(mount + "/vault", mount + "/data");
        var directory = DirectoryOf(mount, path);
        Directory.CreateDirectory(directory);
        return directory;
    }
}
