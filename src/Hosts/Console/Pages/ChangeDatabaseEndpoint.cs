using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The form that changes a PostgreSQL, and the buttons that stop, start and restart it, apply updates, hand it over and rotate its key.</summary>
internal static class ChangeDatabaseEndpoint
{
    /// <summary>As it is, or as an address says.</summary>
    public static async Task<IResult> ShowAsync(Visit visit, string space, string name)
    {
        var (database, offers) = await ReadAsync(visit, space, name);
        return await PageAsync(
            visit, database, offers,
            visit.Http.Request.Query.ContainsKey("size")
                ? ChangeDatabaseForm.Of(field => visit.Query(field, ChangeDatabaseForm.Longest), offers) : ChangeDatabaseForm.Of(database.Spec, database.Generation), null);
    }

    public static async Task<IResult> ChangeAsync(Visit visit, string space, string name)
    {
        var field = await visit.FormAsync(ChangeDatabaseForm.Longest);
        var (database, offers) = await ReadAsync(visit, space, name);
        var form = ChangeDatabaseForm.Of(field, offers);
        if (field("show") == "command")
        {
            return new SeeOther(Visit.PageOf(database) + "/change" + form.Query);
        }

        for (var attempt = 1; ; attempt++)
        {
            if (form.Twice is { } twice)
            {
                return await PageAsync(visit, database, offers, form, Invalid("spec.parameters." + twice, "This is there more than once.", "a line each"));
            }

            if (form.Generation != database.Generation.ToString(CultureInfo.InvariantCulture))
            {
                // Somebody else has changed it: what was typed stays, and is compared with what is now.
                return await PageAsync(visit, database, offers, form with { Generation = database.Generation.ToString(CultureInfo.InvariantCulture) }, null, changed: true);
            }

            try
            {
                await visit.Api.ChangeAsync(
                    visit.Postgres(space, name), database.Etag, new PutResource<PostgresSpec>(form.Spec(database.Spec), database.Labels), WireJson.Default.PutResourcePostgresSpec,
                    WireJson.Default.ResourcePostgresSpecPostgresStatus);
                return new SeeOther(Visit.PageOf(database));
            }
            catch (ApiRefusalException refusal) when (refusal.Problem.Status == 412 && attempt < SpecChange.Attempts)
            {
                // The tag changes with what is observed, too.
                database = await visit.Api.GetAsync(visit.Postgres(space, name), WireJson.Default.ResourcePostgresSpecPostgresStatus);
            }
            catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 412 or 422)
            {
                return await PageAsync(visit, database, offers, form, refusal.Problem);
            }
        }
    }

    /// <summary>Stops it, or starts it again.</summary>
    public static async Task<IResult> RunsAsync(Visit visit, string space, string name, bool runs)
    {
        await visit.FormAsync();
        try
        {
            return new SeeOther(Visit.PageOf(await SpecChange.ApplyAsync(visit, space, name, spec => spec with { Stopped = !runs })));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 412 or 422)
        {
            var (database, offers) = await ReadAsync(visit, space, name);
            return await PageAsync(visit, database, offers, ChangeDatabaseForm.Of(database.Spec, database.Generation), refusal.Problem);
        }
    }

    public static async Task<IResult> MaintainAsync(Visit visit, string space, string name, string what)
    {
        await visit.FormAsync();
        try
        {
            await visit.Api.RequestAsync(HttpMethod.Post, visit.Postgres(space, name) + "/" + what, WireJson.Default.Operation);
            return new SeeOther($"/console/spaces/{ApiClient.Segment(space)}/postgres/{ApiClient.Segment(name)}");
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 422)
        {
            var (database, offers) = await ReadAsync(visit, space, name);
            return await PageAsync(visit, database, offers, ChangeDatabaseForm.Of(database.Spec, database.Generation), refusal.Problem);
        }
    }

    private static async Task<(Resource<PostgresSpec, PostgresStatus> Database, IReadOnlyList<PostgresExtensionOffer> Offers)> ReadAsync(Visit visit, string space, string name) => (
        await visit.Api.GetAsync(visit.Postgres(space, name), WireJson.Default.ResourcePostgresSpecPostgresStatus),
        (await visit.Api.GetAsync(visit.Space(space) + "/postgres-extensions", WireJson.Default.PagePostgresExtensionOffer)).Items);

    private static ProblemDocument Invalid(string field, string message, string allowed) =>
        new("urn:beffroi:problem:invalid-request", "The request is not valid", 422, "", null, [new(field, message, allowed)]);

    private static async Task<IResult> PageAsync(
        Visit visit, Resource<PostgresSpec, PostgresStatus> database, IReadOnlyList<PostgresExtensionOffer> offers, ChangeDatabaseForm form, ProblemDocument? problem, bool changed = false)
    {
        var (texts, spec) = (visit.Frame.Texts, form.Spec(database.Spec));
        var command = form.Command(database.Name, database.Organization, database.Space, database.Spec);
        return new HtmlPage<ChangeDatabasePage>(problem?.Status ?? (changed ? 412 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = string.Format(CultureInfo.InvariantCulture, texts.ChangeTitle, database.Name), Path = Visit.PageOf(database) + "/change", Scripts = [ScriptFiles.Preview] },
            ["Database"] = database,
            ["Offers"] = offers,
            ["Typed"] = form,
            ["Problem"] = problem,
            ["Plan"] = await DatabasePlan.ReadAsync(visit, database.Space, spec, database.Spec),
            ["Command"] = command is "" ? texts.NothingChanges : command ?? texts.NoChangeCommand,
            ["Request"] = DatabasePlan.Request(visit.Postgres(database.Space, database.Name), $"If-Match: \"{database.Etag.Trim('"')}\"", new PutResource<PostgresSpec>(spec, database.Labels)),
            ["Changed"] = changed,
        });
    }
}
