namespace Beffroi.Hosts.Cli;

/// <summary>What the program's exit codes mean; <c>--help</c> says the same.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Refused = 4;
    public const int Unreachable = 5;
    public const int TimedOut = 6;
    public const int Interrupted = 130;

    public const string Explanation =
        "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 not found, 4 refused (not allowed, in conflict or not valid), "
        + "5 the server can't be reached or wants to be asked later, 6 timed out, 130 interrupted.";

    /// <summary>The code for an HTTP status of a refusal.</summary>
    public static int ForStatus(int status) => status switch
    {
        404 => NotFound,
        400 or 401 or 403 or 405 or 409 or 412 or 413 or 415 or 422 or 428 => Refused,
        // "Later": what follows an operation goes on trying, as with a server that is away.
        429 or 502 or 503 or 504 => Unreachable,
        _ => Failed,
    };
}
