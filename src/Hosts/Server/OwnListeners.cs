using System.Net;
using Beffroi.Services.Evidence.Listeners;
using Microsoft.AspNetCore.Hosting.Server;

namespace Beffroi.Hosts.Server;

/// <summary>Where beffroid listens, for whoever looks at it from outside.</summary>
/// <param name="listen">Customers' listener, as configured.</param>
/// <param name="admin">The operator's.</param>
/// <param name="server">Knows which ports were free.</param>
internal sealed class OwnListeners(IPEndPoint listen, IPEndPoint admin, IServer server) : IOwnListeners
{
    public (IPEndPoint Customers, IPEndPoint Operator) Find() =>
        (new(listen.Address, ConsoleApi.Port(listen, server, 0)), new(admin.Address, ConsoleApi.Port(admin, server, listen.Address.Equals(admin.Address) ? 1 : 0)));
}
