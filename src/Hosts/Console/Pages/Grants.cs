using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Who has which role where.</summary>
/// <param name="Items">In the order in which they were granted.</param>
/// <param name="All">Whether there are no more.</param>
internal sealed record Grants(IReadOnlyList<Grant> Items, bool All)
{
    private const int PerRequest = 200, Requests = 10;

    public static async Task<Grants> ReadAsync(Visit visit)
    {
        var items = new List<Grant>();
        string? next = null;
        for (var i = 0; i < Requests; i++)
        {
            var page = await visit.Api.GetAsync(
                $"{visit.Root}/grants?limit={PerRequest}" + (next is null ? "" : "&pageToken=" + Uri.EscapeDataString(next)), WireJson.Default.PageGrant);
            items.AddRange(page.Items);
            if ((next = page.NextPageToken) is null)
            {
                return new(items, true);
            }
        }

        return new(items, false);
    }

    /// <summary>An account's own and those of its groups.</summary>
    public IReadOnlyList<Grant> Of(string account, IReadOnlyList<string> groups) => [.. Items.Where(g => g.Member == account || (g.Group is { } group && groups.Contains(group)))];

    public IReadOnlyList<Grant> OfGroup(string group) => [.. Items.Where(g => g.Group == group)];
}
