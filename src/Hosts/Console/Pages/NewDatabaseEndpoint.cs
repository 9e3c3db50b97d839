using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The form that creates a PostgreSQL.</summary>
internal static class NewDatabaseEndpoint
{
    /// <summary>Empty, or as an address says: then with the command that does the same.</summary>
    public static async Task<IResult> ShowAsync(Visit visit, string space)
    {
        var at = await SpaceAsync(visit, space);
        return await PageAsync(visit, at, visit.Http.Request.Query.ContainsKey("name") ? NewDatabaseForm.Of(visit.Query) : NewDatabaseForm.Empty, null);
    }

    public static async Task<IResult> CreateAsync(Visit visit, string space)
    {
        var field = await visit.FormAsync();
        var form = NewDatabaseForm.Of(field);
        if (field("show") == "command")
        {
            return new SeeOther($"/console/spaces/{ApiClient.Segment(space)}/new-postgres{form.Query}");
        }

        var at = await SpaceAsync(visit, space);

        try
        {
            // An empty name would be another address of the API's.
            var made = await visit.Api.CreateAsync(
                visit.Postgres(space, form.Name.Length > 0 ? form.Name : "-"), new PutResource<PostgresSpec>(form.Spec), WireJson.Default.PutResourcePostgresSpec,
                WireJson.Default.ResourcePostgresSpecPostgresStatus);
            return new SeeOther(Visit.PageOf(made));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 412 or 422)
        {
            return await PageAsync(visit, at, form, refusal.Problem);
        }
    }

    private static Task<Space> SpaceAsync(Visit visit, string space) => visit.Api.GetAsync(visit.Space(space), WireJson.Default.Space);

    private static async Task<IResult> PageAsync(Visit visit, Space space, NewDatabaseForm form, ProblemDocument? problem) => new HtmlPage<NewDatabasePage>(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.NewDatabase, Path = $"/console/spaces/{space.Name}/new-postgres", Scripts = [ScriptFiles.Preview] },
        ["Space"] = space,
        ["Typed"] = form,
        ["Problem"] = problem,
        ["Plan"] = await DatabasePlan.ReadAsync(visit, space.Name, form.Spec),
        ["Command"] = form.Command(space.Organization, space.Name) ?? visit.Frame.Texts.NoCommand,
        ["Request"] = DatabasePlan.Request(
            visit.Postgres(space.Name, form.Name.Length > 0 ? form.Name : NewDatabaseForm.NoName), "If-None-Match: *", new PutResource<PostgresSpec>(form.Spec)),
    });
}
