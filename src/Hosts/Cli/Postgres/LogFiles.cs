using System.Globalization;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>A file of PostgreSQL's log.</summary>
/// <param name="Name">Its names are in the order of time.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">When it was last written, not earlier.</param>
internal sealed record LogFile(string Name, long Size, DateTimeOffset Modified);

/// <summary>The files of a node's log.</summary>
internal interface ILogFiles : IDisposable
{
    /// <summary>All, oldest first.</summary>
    Task<IReadOnlyList<LogFile>> ListAsync(CancellationToken cancellationToken);

    /// <summary>A part of one, at most <see cref="NodeLog.Most"/> bytes; less where it ends.</summary>
    Task<byte[]> ReadAsync(string file, long start, int length, CancellationToken cancellationToken);
}

/// <summary>They are read over a connection to the node's database, which gives them to members of <c>pg_monitor</c>.</summary>
internal sealed class LogFiles(Psql psql) : ILogFiles
{
    public void Dispose() => psql.Dispose();

    public async Task<IReadOnlyList<LogFile>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await psql.RunAsync("select name, size, extract(epoch from modification)::bigint from beffroi.log_files();\n", cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|'))
            .Where(f => f.Length == 3 && IsName(f[0]))
            .Select(f => new LogFile(f[0], long.Parse(f[1], CultureInfo.InvariantCulture), DateTimeOffset.FromUnixTimeSeconds(long.Parse(f[2], CultureInfo.InvariantCulture) + 1)))
            .OrderBy(f => f.Name, StringComparer.Ordinal)];

    public async Task<byte[]> ReadAsync(string file, long start, int length, CancellationToken cancellationToken) =>
        Convert.FromBase64String((await psql.RunAsync(
            string.Create(CultureInfo.InvariantCulture, $"select encode(beffroi.read_log('{file}', {start}, {length}), 'base64');\n"), cancellationToken)).ReplaceLineEndings(""));

    // It goes into a statement.
    private static bool IsName(string name) => name.Length <= 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');
}
