namespace Beffroi.Hosts.Cli.Shell;

/// <summary>Files that other users of the machine may not read, replaced whole or not at all.</summary>
internal static class PrivateFiles
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Ensures a directory that only its owner can enter; an existing one keeps its mode.</summary>
    public static void EnsureDirectory(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Writes under another name with the final mode, then renames: no reader sees half of it or another mode.</summary>
    public static void Write(string path, string content, UnixFileMode mode = OwnerOnly)
    {
        // Another process may write the same file at this moment.
        var temporary = $"{path}.{Environment.ProcessId}.new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(content);
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        // Against the umask, and only once the content is whole.
        File.SetUnixFileMode(temporary, mode);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes a file that must not be there yet; only its owner may read it.</summary>
    /// <exception cref="CliException">There is one, or it can't be written.</exception>
    public static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 0 });
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(File.Exists(path) ? $"{path} is there already, and is not overwritten." : $"{path} can't be written: {e.Message}", ExitCode.Usage, e);
        }
    }

    /// <summary>Writes unless the file already has this content; says whether it wrote.</summary>
    public static bool WriteIfDifferent(string path, string content, UnixFileMode mode = OwnerOnly)
    {
        if (File.Exists(path) && File.ReadAllText(path) == content && File.GetUnixFileMode(path) == mode)
        {
            return false;
        }

        Write(path, content, mode);
        return true;
    }
}
