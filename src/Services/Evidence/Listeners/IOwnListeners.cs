using System.Net;

namespace Beffroi.Services.Evidence.Listeners;

/// <summary>Where this process itself listens.</summary>
public interface IOwnListeners
{
    /// <summary>Where each side's listener is bound: the address as it was configured, and the port that it has.</summary>
    (IPEndPoint Customers, IPEndPoint Operator) Find();
}
