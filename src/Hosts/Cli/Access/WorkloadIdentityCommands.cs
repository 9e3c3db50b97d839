using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>service-account identity</c>: whose tokens a service account takes for its own, so that a pod or a pipeline keeps no secret of ours.</summary>
internal static class WorkloadIdentityCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var account = new Argument<string>("account") { Description = "The service account's name" };
        var identity = new Argument<string>("identity") { Description = "A name of yours for it, e.g. the pipeline's" };
        return new Command("identity", "Issuers elsewhere whose tokens a service account takes for its own")
        {
            options.Run(terminal, new Command("list", "List whose tokens a service account takes") { account }, async (session, result, token) =>
            {
                var page = await session.Api.GetAsync(Of(session, result.GetRequiredValue(account)), ApiClient.Wire.PageWorkloadIdentity, token);
                session.Results.List(page.Items, wire => wire.WorkloadIdentity, $"{result.GetValue(account)} takes nobody's tokens.", ["NAME", "ISSUER", "AUDIENCE", "SUBJECT", "CLAIMS", "KEYS"], i =>
                    [i.Name, i.Issuer, i.Audience, i.Subject, string.Join(", ", i.Claims.Select(c => c.Key + "=" + c.Value)), i.Keys is null ? "fetched" : "given"]);
                return ExitCode.Ok;
            }),
            Set(options, terminal, account, identity),
            options.Run(terminal, new Command("remove", "Take them no more: tokens that it got end at once") { account, identity }, (session, result, token) => Removal.RunAsync(
                session, Of(session, result.GetRequiredValue(account)), result.GetRequiredValue(identity), ApiClient.Wire.WorkloadIdentity,
                $"{result.GetValue(account)} takes no tokens of {result.GetValue(identity)} any more.", token)),
        };
    }

    private static Command Set(GlobalOptions options, Terminal terminal, Argument<string> account, Argument<string> identity)
    {
        var issuer = new Option<string>("--issuer") { Description = "Exactly what the tokens have as iss: an https address", Required = true, HelpName = "URL" };
        var audience = new Option<string>("--audience") { Description = "What they must have as aud", Required = true, HelpName = "TEXT" };
        var subject = new Option<string>("--subject") { Description = "Exactly what they must have as sub", Required = true, HelpName = "TEXT" };
        var claims = new Option<string[]>("--claim") { Description = "Another claim that they must have; may be given several times", HelpName = "NAME=VALUE" };
        var keys = new Option<string?>("--keys") { Description = "A file with the issuer's keys (JWKS), where they can't be fetched from it", HelpName = "FILE" };
        var authority = new Option<string?>("--authority") { Description = "A file with the certificate authorities to trust when they are fetched (PEM)", HelpName = "FILE" };
        claims.Validators.Add(result =>
        {
            if (result.Tokens.Any(t => t.Value.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError("--claim: NAME=VALUE.");
            }
        });
        var command = new Command("set", "Take the tokens of an issuer for the account's own: only these, and in exchange for one of ten minutes") { account, identity, issuer, audience, subject, claims, keys, authority };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var content = new PutWorkloadIdentity(
                result.GetRequiredValue(issuer), result.GetRequiredValue(audience), result.GetRequiredValue(subject),
                (result.GetValue(claims) ?? []).Select(c => c.Split('=', 2)).GroupBy(c => c[0], StringComparer.Ordinal).ToDictionary(c => c.Key, c => c.Last()[1], StringComparer.Ordinal),
                InputFiles.ReadTextIfNamed(result.GetValue(keys)), InputFiles.ReadTextIfNamed(result.GetValue(authority)));
            var made = (await session.Api.ChangeAsync(
                HttpMethod.Put, AccessPaths.One(Of(session, result.GetRequiredValue(account)), result.GetRequiredValue(identity)), content, ApiClient.Wire.PutWorkloadIdentity,
                ApiClient.Wire.WorkloadIdentity, Preconditions.None, token))!;
            session.Results.Value(made, wire => wire.WorkloadIdentity, writer => writer.WriteLine(Columns.Printable(
                $"{result.GetValue(account)} takes tokens of {made.Issuer} for {made.Subject}. There: beffroi service-account access-token {session.Space.Organization}/{result.GetValue(account)} --token FILE")));
            return ExitCode.Ok;
        });
    }

    private static string Of(Session session, string account) => AccessPaths.One(AccessPaths.ServiceAccounts(session.Space.Organization), account) + "/identities";
}
