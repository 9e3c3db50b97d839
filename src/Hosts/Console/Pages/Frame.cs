using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>What every page has around it.</summary>
/// <param name="Texts">In the page's language.</param>
/// <param name="Path">Of the page, to come back to when the language is changed.</param>
/// <param name="Title">Of the page.</param>
/// <param name="Name">Who is signed in; empty for nobody.</param>
/// <param name="Organization">Whose.</param>
/// <param name="Proof">What a form has to carry.</param>
internal sealed record Frame(ConsoleTexts Texts, string Path, string Title, string Name, string Organization, string Proof)
{
    /// <summary>The section on who may do what, which has parts.</summary>
    public const string Access = "/members";

    /// <summary>Whether it is a page of the operator's console.</summary>
    public bool IsOperator { get; init; }

    /// <summary>Whether somebody is signed in.</summary>
    public bool IsSignedIn => Name.Length > 0;

    /// <summary>Of the console, in which the page is: <c>/members</c>; empty for the overview and what is reached from there, null for none.</summary>
    public string? Section { get; init; }

    /// <summary>Of the section on who may do what: <c>/groups</c>; null in other sections.</summary>
    public string? Part { get; init; }

    /// <summary>The page's own scripts, by their names; the policy of a page without any forbids all.</summary>
    public IReadOnlyList<string> Scripts { get; init; } = [];

    /// <summary>Whether the page keeps up to date by itself.</summary>
    public bool Live { get; init; }

    /// <summary>Whether something on it is under way.</summary>
    public bool Busy { get; init; }

    public static Frame Of(HttpContext http, ConsoleSession? session)
    {
        var (section, part) = http.Request.Path.Value!.Split('/') switch
        {
            [_, _] or [_, _, "spaces", ..] => ("", null),
            [_, _, "service-accounts", _, "new-token" or "tokens", ..] => ("/tokens", null),
            [_, _, "new-role"] => (Access, "/roles"),
            [_, _, ("members" or "groups" or "roles" or "service-accounts" or "access-reviews" or "identity-providers") and var first, ..] => (Access, "/" + first),
            [_, _, var first, ..] => ("/" + first, null),
            _ => ((string?)null, (string?)null),
        };
        return new(
            ConsoleTexts.For(http),
            HttpMethods.IsGet(http.Request.Method) ? Cookies.Path(http.Request.PathBase + http.Request.Path + http.Request.QueryString) : "/console",
            "",
            session?.Name ?? "",
            session?.Organization ?? "",
            Cookies.Session(http) is { } cookie ? Cookies.Derive(cookie, "form") : "")
        {
            IsOperator = ConsoleSite.Of(http).IsOperator,
            Section = section,
            Part = part,
        };
    }
}
