using System.Security.Cryptography;
using System.Text;
using Beffroi.Kernel;

namespace Beffroi.Transparency.Witnessing;

/// <summary>A witness's memory as files, one a log. One process at a time may use a folder: it is locked until this is disposed.</summary>
public sealed class WitnessFolder : IWitnessState, IDisposable
{
    private readonly string _directory;
    private readonly FileStream _lock;

    /// <summary>Opens the folder, making it if it isn't there.</summary>
    /// <exception cref="IOException">It can't be written, or another process uses it.</exception>
    public WitnessFolder(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        _lock = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <inheritdoc/>
    public async Task<string?> FindAsync(string origin, CancellationToken cancellationToken)
    {
        var file = FileOf(origin);
        return File.Exists(file) ? await File.ReadAllTextAsync(file, cancellationToken) : null;
    }

    /// <inheritdoc/>
    public async Task SaveAsync(string origin, string checkpoint, CancellationToken cancellationToken)
    {
        var file = FileOf(origin);
        await using (var stream = new FileStream(file + ".new", FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(checkpoint), cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(file + ".new", file, overwrite: true);
        DurableDirectory.Sync(_directory);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    // An origin may hold any character.
    private string FileOf(string origin) => Path.Combine(_directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin))));
}
