using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Beffroi.Contracts.Evidence;

namespace Beffroi.Services.Evidence.Listeners;

/// <summary>Asks the two sides' listeners, as anybody can who reaches them, whether each serves its own side alone and answers nobody who has not signed in.</summary>
internal static class ListenerProbe
{
    private const string OfCustomers = "/v1/organizations", OfOperator = "/operator/v1/organizations";
    private const int MostAddresses = 8, MostBytes = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // RFC 1918, RFC 6598, RFC 4193 and what never leaves a link.
    private static readonly IPNetwork[] NotPublic =
    [
        .. ((string[])["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128"]).Select(IPNetwork.Parse),
    ];

    /// <summary>What is not as it should be; none if all is well. No message has an address: the operator's are not for customers.</summary>
    /// <param name="customers">Where customers' listener is bound.</param>
    /// <param name="administration">Where the operator's is.</param>
    /// <param name="others">The host's other addresses, at which the operator's must not be.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HttpRequestException">One does not answer: nothing was seen.</exception>
    public static async Task<IReadOnlyList<LocalText>> LookAsync(IPEndPoint customers, IPEndPoint administration, IReadOnlyList<IPAddress> others, CancellationToken cancellationToken)
    {
        var faults = new List<LocalText>();
        if (AddressFault(administration.Address) is { } public_)
        {
            faults.Add(public_);
        }

        using var http = Client();
        await ExpectAsync(customers, OfOperator, HttpStatusCode.NotFound, new("Customers' listener serves the operator's paths.", "L'écoute des clients sert les chemins de l'opérateur."));
        await ExpectAsync(administration, OfCustomers, HttpStatusCode.NotFound, new("The operator's listener serves customers' paths.", "L'écoute de l'opérateur sert les chemins des clients."));
        await ExpectAsync(customers, OfCustomers, HttpStatusCode.Unauthorized, new("Customers' listener answers who has not signed in.", "L'écoute des clients répond sans connexion."));
        await ExpectAsync(administration, OfOperator, HttpStatusCode.Unauthorized, new("The operator's listener answers who has not signed in.", "L'écoute de l'opérateur répond sans connexion."));
        foreach (var other in others.Where(a => !a.Equals(administration.Address)).Take(MostAddresses))
        {
            if (await AnswersAsync(http, new IPEndPoint(other, administration.Port), cancellationToken))
            {
                faults.Add(new("The operator's listener answers at another address of its host.", "L'écoute de l'opérateur répond à une autre adresse de son hôte."));
                break;
            }
        }

        return faults;

        // Whoever fails to sign in too often waits: that is no answer either.
        async Task ExpectAsync(IPEndPoint at, string path, HttpStatusCode expected, LocalText fault)
        {
            using var answer = await http.GetAsync(Address(at, path), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (answer.StatusCode != expected && !(expected == HttpStatusCode.Unauthorized && answer.StatusCode == HttpStatusCode.TooManyRequests))
            {
                faults.Add(fault);
            }
        }
    }

    /// <summary>What is wrong with an address of the operator's listener; null for one of a network that is not the Internet.</summary>
    internal static LocalText? AddressFault(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any)
                ? new("The operator's listener is at every address of its host.", "L'écoute de l'opérateur est à toutes les adresses de son hôte.")
            : NotPublic.Any(n => n.BaseAddress.AddressFamily == plain.AddressFamily && n.Contains(plain)) ? null
            : new("The operator's listener is at a public address.", "L'écoute de l'opérateur est à une adresse publique.");
    }

    /// <summary>The addresses of this host beside loopback.</summary>
    public static IReadOnlyList<IPAddress> HostAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().Where(i => i.OperationalStatus == OperationalStatus.Up).SelectMany(i => i.GetIPProperties().UnicastAddresses.Select(a => a.Address))
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a)).Distinct(),
    ];

    internal static Uri Address(IPEndPoint at, string path) => new($"https://{IOwnListeners.Reach(at)}{path}");

    // Its certificate is another probe's to judge.
    internal static HttpClient Client()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = Patience };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MostBytes };
    }

    // Another program may have the port there; only ours has these paths.
    private static async Task<bool> AnswersAsync(HttpClient http, IPEndPoint at, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(Address(at, OfOperator), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests || answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
