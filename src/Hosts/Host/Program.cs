using Beffroi.Hosts.Host;
using Beffroi.Infrastructure;

if (Environment.UserName != "root")
{
    await Console.Error.WriteLineAsync("beffroi-host runs as root: it mounts volumes and speaks to Incus.");
    return 1;
}

try
{
    return await CommandLine.RunAsync(args);
}
catch (InfrastructureException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
