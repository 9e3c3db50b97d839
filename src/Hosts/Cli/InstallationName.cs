using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli;

/// <summary>Which installation on this machine is meant: <c>BEFFROI_INSTALLATION</c>, else <c>beffroi</c>.</summary>
internal static class InstallationName
{
    public static Installation FromEnvironment()
    {
        try
        {
            return new Installation(Environment.GetEnvironmentVariable("BEFFROI_INSTALLATION") is { Length: > 0 } name ? name : "beffroi");
        }
        catch (ArgumentException e)
        {
            throw new CliException("BEFFROI_INSTALLATION: " + e.Message.Split(" (Parameter")[0], ExitCode.Usage, e);
        }
    }
}
