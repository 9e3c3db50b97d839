using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A question before something is done that isn't undone by a second press.</summary>
/// <param name="Title">Of the page.</param>
/// <param name="Path">Of the page; its form is sent there too.</param>
/// <param name="Back">The page before.</param>
/// <param name="BackName">What that is called.</param>
/// <param name="Text">What will be done.</param>
/// <param name="Button">What to press.</param>
/// <param name="Command">What does the same at the command line.</param>
/// <param name="Danger">Whether something ends with it.</param>
/// <param name="Type">What has to be typed first, if anything.</param>
/// <param name="Present">For a choice of key providers: the present one, which is chosen by an empty value.</param>
/// <param name="Others">The other ones.</param>
internal sealed record Confirmation(
    string Title, string Path, string Back, string BackName, string Text, string Button, string Command, bool Danger = false, string? Type = null, string? Present = null,
    IReadOnlyList<string>? Others = null)
{
    /// <summary>The one that was chosen: who comes back with an approval asks for the same.</summary>
    public string Chosen { get; init; } = "";

    /// <summary>The page, as it is asked for or with what refused it.</summary>
    public IResult Page(Visit visit, ProblemDocument? problem = null, bool wrong = false) => new HtmlPage<ConfirmPage>(problem?.Status ?? (wrong ? 422 : 200), new()
    {
        ["Around"] = visit.Frame with { Title = Title, Path = Path },
        ["Asked"] = this,
        ["Problem"] = problem,
        ["Wrong"] = wrong,
    });
}
