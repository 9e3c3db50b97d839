using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Deletes a PostgreSQL whose name was typed, and brings one back.</summary>
internal static class DeleteEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit, string space, string name) => Page(visit, await ReadAsync(visit, space, name), null, wrongName: false);

    public static async Task<IResult> DeleteAsync(Visit visit, string space, string name)
    {
        var field = await visit.FormAsync();
        var database = await ReadAsync(visit, space, name);
        if (!string.Equals(field("name"), database.Name, StringComparison.Ordinal))
        {
            return Page(visit, database, null, wrongName: true);
        }

        try
        {
            await visit.Api.RequestAsync(HttpMethod.Delete, visit.Postgres(space, name), WireJson.Default.Operation);
            return new SeeOther(Visit.PageOf(database));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 412 or 422)
        {
            return Page(visit, database, refusal.Problem, wrongName: false);
        }
    }

    public static async Task<IResult> UndeleteAsync(Visit visit, string space, string name)
    {
        await visit.FormAsync();
        await visit.Api.RequestAsync(HttpMethod.Post, visit.Postgres(space, name) + "/undelete", WireJson.Default.Operation);
        return new SeeOther(Cookies.Path($"/console/spaces/{ApiClient.Segment(space)}/postgres/{ApiClient.Segment(name)}"));
    }


    private static Task<Resource<PostgresSpec, PostgresStatus>> ReadAsync(Visit visit, string space, string name) =>
        visit.Api.GetAsync(visit.Postgres(space, name), WireJson.Default.ResourcePostgresSpecPostgresStatus);

    private static HtmlPage<DeletePage> Page(Visit visit, Resource<PostgresSpec, PostgresStatus> database, ProblemDocument? problem, bool wrongName) => new(problem?.Status ?? (wrongName ? 422 : 200), new()
    {
        ["Around"] = visit.Frame with
        {
            Title = string.Format(System.Globalization.CultureInfo.InvariantCulture, visit.Frame.Texts.DeleteTitle, database.Name),
            Path = Visit.PageOf(database) + "/delete",
        },
        ["Database"] = database,
        ["Problem"] = problem,
        ["WrongName"] = wrongName,
    });
}
