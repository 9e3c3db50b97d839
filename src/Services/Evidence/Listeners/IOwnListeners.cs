using System.Net;

namespace Beffroi.Services.Evidence.Listeners;

/// <summary>Where this process itself listens.</summary>
public interface IOwnListeners
{
    /// <summary>Where each side's listener is bound: the address as it was configured, and the port that it has.</summary>
    (IPEndPoint Customers, IPEndPoint Operator) Find();

    /// <summary>Where to connect to what is bound there.</summary>
    static IPEndPoint Reach(IPEndPoint bound) => new(
        bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : bound.Address, bound.Port);
}
