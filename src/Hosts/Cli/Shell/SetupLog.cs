using System.Globalization;

namespace Beffroi.Hosts.Cli.Shell;

/// <summary>The whole log of <c>up</c> and <c>down</c>, appended to. Safe for concurrent use.</summary>
internal sealed class SetupLog : IDisposable
{
    private const long KeepBytes = 4 << 20;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly StreamWriter? _writer;

    private SetupLog(string? path, TimeProvider time)
    {
        (Path, _time) = (path ?? "", time);
        if (path is not null)
        {
            _writer = new StreamWriter(new FileStream(path, new FileStreamOptions
            {
                Mode = File.Exists(path) && new FileInfo(path).Length > KeepBytes ? FileMode.Create : FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                UnixCreateMode = PrivateFiles.OwnerOnly,
            }))
            { AutoFlush = true };
        }
    }

    public string Path { get; }

    /// <summary>Appends to the file of this name, in a directory that is made if missing.</summary>
    public static SetupLog Open(string directory, string name, TimeProvider time)
    {
        Directory.CreateDirectory(directory);
        return new SetupLog(System.IO.Path.Combine(directory, name), time);
    }

    /// <summary>Keeps nothing.</summary>
    public static SetupLog None(TimeProvider time) => new(null, time);

    public void Write(string line)
    {
        lock (_gate)
        {
            _writer?.WriteLine(_time.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture) + " " + line);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _writer?.Dispose();
        }
    }
}
