namespace Beffroi.Hosts.WebConsole.SignIn;

/// <summary>A secret that was made for whoever asked: it waits in their session for the one page that shows it, so that no address and no reload has it.</summary>
/// <param name="Secret">An invitation's code, a token, or a webhook's secret.</param>
/// <param name="Account">Whose.</param>
/// <param name="Command">What does the same at the command line.</param>
/// <param name="Back">The page that it was asked for on.</param>
/// <param name="Token">The token's name; null for a code.</param>
/// <param name="Until">When the token ends.</param>
/// <param name="Signs">Whether it is a webhook's.</param>
/// <param name="ForCustomer">Whether it is entered on the customers' side, by somebody to whom the operator hands it.</param>
internal sealed record ShownOnce(string Secret, string Account, string Command, string Back, string? Token = null, DateTimeOffset? Until = null, bool Signs = false, bool ForCustomer = false)
{
    /// <summary>Prints no secret.</summary>
    public override string ToString() => (Signs ? "a secret of " : Token is null ? "a code for " : "a token of ") + Account;
}
