using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>Reads lists page by page.</summary>
internal static class Pages
{
    private const int Most = 10_000;

    /// <summary>All of a list, or its first <paramref name="most"/>.</summary>
    public static async Task<IReadOnlyList<T>> AllAsync<T>(
        ApiClient api, string path, JsonTypeInfo<Page<T>> type, CancellationToken cancellationToken, string? query = null, int most = Most)
    {
        var items = new List<T>();
        string? token = null;
        do
        {
            var page = await api.GetAsync(
                path + "?limit=200" + (query is null ? "" : "&" + query) + (token is null ? "" : "&pageToken=" + Uri.EscapeDataString(token)),
                type,
                cancellationToken);
            items.AddRange(page.Items);
            token = page.NextPageToken;
        }
        while (token is not null && items.Count < most);
        return items.Count <= most ? items : items[..most];
    }
}
