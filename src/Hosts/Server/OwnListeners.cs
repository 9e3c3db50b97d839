using System.Net;
using Beffroi.Services.Evidence.Listeners;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Beffroi.Hosts.Server;

/// <summary>Where beffroid listens, for the consoles, which call it like everybody, and for who looks at it from outside.</summary>
/// <param name="listen">Customers' listener, as configured.</param>
/// <param name="admin">The operator's.</param>
/// <param name="server">Knows which ports were free.</param>
internal sealed class OwnListeners(IPEndPoint listen, IPEndPoint admin, IServer server) : IOwnListeners
{
    public (IPEndPoint Customers, IPEndPoint Operator) Find() =>
        (new(listen.Address, Port(listen, 0)), new(admin.Address, Port(admin, listen.Address.Equals(admin.Address) ? 1 : 0)));

    // 0 took a free one: of this address, the first in the order in which they were opened, after those of listeners before it.
    private int Port(IPEndPoint bound, int before) => bound.Port != 0 ? bound.Port
        : server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).Where(a => IPAddress.TryParse(a.Host.Trim('[', ']'), out var at) && at.Equals(bound.Address)).ElementAt(before).Port;
}
