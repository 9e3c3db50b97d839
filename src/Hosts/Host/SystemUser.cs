using System.Globalization;
using System.Runtime.InteropServices;
using Beffroi.Infrastructure;

namespace Beffroi.Hosts.Host;

/// <summary>A local system user, as in passwd(5).</summary>
/// <param name="Id">User id.</param>
/// <param name="GroupId">Primary group.</param>
internal sealed partial record SystemUser(uint Id, uint GroupId)
{
    /// <summary>Null when there is no such user.</summary>
    public static SystemUser? Find(string name)
    {
        foreach (var line in File.ReadLines("/etc/passwd"))
        {
            var fields = line.Split(':');
            if (fields.Length > 3 && fields[0] == name)
            {
                return new SystemUser(uint.Parse(fields[2], CultureInfo.InvariantCulture), uint.Parse(fields[3], CultureInfo.InvariantCulture));
            }
        }

        return null;
    }

    /// <summary>Makes a file root's and this group's.</summary>
    /// <exception cref="InfrastructureException">The system refuses.</exception>
    public static void GiveGroup(string path, uint group)
    {
        if (Chown(path, 0, group) != 0)
        {
            throw new InfrastructureException($"{path} can't be given to its group: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>umask(2); returns the one before.</summary>
    [LibraryImport("libc", EntryPoint = "umask")]
    public static partial int SetUmask(int mask);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint owner, uint group);
}
