namespace Beffroi.Infrastructure.Backups;

/// <summary>
/// Where pgBackRest keeps what is finished (its «repository» since 2.0): <c>archive/STANZA/ID/…</c> for WAL, <c>backup/STANZA/LABEL/…</c> for backups,
/// which are complete once their manifest is there. Both <c>*.info</c> files are rewritten again and again. Only reads names.
/// </summary>
internal static class RepositoryLayout
{
    /// <summary>The repository, relative to the volume's root.</summary>
    public const string Root = "repository";

    private const string Unfinished = ".pgbackrest.tmp";
    private const int Deepest = 12;

    /// <summary>The files that are rewritten, relative to the volume's root.</summary>
    public static IReadOnlyList<string> Changing(Guid stanza) => [$"{Root}/archive/{stanza:N}/archive.info", $"{Root}/backup/{stanza:N}/backup.info"];

    /// <summary>Directories whose own entries must stay.</summary>
    public static IReadOnlyList<string> Fixed { get; } = [Root, Root + "/archive", Root + "/backup"];

    /// <summary>What of a stanza is finished, relative to <paramref name="volume"/>; of a backup first the files, then their directories.</summary>
    public static IEnumerable<string> Finished(string volume, Guid stanza)
    {
        var archive = $"{Root}/archive/{stanza:N}";
        foreach (var timeline in Directories(volume, archive))
        {
            foreach (var (path, directory) in Below(volume, timeline, 1))
            {
                if (!directory)
                {
                    yield return path;
                }
            }
        }

        foreach (var backup in Directories(volume, $"{Root}/backup/{stanza:N}"))
        {
            var history = backup.EndsWith("/backup.history", StringComparison.Ordinal);
            if (!history && !File.Exists($"{volume}/{backup}/backup.manifest"))
            {
                continue;
            }

            var directories = new List<string>();
            foreach (var (path, directory) in Below(volume, backup, 1))
            {
                if (directory)
                {
                    directories.Add(path);
                }
                else
                {
                    yield return path;
                }
            }

            if (!history)
            {
                foreach (var path in directories.AsEnumerable().Reverse().Append(backup))
                {
                    yield return path;
                }
            }
        }
    }

    /// <summary>Everything on the volume, directories before what is in them.</summary>
    public static IEnumerable<(string Path, bool Directory)> All(string volume) => Below(volume, "", 0);

    private static IEnumerable<string> Directories(string volume, string path) => Entries(volume, path).Where(e => e.Directory).Select(e => e.Path);

    private static IEnumerable<(string Path, bool Directory)> Below(string volume, string path, int depth)
    {
        foreach (var entry in Entries(volume, path))
        {
            yield return entry;
            if (entry.Directory && depth < Deepest)
            {
                foreach (var deeper in Below(volume, entry.Path, depth + 1))
                {
                    yield return deeper;
                }
            }
        }
    }

    private static List<(string Path, bool Directory)> Entries(string volume, string path)
    {
        try
        {
            var prefix = path.Length == 0 ? "" : path + "/";
            return [.. new DirectoryInfo(volume + "/" + path).EnumerateFileSystemInfos()
                .Where(e => e.LinkTarget is null && !e.Name.EndsWith(Unfinished, StringComparison.Ordinal))
                .Select(e => (prefix + e.Name, (e.Attributes & FileAttributes.Directory) != 0))];
        }
        catch (Exception e) when (e is DirectoryNotFoundException or UnauthorizedAccessException or IOException)
        {
            // Gone meanwhile, or never there.
            return [];
        }
    }
}
