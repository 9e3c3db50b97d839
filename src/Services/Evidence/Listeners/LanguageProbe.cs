using System.Net;
using Beffroi.Contracts.Evidence;

namespace Beffroi.Services.Evidence.Listeners;

/// <summary>Asks a listener for the page on which people sign in, as browsers of people who read French or English do.</summary>
internal static class LanguageProbe
{
    private const string Page = "/sign-in";

    // The page's title, so that English words under a French label don't pass.
    private static readonly (string Language, string Title, LocalText Name)[] Languages =
    [
        ("fr", "Se connecter", new("French", "français")), ("en", "Sign in", new("English", "anglais")),
    ];

    /// <summary>What is not as it should be; none if all is well.</summary>
    /// <param name="at">Where it is bound.</param>
    /// <param name="whose">Whose listener, at the beginning of each sentence.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HttpRequestException">It does not answer: nothing was seen.</exception>
    public static async Task<IReadOnlyList<LocalText>> LookAsync(IPEndPoint at, LocalText whose, CancellationToken cancellationToken)
    {
        var faults = new List<LocalText>();
        using var http = ListenerProbe.Client();
        foreach (var (language, title, name) in Languages)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, ListenerProbe.Address(at, Page));
            request.Headers.AcceptLanguage.ParseAdd(language);
            using var answer = await http.SendAsync(request, cancellationToken);
            var page = answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancellationToken) : "";
            if (!page.Contains($"<html lang=\"{language}\"", StringComparison.Ordinal) || !page.Contains($"<h1>{title}</h1>", StringComparison.Ordinal))
            {
                faults.Add(new($"{whose.En} has no page in {name.En} to sign in.", $"{whose.Fr} n'a pas de page de connexion en {name.Fr}."));
            }
        }

        return faults;
    }
}
