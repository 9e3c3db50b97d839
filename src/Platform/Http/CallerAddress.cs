using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>
/// Says in requests that beffroid sends to its own API in somebody's name (the console's) where that somebody is, so that the ledger tells the true origin and a failure counts against
/// whom it belongs to. Believed only with a proof that this process makes anew at each start and tells nobody else. It gives no right at all. Safe for concurrent use.
/// </summary>
public sealed class CallerAddress
{
    /// <summary>The header.</summary>
    public const string Header = "Beffroi-Caller";

    private readonly string _proof = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Puts it into a request, which must go to this process.</summary>
    public void Write(HttpRequestMessage request, IPAddress? address)
    {
        if (address is not null)
        {
            request.Headers.Add(Header, _proof + " " + address);
        }
    }

    /// <summary>Makes it the request's address, if it is from this process. From anyone else it means nothing.</summary>
    internal void Read(HttpContext http)
    {
        if (http.Request.Headers[Header] is [{ Length: <= 128 } header] && header.Split(' ') is [{ } proof, { } address]
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(proof), Encoding.UTF8.GetBytes(_proof)) && IPAddress.TryParse(address, out var caller))
        {
            http.Connection.RemoteIpAddress = caller;
        }
    }
}
