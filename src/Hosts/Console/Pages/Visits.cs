using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.SignIn;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A request of someone who is signed in.</summary>
/// <param name="Api">As this person has it.</param>
/// <param name="Frame">Of the page.</param>
/// <param name="Http">The request.</param>
/// <param name="Session">Whose.</param>
internal sealed record Visit(ApiClient Api, Frame Frame, HttpContext Http, ConsoleSession Session)
{
    /// <summary>Where the API has the person's organization, or the operator's own things.</summary>
    public string Root => Frame.IsOperator ? ConsoleSite.Operator.Api : "/v1/organizations/" + ApiClient.Segment(Frame.Organization);

    public string Space(string space) => Root + "/spaces/" + ApiClient.Segment(space);

    /// <summary>Where the API has a PostgreSQL.</summary>
    public string Postgres(string space, string name) => Space(space) + "/postgres/" + ApiClient.Segment(name);

    /// <summary>The page of a PostgreSQL.</summary>
    public static string PageOf(Resource<PostgresSpec, PostgresStatus> database) => $"/console/spaces/{database.Space}/postgres/{database.Name}";

    /// <summary>Something of the organization's by its name; one that can't be a name is nothing's, and so stays below its path.</summary>
    public string Named(string kind, string name) => $"{Root}/{kind}/{Name(name)}";

    public static string Name(string name) => ResourceName.IsValid(name) ? name : "-";

    /// <summary>The id that an address or a form gives; one that can't be an id is nobody's.</summary>
    public static Guid Id(string id) => Guid.TryParseExact(id, "D", out var parsed) ? parsed : Guid.Empty;

    /// <summary>Changes something and goes on to a page; where the API refuses, shows a page with its words.</summary>
    public static async Task<IResult> ChangeAsync(Func<Task> change, string then, Func<ProblemDocument, Task<IResult>> refused)
    {
        try
        {
            await change();
            return new SeeOther(then);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return await refused(refusal.Problem);
        }
    }

    /// <summary>A part of the path, as the route names it.</summary>
    public string Route(string name) => (string)Http.Request.RouteValues[name]!;

    /// <summary>Goes on to the page that shows a secret once.</summary>
    public SeeOther Once(ShownOnce secret) => new("/console/shown/" + Session.Keep(secret));

    /// <summary>The frame of a page that keeps up to date. The answer to a form is as it was answered.</summary>
    /// <param name="busy">Whether something is under way.</param>
    public Frame Live(bool busy = false) => HttpMethods.IsGet(Http.Request.Method) ? Frame with { Live = true, Busy = busy, Scripts = [ScriptFiles.Live] } : Frame;

    /// <summary>A query's text, as the API's own page tokens are; nothing else.</summary>
    public string? PageToken => Http.Request.Query["after"] is [{ Length: > 0 and <= 128 } token] ? token : null;

    /// <summary>The form that was sent, if it is from a page of this session's; each field at most so many characters.</summary>
    /// <exception cref="StaleFormException">It isn't.</exception>
    public async Task<Func<string, string>> FormAsync(int longest = Longest) =>
        await Cookies.FormAsync(Http) is { } form ? name => Bounded(form[name], longest) : throw new StaleFormException();

    /// <summary>A field of the address, at most 200 characters.</summary>
    public string Query(string name) => Query(name, Longest);

    /// <summary>A field of the address, at most so many characters.</summary>
    public string Query(string name, int longest) => Bounded(Http.Request.Query[name], longest);

    private const int Longest = 200;

    private static string Bounded(StringValues values, int longest) => values is [{ Length: > 0 } text] ? text.Trim() is var trimmed && trimmed.Length > longest ? trimmed[..longest] : trimmed : "";

    public string Paged(string path, int limit) => path + "?limit=" + limit.ToString(System.Globalization.CultureInfo.InvariantCulture)
        + (PageToken is { } token ? "&pageToken=" + Uri.EscapeDataString(token) : "");
}

/// <summary>A form is not from a page of this session's.</summary>
internal sealed class StaleFormException() : Exception("The form is not one of this session's.");

/// <summary>Runs a page for who is signed in, sends others to sign in, and turns the API's refusals and failures into pages that say what to do.</summary>
internal sealed partial class Visits(SessionStore sessions, IConsoleApi api, ConsoleOptions options, ILogger<Visits> logger)
{
    /// <summary>Whether the page's script asks, and not the person: that is no use of the session.</summary>
    public static bool IsLive(HttpContext http) => http.Request.Headers.ContainsKey("Beffroi-Live");

    public async Task<IResult> RunAsync(HttpContext http, Func<Visit, Task<IResult>> page)
    {
        var cookie = Cookies.Session(http);
        if (sessions.Find(cookie, used: !IsLive(http)) is not { } session)
        {
            return SignIn(http);
        }

        var frame = Frame.Of(http, session);
        try
        {
            return await page(new Visit(new ApiClient(api, session, options, http), frame, http, session));
        }
        catch (SessionEndedException)
        {
            sessions.Remove(cookie);
            Cookies.Clear(http, ConsoleSite.Of(http).SessionCookie);
            return SignIn(http);
        }
        catch (StaleFormException)
        {
            return new HtmlPage<MessagePage>(400, new() { ["Around"] = frame with { Title = frame.Texts.StaleForm }, ["Text"] = frame.Texts.StaleFormMore });
        }
        catch (ApiRefusalException refusal)
        {
            var (title, text) = refusal.Problem.Status switch
            {
                404 => (frame.Texts.NotFound, frame.Texts.NotFoundMore),
                403 => (frame.Texts.Forbidden, frame.IsOperator ? frame.Texts.OperatorForbiddenMore : frame.Texts.ForbiddenMore),
                _ => (frame.Texts.Refused, frame.Texts.RefusedMore),
            };
            return new HtmlPage<MessagePage>(refusal.Problem.Status, new() { ["Around"] = frame with { Title = title }, ["Text"] = text, ["Problem"] = refusal.Problem });
        }
        catch (Exception failure) when (!http.RequestAborted.IsCancellationRequested)
        {
            // Also where the tokens could not be renewed because the store is away: nobody is to be shown a failure's insides.
            Failed(logger, failure);
            return new HtmlPage<MessagePage>(503, new() { ["Around"] = frame with { Title = frame.Texts.Away }, ["Text"] = frame.IsOperator ? frame.Texts.OperatorAwayMore : frame.Texts.AwayMore });
        }
    }

    /// <summary>Says that there is no such page, to whomever.</summary>
    public IResult NotFound(HttpContext http)
    {
        if (sessions.Find(Cookies.Session(http)) is not { } session)
        {
            return SignInEndpoints.Message(http, t => t.NotFound, t => t.NotFoundMore, 404);
        }

        var frame = Frame.Of(http, session);
        return new HtmlPage<MessagePage>(404, new() { ["Around"] = frame with { Title = frame.Texts.NotFound }, ["Text"] = frame.Texts.NotFoundMore });
    }

    [LoggerMessage(LogLevel.Error, "A page of the console could not be shown.")]
    private static partial void Failed(ILogger logger, Exception failure);

    // A script is told: it must not begin to sign someone in.
    private static IResult SignIn(HttpContext http) => IsLive(http) ? Results.StatusCode(401) : new SeeOther(
        "/console/sign-in" + (HttpMethods.IsGet(http.Request.Method) ? "?back=" + Uri.EscapeDataString(Cookies.Path(http.Request.Path + http.Request.QueryString)) : ""));
}
