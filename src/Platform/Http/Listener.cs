using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Beffroi.Platform.Http;

/// <summary>
/// Which listener a request came in by. Customers' and operator's interfaces are apart (SecNumCloud 9.6): each path of the API is there on one of the two, and on
/// the other it doesn't exist. The pages to sign in are there on both, each with its own directory; and each has a console of its own at the same address (<see cref="ServedOn"/>).
/// </summary>
public sealed class Listener
{
    // Each side's people sign in at their own listener, in their own directory.
    private static readonly string[] Pages = ["/sign-in", "/sign-in.css", "/passkeys", "/password", "/enrol", "/device", "/oauth", "/.well-known"];

    private const string OperatorDocument = "/openapi/operator.json";
    private static readonly Listener Operator = new();

    private Listener()
    {
    }

    /// <summary>Makes this listener the operator's.</summary>
    public static void ForOperator(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(Operator);
        return next(connection);
    });

    /// <summary>By which side's listener the request came.</summary>
    internal static Side Of(HttpContext http) => http.Features.Get<Listener>() is null ? Side.Customer : Side.Operator;

    /// <summary>Whether the path is on this side.</summary>
    internal static bool Serves(Side side, PathString path) => side == Side.Operator
        ? Starts(path, "/operator") || Starts(path, "/healthz") || Starts(path, "/readyz") || Starts(path, OperatorDocument) || Starts(path, "/console") || IsPage(path)
        : !Starts(path, "/operator") && !Starts(path, OperatorDocument);

    /// <summary>Whether it is where people sign in.</summary>
    private static bool IsPage(PathString path) => Pages.Any(page => Starts(path, page));

    /// <summary>Whether it is for people in their browsers, and so not there on agents' listener.</summary>
    internal static bool IsForPeople(PathString path) => IsPage(path) || Starts(path, "/console") || Starts(path, "/sovereignty") || Starts(path, "/sovereignty.json");

    /// <summary>Whether only who is signed in gets an answer there.</summary>
    internal static bool NeedsSignIn(Side side, PathString path) => Starts(path, side == Side.Operator ? "/operator" : "/v1");

    private static bool Starts(PathString path, string start) => path.StartsWithSegments(start, StringComparison.OrdinalIgnoreCase);
}
