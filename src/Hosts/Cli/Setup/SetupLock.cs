using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Lets one <c>up</c> or <c>down</c> of an installation run at a time; the kernel drops it with the process.</summary>
internal sealed class SetupLock : IDisposable
{
    private readonly FileStream _file;

    private SetupLock(FileStream file) => _file = file;

    public static SetupLock Take(Installation installation)
    {
        var path = $"/run/{installation.Name}.up.lock";
        try
        {
            return new SetupLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = PrivateFiles.OwnerOnly,
                Options = FileOptions.DeleteOnClose,
            }));
        }
        catch (IOException e)
        {
            throw new CliException($"Another `up` or `down` of {installation.Name} is running. Wait for it to end.", ExitCode.Refused, e);
        }
    }

    public void Dispose() => _file.Dispose();
}
