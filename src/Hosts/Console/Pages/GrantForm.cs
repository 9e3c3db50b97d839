using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A role to grant, as it was chosen. What is wrong with it, the API says. A press without a choice gives the least.</summary>
/// <param name="Role">A built-in one or one of the organization's.</param>
/// <param name="Space">Where; empty for the whole organization.</param>
internal sealed record GrantForm(string Role = "reader", string Space = "")
{
    /// <summary>Grants what a form says, to an account or to a group.</summary>
    /// <returns>What was chosen, and the request.</returns>
    public static async Task<(GrantForm Typed, Func<Task> Change)> ReadAsync(Visit visit, string? member = null, string? group = null)
    {
        var field = await visit.FormAsync();
        var typed = new GrantForm(field("role"), field("space"));
        return (typed, () => visit.Api.PutAsync(
            visit.Root + "/grants", new PutGrant(typed.Role, member, group, typed.Space.Length > 0 ? typed.Space : null), WireJson.Default.PutGrant, WireJson.Default.Grant));
    }

    /// <summary>Withdraws the grant that a form names.</summary>
    public static async Task<Func<Task>> RevokeAsync(Visit visit)
    {
        var grant = Visit.Id((await visit.FormAsync())("grant"));
        return () => visit.Api.RequestAsync(HttpMethod.Delete, $"{visit.Root}/grants/{grant:D}", WireJson.Default.Grant);
    }
}
