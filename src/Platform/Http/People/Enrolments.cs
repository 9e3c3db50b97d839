using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Keys;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http.People;

/// <summary>What someone who enrols is shown, once.</summary>
/// <param name="Ticket">For the cookie.</param>
/// <param name="Account">What they will sign in as.</param>
/// <param name="Secret">The second factor's secret in base 32.</param>
/// <param name="KeyUri">The same for an authenticator.</param>
internal sealed record OfferedFactor(string Ticket, string Account, string Secret, string KeyUri)
{
    /// <summary>Prints no secret.</summary>
    public override string ToString() => Account;
}

/// <summary>How an enrolment went on.</summary>
/// <param name="Codes">The recovery codes, if it is done.</param>
/// <param name="Expired">Whether there is none (any more): it is to be begun anew.</param>
internal sealed record EnrolmentOutcome(IReadOnlyList<string>? Codes, bool Expired)
{
    /// <summary>Prints no codes.</summary>
    public override string ToString() => Codes is null ? "refused" : "done";
}

/// <summary>
/// Lets a person who has an invitation set a password and a second factor: the secret is shown, proved by a code, and only then takes the place of what was before.
/// Safe for concurrent use.
/// </summary>
internal sealed class Enrolments(NpgsqlDataSource store, IOrganizationKeys keys, Passwords passwords, PeopleSignIn people, PlatformOptions options, TimeProvider time)
{
    // "urn:beffroi:NAME"; authenticators show it beside the account.
    private readonly string _issuer = options.Issuer.Split(':')[^1];

    /// <summary>Makes a new secret for whom the code invites, on this listener's side; null if it invites nobody (any more).</summary>
    public async Task<OfferedFactor?> BeginAsync(HttpContext http, string code)
    {
        if (TokenHash.Of(code) is not { } invitation)
        {
            return null;
        }

        var cancellationToken = http.RequestAborted;
        await keys.EnsureAsync(Guid.Empty, cancellationToken);
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await EnrolmentTable.InvitedAsync(connection, Listener.Of(http), invitation, cancellationToken) is not { } person)
        {
            return null;
        }

        using var secret = Secret.Random(Totp.SecretLength);
        var ticket = PeopleSignIn.Random();
        await EnrolmentTable.BeginAsync(
            connection, TokenHash.Of(ticket)!, invitation, await keys.WrapAsync(Guid.Empty, PeopleSignIn.Context(person.Id), secret, cancellationToken), cancellationToken);
        await people.RecordAsync(http, connection, person, "enrolment.begin", accepted: true, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new OfferedFactor(ticket, person.Account, Base32.Encode(secret.Reveal()), Totp.KeyUri(_issuer, person.Account, secret.Reveal()));
    }

    /// <summary>Sets the password and the second factor if the code proves that its secret has arrived.</summary>
    public async Task<EnrolmentOutcome> CompleteAsync(HttpContext http, string ticket, string password, string code)
    {
        var cancellationToken = http.RequestAborted;
        if (TokenHash.Of(ticket) is not { } hash)
        {
            return new EnrolmentOutcome(null, Expired: true);
        }

        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await EnrolmentTable.PersonAsync(connection, Listener.Of(http), hash, cancellationToken) is { } invited)
        {
            await Authorizer.HoldAsync(connection, invited.Directory, changing: false, cancellationToken);
        }

        if (await EnrolmentTable.FindAsync(connection, Listener.Of(http), hash, cancellationToken) is not { } enrolment)
        {
            return new EnrolmentOutcome(null, Expired: true);
        }

        using var secret = await keys.UnwrapAsync(Guid.Empty, PeopleSignIn.Context(enrolment.Person.Id), enrolment.SealedSecret, cancellationToken);
        if (Totp.Matching(secret.Reveal(), code, time.GetUtcNow()) is not { } step)
        {
            await EnrolmentTable.FailedAsync(connection, hash, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new EnrolmentOutcome(null, Expired: false);
        }

        await FactorTable.PutAsync(connection, enrolment.Person, await passwords.HashAsync(password, cancellationToken), enrolment.SealedSecret, step, cancellationToken);
        var codes = await RecoveryCodes.ReplaceAsync(connection, enrolment.Person.Id, cancellationToken);
        await EnrolmentTable.EndAsync(connection, enrolment, cancellationToken);
        await people.RecordAsync(http, connection, enrolment.Person, "enrolment.complete", accepted: true, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new EnrolmentOutcome(codes, Expired: false);
    }
}
