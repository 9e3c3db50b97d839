using Beffroi.Hosts.Server;

try
{
    await using var app = ServerHost.Build(ServerOptions.Load(args));
    await app.RunAsync();
    return 0;
}
catch (ConfigurationException failure)
{
    await Console.Error.WriteLineAsync("beffroid can't start. " + failure.Message);
    return 2;
}
