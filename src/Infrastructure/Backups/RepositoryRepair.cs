using System.Runtime.InteropServices;
using Beffroi.Infrastructure.Volumes;

namespace Beffroi.Infrastructure.Backups;

/// <summary>
/// Makes a repository whole again after its instance was in the wrong hands. The volume is in nobody's use meanwhile, so that paths stay what they are.
/// </summary>
internal static partial class RepositoryRepair
{
    public static void Run(string mount, string data, IEnumerable<Guid> stanzas)
    {
        MoveBack(data);
        foreach (var stanza in stanzas)
        {
            foreach (var path in RepositoryLayout.Changing(stanza))
            {
                if (InfoVault.First(mount, path) is { } content)
                {
                    Replace(data, path, content);
                    Replace(data, path + ".copy", content);
                }
            }
        }
    }

    private static void MoveBack(string data)
    {
        using var root = LibC.OpenDirectory(data);
        foreach (var (path, _) in RepositoryLayout.All(data).ToList())
        {
            using var file = LockedFile.Open(root, path);
            if (file?.LockedAt is not { } place || place == path || !file.IsImmutable || place.Split('/').Contains(".."))
            {
                continue;
            }

            Parents(data, place, path);
            if (Path.Exists(data + "/" + place))
            {
                // Whatever was put in its place was not locked.
                File.Move(data + "/" + place, data + "/" + place + ".displaced", overwrite: true);
            }

            file.SetImmutable(false);
            Directory.Move(data + "/" + path, data + "/" + place);
            file.SetImmutable(true);
        }
    }

    private static void Parents(string data, string place, string like)
    {
        var parts = place.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            var directory = data + "/" + string.Join('/', parts[..i]);
            if (new FileInfo(directory) is { LinkTarget: not null } link)
            {
                link.Delete();
            }

            if (!Directory.Exists(directory))
            {
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                Own(directory, data + "/" + like);
            }
        }
    }

    private static void Replace(string data, string path, byte[] content)
    {
        var target = data + "/" + path;
        Parents(data, path, RepositoryLayout.Root);
        if (Directory.Exists(target))
        {
            Directory.Move(target, target + ".displaced");
        }

        File.Delete(target);
        File.WriteAllBytes(target, content);
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Own(target, data + "/" + RepositoryLayout.Root);
    }

    // The owner is the instance's postgres, whose number only the files tell.
    private static unsafe void Own(string path, string like)
    {
        var status = stackalloc byte[256];
        // struct stat on x64: st_uid at 28, st_gid at 32 (bits/struct_stat.h).
        if (Status(like, status) != 0 || ChangeOwner(path, *(uint*)(status + 28), *(uint*)(status + 32)) != 0)
        {
            throw new InfrastructureException($"The owner of {path} can't be set: {LibC.LastError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Status(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
