using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Identity.Providers;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;

namespace Beffroi.Platform.Http.People;

/// <summary>Where a browser is sent.</summary>
/// <param name="Address">At the provider.</param>
/// <param name="Organization">Whose provider.</param>
/// <param name="Provider">Its name.</param>
internal sealed record ProviderDeparture(string Address, string Organization, string Provider);

/// <summary>What a browser brought back from a provider.</summary>
internal enum ProviderOutcome
{
    /// <summary>Nothing that could be used.</summary>
    Refused,

    /// <summary>Someone to whom no account is linked.</summary>
    Unknown,

    /// <summary>Someone to whom another account is linked, or whose account is linked to someone else there.</summary>
    Taken,

    /// <summary>Someone who is now linked.</summary>
    Linked,

    /// <summary>Someone who is now signed in.</summary>
    SignedIn,

    /// <summary>Someone whose second factor is still to be asked for.</summary>
    NeedsCode,
}

/// <summary>How a sign-in by way of a provider went.</summary>
/// <param name="Outcome">To what it came.</param>
/// <param name="Back">To which page of ours it leads.</param>
/// <param name="Cookie">A secret for the browser's cookie: of a sign-in, or of one that needs a code.</param>
internal sealed record ProviderReturn(ProviderOutcome Outcome, string Back, string? Cookie = null)
{
    /// <summary>Prints no secret.</summary>
    public override string ToString() => Outcome.ToString();
}

/// <summary>
/// Signs customers' people in by way of an identity provider of their organization's, and links accounts with one: OpenID Connect's authorization code flow with a proof key, bound to the browser by a cookie.
/// Who somebody is, the provider's subject says and nothing else. Never one of the operator's people. Safe for concurrent use.
/// </summary>
internal sealed class ProviderSignIn(
    NpgsqlDataSource store, ProviderClient client, IdentityTokens tokens, IResourceKeys resourceKeys, IOrganizationKeys keys, ILedger ledger, PeopleSignIn people, FailedSignIns failures, ApiOptions options, TimeProvider time)
{
    private const int LongestCode = 2048;

    /// <summary>
    /// Where to send the browser of somebody who says of which organization they are: <c>ORGANIZATION</c>, if it has one provider, or <c>ORGANIZATION/PROVIDER</c>. Null if that leads nowhere, for whichever
    /// reason; that is told no sooner than any other refusal.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="asked">What they typed.</param>
    /// <param name="cookie">A secret of the browser's.</param>
    /// <param name="back">To which page of ours it leads.</param>
    public async Task<ProviderDeparture?> BeginAsync(HttpContext http, string asked, string cookie, string back)
    {
        ProviderDeparture? departure = null;
        await people.AlikeAsync(http, async cancellationToken =>
        {
            var parts = asked.Split('/');
            if (parts.Length > 2 || !parts.All(ResourceName.IsValid))
            {
                return null;
            }

            RegisteredProvider? provider;
            await using (var reading = await store.OpenConnectionAsync(cancellationToken))
            {
                provider = await IdentityProviders.ChooseAsync(reading, parts[0], parts.Length > 1 ? parts[1] : null, cancellationToken);
            }

            departure = provider is null ? null : await DepartAsync(http, provider, cookie, null, null, back, cancellationToken);
            return departure?.Address;
        });
        return departure;
    }

    /// <summary>Where to send the browser of somebody who links their account; null if that provider isn't their organization's, or can't be asked.</summary>
    /// <param name="http">The request.</param>
    /// <param name="person">Who is signed in.</param>
    /// <param name="signIn">SHA-256 of the cookie of their sign-in.</param>
    /// <param name="provider">The provider's id.</param>
    /// <param name="cookie">A secret of the browser's.</param>
    /// <param name="back">To which page of ours it leads.</param>
    public async Task<ProviderDeparture?> BeginLinkAsync(HttpContext http, Person person, byte[] signIn, Guid provider, string cookie, string back)
    {
        RegisteredProvider? found;
        await using (var reading = await store.OpenConnectionAsync(http.RequestAborted))
        {
            found = await IdentityProviders.GetAsync(reading, provider, http.RequestAborted);
        }

        return found is not null && found.OrganizationId == person.OrganizationId ? await DepartAsync(http, found, cookie, person, signIn, back, http.RequestAborted) : null;
    }

    /// <summary>What a browser brought back. Whatever is wrong with it counts against its address.</summary>
    /// <param name="http">The request to the redirect address.</param>
    /// <param name="cookie">Of the browser.</param>
    public async Task<ProviderReturn> ReturnAsync(HttpContext http, string cookie)
    {
        var returned = await OnceAsync(http, cookie, http.RequestAborted);
        if (returned.Outcome == ProviderOutcome.Refused)
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
        }

        return returned;
    }

    /// <summary>Asks for the second factor of somebody whom a provider has shown with one only: where it leads, and a secret for the browser's cookie; null if it didn't work.</summary>
    /// <param name="http">The request.</param>
    /// <param name="cookie">Of the browser.</param>
    /// <param name="code">Of the authenticator, or a recovery code.</param>
    public async Task<ProviderReturn?> ProveAsync(HttpContext http, string cookie, string code)
    {
        ProviderReturn? returned = null;
        await people.AlikeAsync(http, async cancellationToken => (returned = await ProveOnceAsync(http, cookie, code, cancellationToken))?.Cookie);
        return returned;
    }

    /// <summary>The public keys with which a provider checks what we sign (RFC 7517); null for none.</summary>
    public async Task<string?> KeysAsync(Guid provider, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await IdentityProviders.GetAsync(connection, provider, cancellationToken) is { ClientKey: { } key } ? $"{{\"keys\":[{key}]}}" : null;
    }

    /// <summary>The providers of a person's organization, with whether they are linked there.</summary>
    public async Task<IReadOnlyList<OwnProvider>> ListAsync(Person person, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await IdentityLinks.ListAsync(connection, person, cancellationToken);
    }

    /// <summary>Unlinks a person from a provider, and ends what they had begun by way of it, at once. No error if they weren't linked.</summary>
    public async Task UnlinkAsync(HttpContext http, Person person, Guid provider)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        await Authorizer.HoldAsync(connection, person.Directory, changing: true, http.RequestAborted);
        if (await IdentityLinks.RemoveAsync(connection, person, provider, http.RequestAborted) is { } name)
        {
            await Identity.Sessions.SessionTable.EndOfProviderAsync(connection, provider, person.Id, http.RequestAborted);
            await people.RecordAsync(http, connection, person, "identity.unlink", accepted: true, $"identity provider {LedgerReason.Name(name)}", http.RequestAborted);
            await transaction.CommitAsync(http.RequestAborted);
        }
    }

    // Of the same origin as the request: a provider answers to none but those that are registered there.
    private static string RedirectUri(HttpContext http) => "https://" + http.Request.Host + IdentityProviders.CallbackPath;

    private async Task<ProviderDeparture?> DepartAsync(
        HttpContext http, RegisteredProvider provider, string cookie, Person? linking, byte[]? signIn, string back, CancellationToken cancellationToken)
    {
        // No connection is held while somebody elsewhere is asked.
        if (await client.MetadataAsync(provider, cancellationToken) is not { } metadata)
        {
            return null;
        }

        var secrets = new ProviderSecrets(cookie);
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (!await ProviderRequests.PutAsync(
            connection, TokenHash.Of(cookie)!, new ProviderRequest(provider.Id, linking?.Id, signIn, back, time.GetUtcNow()), ApiRequest.Of(http).Origin, cancellationToken))
        {
            return null;
        }

        var query = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = provider.ClientId,
            ["redirect_uri"] = RedirectUri(http),
            ["scope"] = string.Join(' ', provider.Scopes),
            ["state"] = secrets.State,
            ["nonce"] = secrets.Nonce,
            ["code_challenge"] = secrets.Challenge,
            ["code_challenge_method"] = "S256",
        };
        if (provider.AcrValues.Count > 0)
        {
            query["acr_values"] = string.Join(' ', provider.AcrValues);
        }

        if (provider.MaxAge is { } age)
        {
            query["max_age"] = ((int)age.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return new ProviderDeparture(QueryHelpers.AddQueryString(metadata.Authorization.AbsoluteUri, query), provider.Organization, provider.Name);
    }

    private async Task<ProviderReturn> OnceAsync(HttpContext http, string cookie, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        var secrets = new ProviderSecrets(cookie);
        // Before anything is used up: who doesn't know it spoils nothing.
        if (TokenHash.Of(cookie) is not { } hash || query["state"] is not [{ } state] || !secrets.IsState(state))
        {
            return new ProviderReturn(ProviderOutcome.Refused, "");
        }

        ProviderRequest? request;
        RegisteredProvider? provider;
        await using (var reading = await store.OpenConnectionAsync(cancellationToken))
        {
            request = await ProviderRequests.TakeAsync(reading, hash, cancellationToken);
            provider = request is null ? null : await IdentityProviders.GetAsync(reading, request.Provider, cancellationToken);
        }

        if (request is null || provider is null)
        {
            return new ProviderReturn(ProviderOutcome.Refused, "");
        }

        var (identity, wrong) = await IdentityAsync(http, provider, request, secrets, cancellationToken);
        return identity is not null ? await AcceptAsync(http, provider, request, identity, cancellationToken) : await RefuseAsync(http, provider, request, wrong!, cancellationToken);
    }

    /// <summary>Whom the provider has signed in; or, for the ledger, what is wrong.</summary>
    private async Task<(VerifiedIdentity? Identity, string? Wrong)> IdentityAsync(
        HttpContext http, RegisteredProvider provider, ProviderRequest request, ProviderSecrets secrets, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        if (await client.MetadataAsync(provider, cancellationToken) is not { } metadata)
        {
            return (null, "unreachable");
        }

        // RFC 9207: whoever answers says who they are, so that no provider's answer passes for another's.
        if (query.ContainsKey("iss") ? query["iss"] is not [{ } issuer] || issuer != provider.Issuer : metadata.NamesItself)
        {
            return (null, "wrong-issuer");
        }

        if (query.ContainsKey("error") || query["code"] is not [{ Length: > 0 and <= LongestCode } code])
        {
            return (null, "refused-there");
        }

        string? token;
        try
        {
            await using var reading = await store.OpenConnectionAsync(cancellationToken);
            using var secret = await resourceKeys.GetSecretAsync(reading, provider.OrganizationId, provider.Id, provider.Credential, cancellationToken);
            await reading.CloseAsync();
            token = secret is null ? null : await client.RedeemAsync(provider, metadata, secret, code, RedirectUri(http), secrets.Verifier, cancellationToken);
        }
        catch (KeyUnavailableException)
        {
            return (null, "key-unavailable");
        }

        return token is null ? (null, "code-refused") : await tokens.VerifyAsync(provider, token, secrets.Nonce, request.CreatedAt, cancellationToken);
    }

    private async Task<ProviderReturn> AcceptAsync(HttpContext http, RegisteredProvider provider, ProviderRequest request, VerifiedIdentity identity, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Until this is done, nobody changes or removes the provider, unlinks or resets anybody.
        await Authorizer.HoldAsync(connection, provider.OrganizationId, changing: false, cancellationToken);
        if ((await IdentityProviders.GetAsync(connection, provider.Id, cancellationToken))?.Revision != provider.Revision)
        {
            return new ProviderReturn(ProviderOutcome.Refused, "");
        }

        if (request.Linking is { } linking)
        {
            // The same browser, in which the same person still is signed in.
            if (await BrowserSignIns.FindAsync(connection, Side.Customer, request.SignIn!, cancellationToken) is not { } signedIn || signedIn.Id != linking)
            {
                return new ProviderReturn(ProviderOutcome.Refused, "");
            }

            if (!await IdentityLinks.PutAsync(connection, provider, signedIn, identity.Subject, identity.Shown, cancellationToken))
            {
                return new ProviderReturn(ProviderOutcome.Taken, request.Back);
            }

            await people.RecordAsync(http, connection, signedIn, "identity.link", accepted: true, provider.Reason, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new ProviderReturn(ProviderOutcome.Linked, request.Back);
        }

        if (await IdentityLinks.UseAsync(connection, provider.Id, identity.Subject, cancellationToken) is not { } holder
            || await Person.GetAsync(connection, Side.Customer, holder, cancellationToken) is not { } person)
        {
            return new ProviderReturn(ProviderOutcome.Unknown, request.Back);
        }

        person = person with { Provider = provider.Id };
        var cookie = PeopleSignIn.Random();
        if (!identity.SecondFactor)
        {
            await ProviderRequests.ProvedAsync(connection, TokenHash.Of(cookie)!, provider.Id, person, request.Back, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new ProviderReturn(ProviderOutcome.NeedsCode, request.Back, cookie);
        }

        await BrowserSignIns.InsertAsync(connection, person, TokenHash.Of(cookie)!, cancellationToken);
        await people.RecordAsync(http, connection, person, "sign-in", accepted: true, provider.Reason, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ProviderReturn(ProviderOutcome.SignedIn, request.Back, cookie);
    }

    /// <summary>Tells the organization what is wrong with its provider's answer, and whoever brought it nothing.</summary>
    private async Task<ProviderReturn> RefuseAsync(HttpContext http, RegisteredProvider provider, ProviderRequest request, string wrong, CancellationToken cancellationToken)
    {
        var seen = ApiRequest.Of(http);
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ledger.AppendAsync(
            connection,
            new LedgerEntry(
                "anonymous", request.Linking is null ? "sign-in" : "identity.link", "refused", provider.OrganizationId, ApiRequest.Path(http), provider.Id, Reason: $"{provider.Reason}: {LedgerReason.Name(wrong)}",
                RequestId: seen.Id, Origin: seen.Origin),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ProviderReturn(ProviderOutcome.Refused, request.Back);
    }

    private async Task<ProviderReturn?> ProveOnceAsync(HttpContext http, string cookie, string code, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (TokenHash.Of(cookie) is not { } hash || await ProviderRequests.FindProofAsync(connection, hash, cancellationToken) is not { } proof
            || await FactorTable.BeginAttemptAsync(connection, proof.Person, options.AccountFailuresAllowed, options.FailureWindow, options.LongestLock, cancellationToken) is not { } stored)
        {
            return null;
        }

        using var secret = await keys.UnwrapAsync(Guid.Empty, PeopleSignIn.Context(proof.Person.Id), stored.SealedSecret, cancellationToken);
        var step = Totp.Matching(secret.Reveal(), code, time.GetUtcNow());
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Authorizer.HoldAsync(connection, proof.Person.Directory, changing: false, cancellationToken);
        var right = await FactorTable.HoldAsync(connection, proof.Person, stored.PasswordHash, cancellationToken) && (step is { } used
            ? await FactorTable.UseStepAsync(connection, proof.Person, used, cancellationToken)
            : await RecoveryCodes.UseAsync(connection, proof.Person.Id, code, cancellationToken));
        if (!right)
        {
            await people.RecordAsync(http, connection, proof.Person, "sign-in", accepted: false, $"{proof.Provider.Reason}: {PeopleSignIn.Failed(stored.Locks)}", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return null;
        }

        if (!await ProviderRequests.UseProofAsync(connection, hash, cancellationToken))
        {
            return null;
        }

        var browser = PeopleSignIn.Random();
        await FactorTable.ForgiveAsync(connection, proof.Person, cancellationToken);
        await BrowserSignIns.InsertAsync(connection, proof.Person, TokenHash.Of(browser)!, cancellationToken);
        await people.RecordAsync(http, connection, proof.Person, "sign-in", accepted: true, proof.Provider.Reason, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ProviderReturn(ProviderOutcome.SignedIn, proof.Back, browser);
    }
}
