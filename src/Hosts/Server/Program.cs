using Beffroi.Hosts.Server;
using Beffroi.Platform.Keys;

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
// The store was sealed with keys that aren't there: the token is another installation's, or gone.
catch (Exception failure) when (failure is ConfigurationException or KeyRefusedException)
{
    await Console.Error.WriteLineAsync("beffroid can't start. " + failure.Message);
    return 2;
}
