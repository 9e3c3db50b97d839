namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Whose tokens.</summary>
/// <param name="Api">Where the API has them.</param>
/// <param name="Path">What the console's addresses of them begin with.</param>
/// <param name="Back">The page that lists them.</param>
/// <param name="Name">Of a user or service account; null for one's own.</param>
/// <param name="Option">For the command line.</param>
internal sealed record TokenHolder(string Api, string Path, string Back, string? Name, string Option)
{
    public static TokenHolder Self { get; } = new("/v1/tokens", "/console/tokens", "/console/tokens", null, "");

    public static TokenHolder ServiceAccount(Visit visit, string name) => new(
        visit.Named("service-accounts", name) + "/tokens", $"/console/service-accounts/{Visit.Name(name)}/tokens", "/console/tokens", name, " --service-account " + Visit.Name(name));

    public static TokenHolder Member(Visit visit, string name) => new(
        visit.Named("members", name) + "/tokens", $"/console/members/{Visit.Name(name)}/tokens", "/console/members/" + Visit.Name(name), name, " --member " + Visit.Name(name));
}
