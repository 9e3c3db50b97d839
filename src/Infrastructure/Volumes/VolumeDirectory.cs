using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// Where volumes lie: <c>volumes/ID/</c> with the image and its mount point. A volume appears under its name only when
/// whole (made under a temporary name, renamed), and disappears from it before it is taken apart.
/// </summary>
/// <param name="installation">Whose.</param>
/// <param name="imageName">The name of an image: tells how it is encrypted.</param>
/// <param name="folder">Below the directory of all volumes; empty for itself.</param>
internal sealed class VolumeDirectory(Installation installation, string imageName, string folder = "")
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _root = RootOf(installation) + folder;

    /// <summary>The folder of copies that are being made. Its name is that of no volume.</summary>
    public const string Copies = "/.copies";

    /// <summary>All volumes of an installation, however encrypted.</summary>
    public static string RootOf(Installation installation) => installation.State + "/volumes";

    /// <summary>Where a volume is mounted while it is unlocked.</summary>
    public static string MountOf(Installation installation, Guid id) => RootOf(installation) + "/" + id.ToString("N") + "/mount";

    /// <summary>The directory that an instance gets; there only while the volume is unlocked.</summary>
    public static string DataOf(Installation installation, Guid id) => MountOf(installation, id) + "/data";

    public string Image(Guid id) => Home(id) + "/" + imageName;

    public string Mount(Guid id) => Home(id) + "/mount";

    public string Data(Guid id) => Mount(id) + "/data";

    public bool Exists(Guid id) => File.Exists(Image(id));

    public bool IsMounted(Guid id) => Mounts.IsMounted(Mount(id));

    /// <summary>The image's length; the volume must exist.</summary>
    public long Size(Guid id) => new FileInfo(Image(id)).Length;

    /// <summary>Makes the image larger, durably; the volume must exist. Nothing happens if it has the size already.</summary>
    /// <exception cref="InfrastructureException">It would become smaller.</exception>
    public void Grow(Guid id, long sizeBytes)
    {
        var size = Size(id);
        if (sizeBytes < size)
        {
            throw new InfrastructureException($"The volume {id} has {size} bytes and can't be made smaller, to {sizeBytes}: it can only grow.");
        }

        if (sizeBytes > size)
        {
            using var file = File.OpenHandle(Image(id), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.SetLength(file, sizeBytes);
            RandomAccess.FlushToDisk(file);
        }
    }

    /// <summary>Makes the volume of a sparse image that <paramref name="format"/> puts a file system into.</summary>
    /// <exception cref="InfrastructureException">A volume with this id is there in another form, or formatting failed.</exception>
    public async Task CreateAsync(Guid id, long sizeBytes, Func<string, Task> format)
    {
        if (Directory.Exists(Home(id)))
        {
            throw new InfrastructureException($"The volume {id} exists with another kind of encryption than {imageName}: set the host's Encryption back to what it was.");
        }

        Directory.CreateDirectory(RootOf(installation), OwnerOnly);
        Directory.CreateDirectory(_root, OwnerOnly);
        var making = _root + "/.new-" + id.ToString("N");
        Delete(making);
        Directory.CreateDirectory(making, OwnerOnly);
        Directory.CreateDirectory(making + "/mount", OwnerOnly);
        var image = making + "/" + imageName;
        await using (var file = new FileStream(image, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnlyFile }))
        {
            file.SetLength(sizeBytes);
        }

        await format(image);
        using (var file = File.OpenHandle(image, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(file);
        }

        LibC.FlushDirectory(making);
        Directory.Move(making, Home(id));
        LibC.FlushDirectory(_root);
    }

    /// <summary>Puts the image of a copy, which is not mounted either, in this one's place: whoever looks sees one or the other.</summary>
    public void Take(VolumeDirectory copies, Guid id)
    {
        using (var file = File.OpenHandle(copies.Image(id), FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(file);
        }

        File.Move(copies.Image(id), Image(id), overwrite: true);
        LibC.FlushDirectory(Home(id));
        copies.Delete(id);
    }

    /// <summary>Deletes a volume that is not mounted, and what an interrupted creation or deletion left of it.</summary>
    public void Delete(Guid id)
    {
        if (!Directory.Exists(_root))
        {
            return;
        }

        var going = _root + "/.gone-" + id.ToString("N");
        Delete(going);
        if (Directory.Exists(Home(id)))
        {
            Directory.Move(Home(id), going);
            LibC.FlushDirectory(_root);
            Delete(going);
        }

        Delete(_root + "/.new-" + id.ToString("N"));
        LibC.FlushDirectory(_root);
    }

    /// <summary>Deletes what interrupted creations and deletions left, and the directory of all volumes, which must hold none.</summary>
    public static void DeleteRoot(Installation installation)
    {
        var root = RootOf(installation);
        if (Directory.Exists(root))
        {
            foreach (var leftover in Directory.EnumerateDirectories(root, ".*").ToList())
            {
                Delete(leftover);
            }

            Directory.Delete(root);
        }
    }

    /// <summary>The volumes of this form.</summary>
    public IReadOnlyList<Guid> List() => Directory.Exists(_root)
        ? [.. Directory.EnumerateDirectories(_root)
            .Select(path => Guid.TryParseExact(Path.GetFileName(path), "N", out var id) ? id : Guid.Empty)
            .Where(id => id != Guid.Empty && Exists(id))]
        : [];

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            // Never through a mount point into somebody's data.
            Mounts.Unmount(path + "/mount");
            Directory.Delete(path, recursive: true);
        }
    }

    private string Home(Guid id) => _root + "/" + id.ToString("N");
}
