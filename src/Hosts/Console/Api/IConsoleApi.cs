using System.Net;

namespace Beffroi.Hosts.WebConsole.Api;

/// <summary>The way to the API: to what is under <c>/operator</c> over the operator's listener, to all else over the public one. Safe for concurrent use.</summary>
public interface IConsoleApi
{
    /// <summary>Sends a request to a path of the API.</summary>
    /// <param name="request">With a relative address, and the session's token.</param>
    /// <param name="caller">Where the browser is, in whose name it is sent.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HttpRequestException">The API can't be reached.</exception>
    Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IPAddress? caller, CancellationToken cancellationToken);
}
