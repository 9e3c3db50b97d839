namespace Beffroi.Agent.Postgres;

/// <summary>
/// PostgreSQL's log on the encrypted volume: one JSON object a line. It is not in backups. The oldest files go when it takes more than a twentieth of the volume or
/// 1 GiB, and after 30 days.
/// </summary>
internal static class LogFiles
{
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(30);
    internal const long Most = 1L << 30;
    internal const int Part = 20;

    /// <summary>Deletes what is too much or too old, but never the newest, which PostgreSQL writes.</summary>
    internal static void Prune(string directory, long volumeBytes, DateTimeOffset now)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        var room = Math.Min(Most, volumeBytes / Part);

        // PostgreSQL keeps a file beside each for what is not its own message; it is almost always empty.
        var newest = true;
        foreach (var group in new DirectoryInfo(directory).EnumerateFiles("postgresql-*").GroupBy(file => Path.GetFileNameWithoutExtension(file.Name)).OrderByDescending(group => group.Key, StringComparer.Ordinal))
        {
            room -= group.Sum(file => file.Length);
            if (!newest && (room < 0 || group.All(file => now - file.LastWriteTimeUtc > Longest)))
            {
                foreach (var file in group)
                {
                    file.Delete();
                }
            }

            newest = false;
        }
    }
}
