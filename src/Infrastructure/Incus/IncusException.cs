using System.Net;

namespace Beffroi.Infrastructure.Incus;

/// <summary>Incus refused or failed; the message is its own.</summary>
internal sealed class IncusException(HttpStatusCode status, string message) : Exception(message)
{
    /// <summary>HTTP status; 500 for an operation that failed.</summary>
    public HttpStatusCode Status { get; } = status;
}
