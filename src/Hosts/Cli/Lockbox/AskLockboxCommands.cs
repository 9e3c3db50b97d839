using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using Beffroi.Contracts.Lockbox;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency.Consent;

namespace Beffroi.Hosts.Cli.Lockbox;

/// <summary>The operator's part of <c>lockbox</c>, in a context of the operator's: asking a customer, and seeing what they agreed to show.</summary>
internal static class AskLockboxCommands
{
    public static Command Ask(GlobalOptions options, Terminal terminal)
    {
        var space = new Argument<string>("space") { Description = "The customer's space, as they told you", HelpName = "ORGANIZATION/SPACE" };
        var name = new Argument<string>("name") { Description = "The PostgreSQL's name" };
        var access = new Option<string>("--access") { Description = "One of " + string.Join(", ", LockboxTerms.Accesses), DefaultValueFactory = _ => LockboxTerms.Diagnostics };
        access.AcceptOnlyFromAmong([.. LockboxTerms.Accesses]);
        var reason = new Option<string>("--reason") { Description = string.Join(", ", LockboxTerms.Reasons), Required = true };
        reason.AcceptOnlyFromAmong([.. LockboxTerms.Reasons]);
        var details = new Option<string>("--details") { Description = "Why, in words for the customer", Required = true, HelpName = "TEXT" };
        var reference = new Option<string?>("--reference") { Description = "The case's number or the like", HelpName = "TEXT" };
        var minutes = new Option<int>("--minutes") { Description = $"For how long, {LockboxTerms.Shortest} to {LockboxTerms.Longest} minutes from their last approval", DefaultValueFactory = _ => 60, HelpName = "MINUTES" };
        var command = new Command("ask", "Ask a customer to be shown something (with a context of the operator's): their people sign to agree") { space, name, access, reason, details, reference, minutes };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var of = SpaceName.Parse(result.GetRequiredValue(space))!;
            // Made here and kept here: nothing but its hash is in the request, and it is worth nothing until a customer has signed that.
            var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
            var asked = (await session.Api.ChangeAsync(
                HttpMethod.Post, Paths.OperatorLockboxRequests,
                new AskLockbox(
                    of.Organization, of.Space, "postgres", result.GetRequiredValue(name), result.GetRequiredValue(access), result.GetRequiredValue(reason), result.GetRequiredValue(details),
                    result.GetValue(minutes), LockboxConsent.Digest(secret), result.GetValue(reference)),
                ApiClient.Wire.AskLockbox, ApiClient.Wire.LockboxRequest, Preconditions.None, token))!;
            LockboxFiles.Write(LockboxFiles.SecretOf(asked.Id), secret);
            session.Results.Value(asked, wire => wire.LockboxRequest, writer => writer.WriteLine(
                $"{asked.Organization} is asked until {LockboxCommands.Time(asked.ExpiresAt)}. Once they agree, on this machine: beffroi lockbox open {asked.Id:D}"));
            return ExitCode.Ok;
        });
    }

    public static Command Open(GlobalOptions options, Terminal terminal, Argument<Guid> id) =>
        options.Run(terminal, new Command("open", "See what a customer agreed to show, as it is now (with a context of the operator's). They see it too, and their ledger tells it") { id }, async (session, result, token) =>
        {
            var secret = LockboxFiles.Read(LockboxFiles.SecretOf(result.GetValue(id)), "The secret that the request was made with, on the machine it was made on,");
            var content = (await session.Api.ChangeAsync(
                HttpMethod.Post, $"{Paths.OperatorLockboxRequests}/{result.GetValue(id):D}/open", new OpenLockbox(secret), ApiClient.Wire.OpenLockbox, ApiClient.Wire.LockboxContent, Preconditions.None, token))!;
            session.Results.Value(content, wire => wire.LockboxContent, writer => writer.WriteLine(content.Content));
            return ExitCode.Ok;
        });

    public static Command Withdraw(GlobalOptions options, Terminal terminal, Argument<Guid> id) =>
        options.Run(terminal, new Command("withdraw", "Take a request back, or give up what is open (with a context of the operator's)") { id }, async (session, result, token) =>
        {
            var withdrawn = await session.Api.PostAsync($"{Paths.OperatorLockboxRequests}/{result.GetValue(id):D}/withdraw", ApiClient.Wire.LockboxRequest, token);
            File.Delete(LockboxFiles.SecretOf(withdrawn.Id));
            session.Results.Value(withdrawn, wire => wire.LockboxRequest, writer => writer.WriteLine("It is withdrawn."));
            return ExitCode.Ok;
        });
}
