using Beffroi.Hosts.Server;

try
{
    if (args is ["init-token", var provider, ..])
    {
        return await TokenInitialization.RunAsync(ServerOptions.Load(args), provider);
    }

    await using var app = ServerHost.Build(ServerOptions.Load(args));
    await app.RunAsync();
    return 0;
}
catch (ConfigurationException failure)
{
    await Console.Error.WriteLineAsync("beffroid can't start. " + failure.Message);
    return 2;
}
