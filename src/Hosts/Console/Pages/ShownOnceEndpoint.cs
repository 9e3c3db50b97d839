using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Shows a code or a token that was just made. With that the console has it no more.</summary>
internal static class ShownOnceEndpoint
{
    public static IResult Show(Visit visit, string id)
    {
        var t = visit.Frame.Texts;
        if (visit.Session.Take(id) is not { } secret)
        {
            return new HtmlPage<MessagePage>(404, new() { ["Around"] = visit.Frame with { Title = t.ShownAlready, Path = "/console" }, ["Text"] = t.ShownAlreadyMore });
        }

        return new HtmlPage<ShownOncePage>(200, new()
        {
            ["Around"] = visit.Frame with
            {
                Title = secret.Signs ? string.Format(CultureInfo.InvariantCulture, t.SecretTitle, secret.Account)
                    : secret.Token is { } token
                    ? string.Format(CultureInfo.InvariantCulture, t.TokenTitle, token, secret.Account)
                    : string.Format(CultureInfo.InvariantCulture, t.CodeTitle, secret.Account),
                // Here there is nothing to come back to.
                Path = secret.Back,
            },
            ["Kept"] = secret,
        });
    }
}
