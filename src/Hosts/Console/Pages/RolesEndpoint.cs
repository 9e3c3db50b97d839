using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The roles and databases of a PostgreSQL's spec. Passwords are not shown here: the command line reads them.</summary>
internal static class RolesEndpoint
{
    private const int LongestList = 2000;

    /// <summary>With an empty form, or with the role that the address names.</summary>
    public static async Task<IResult> ShowAsync(Visit visit, string space, string name)
    {
        var database = await ReadAsync(visit, space, name);
        var role = database.Spec.Roles?.FirstOrDefault(r => r.Name == visit.Query("role"));
        return Page(visit, database, role is null ? new RoleForm() : RoleForm.Of(role));
    }

    public static async Task<IResult> SetRoleAsync(Visit visit, string space, string name)
    {
        var form = RoleForm.Of(await visit.FormAsync(LongestList));
        return await ChangeAsync(
            visit, space, name,
            spec => spec with { Roles = [.. (spec.Roles ?? []).Where(r => r.Name != form.Name), form.Role(spec.Roles?.FirstOrDefault(r => r.Name == form.Name))] },
            (database, problem) => Page(visit, database, form, problem: problem));
    }

    public static async Task<IResult> SetDatabaseAsync(Visit visit, string space, string name)
    {
        var field = await visit.FormAsync();
        var (database, owner) = (field("database"), field("owner"));
        return await ChangeAsync(
            visit, space, name,
            spec => spec with
            {
                Databases = [.. (spec.Databases ?? []).Where(d => d.Name != database), (spec.Databases?.FirstOrDefault(d => d.Name == database) ?? new PostgresDatabaseSpec(database)) with { Owner = owner }],
            },
            (now, problem) => Page(visit, now, new RoleForm(), database, owner, problem));
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string space, string name, string role, string what) =>
        (Question(visit, await ReadAsync(visit, space, name), role, what) ?? throw NoSuchRole()).Page(visit);

    public static async Task<IResult> RemoveAsync(Visit visit, string space, string name, string role)
    {
        var field = await visit.FormAsync();
        var question = Question(visit, await ReadAsync(visit, space, name), role, "remove") ?? throw NoSuchRole();
        return field("name") != role
            ? question.Page(visit, wrong: true)
            : await ChangeAsync(
                visit, space, name, spec => spec with { Roles = [.. (spec.Roles ?? []).Where(r => r.Name != role)] }, (_, problem) => question.Page(visit, problem));
    }

    public static async Task<IResult> RotateAsync(Visit visit, string space, string name, string role)
    {
        await visit.FormAsync();
        var database = await ReadAsync(visit, space, name);
        var question = Question(visit, database, role, "rotate-password") ?? throw NoSuchRole();
        try
        {
            await visit.Api.RequestAsync(HttpMethod.Post, $"{visit.Postgres(space, name)}/roles/{ApiClient.Segment(role)}/rotate-password", WireJson.Default.Operation);
            return new SeeOther(Visit.PageOf(database));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409)
        {
            return question.Page(visit, refusal.Problem);
        }
    }

    public static async Task<IResult> RemoveDatabaseAsync(Visit visit, string space, string name)
    {
        var database = (await visit.FormAsync())("database");
        return await ChangeAsync(
            visit, space, name, spec => spec with { Databases = [.. (spec.Databases ?? []).Where(d => d.Name != database)] },
            (now, problem) => Page(visit, now, new RoleForm(), problem: problem));
    }

    // The tag changes with what is observed, too: one role or one database is changed, whatever the others are meanwhile.
    private static async Task<IResult> ChangeAsync(
        Visit visit, string space, string name, Func<PostgresSpec, PostgresSpec> change, Func<Resource<PostgresSpec, PostgresStatus>, ProblemDocument, IResult> refused)
    {
        try
        {
            return new SeeOther(Visit.PageOf(await SpecChange.ApplyAsync(visit, space, name, change)) + "/roles");
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 412 or 422)
        {
            return refused(await ReadAsync(visit, space, name), refusal.Problem);
        }
    }

    private static Task<Resource<PostgresSpec, PostgresStatus>> ReadAsync(Visit visit, string space, string name) =>
        visit.Api.GetAsync(visit.Postgres(space, name), WireJson.Default.ResourcePostgresSpecPostgresStatus);

    private static ApiRefusalException NoSuchRole() => ApiRefusalException.NotFound("The spec has no such role.");

    private static Confirmation? Question(Visit visit, Resource<PostgresSpec, PostgresStatus> database, string role, string what)
    {
        var t = visit.Frame.Texts;
        var here = Visit.PageOf(database) + "/roles";
        var known = database.Spec.Roles?.FirstOrDefault(r => r.Name == role);
        var place = $" --space {database.Organization}/{database.Space}";
        return what == "remove" ? known is null ? null : new(
                Text(t.RemoveRoleTitle, role), $"{here}/{role}/remove", here, t.RolesAndDatabases, t.RemoveRoleMore, t.RemoveRole,
                $"beffroi postgres role remove {database.Name} {role}{place}", Danger: true, Type: role)
            : role != "app" && known is not { Login: PostgresRoleSpec.Password } ? null
            : new(
                Text(t.RotatePasswordTitle, role), $"{here}/{role}/rotate-password", here, t.RolesAndDatabases, t.RotatePasswordMore, t.RotatePassword,
                $"beffroi postgres role rotate-password {database.Name} {role}{place}\nbeffroi postgres credentials {database.Name} --role {role}{place}");
    }

    private static string Text(string format, string name) => string.Format(CultureInfo.InvariantCulture, format, name);

    private static HtmlPage<RolesPage> Page(
        Visit visit, Resource<PostgresSpec, PostgresStatus> database, RoleForm form, string newDatabase = "", string owner = "app", ProblemDocument? problem = null) => new(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = Text(visit.Frame.Texts.RolesOf, database.Name), Path = Visit.PageOf(database) + "/roles" },
            ["Database"] = database,
            ["Typed"] = form,
            ["NewDatabase"] = newDatabase,
            ["Owner"] = owner,
            ["Problem"] = problem,
        });
}
