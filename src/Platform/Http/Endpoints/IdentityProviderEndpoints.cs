using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity.Providers;
using Beffroi.Platform.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>The identity providers by which an organization's people sign in.</summary>
internal sealed class IdentityProviderEndpoints(Changes changes, Scopes scopes, Reads reads, IOrganizationKeys organizationKeys, IResourceKeys keys)
{
    private const string All = "/v1/organizations/{organization}/identity-providers";
    private const string One = All + "/{provider}";
    private const string Tag = "Members";
    private const int MostScopes = 20, MostValues = 10, LongestId = 200, LongestSecret = 500, LongestClaim = 100, LongestAge = 86_400;
    private const string Example =
        """
        { "name": "hospital", "issuer": "https://id.hospital.example", "clientId": "beffroi", "authentication": "secret", "scopes": ["openid", "email"], "acrValues": ["eidas1"], "secondFactorAcr": ["eidas2"], "secondFactorAmr": ["mfa"],
          "required": false, "linked": 12, "callbackPath": "/sign-in/provider/callback", "createdAt": "2026-11-24T08:00:00+00:00" }
        """;

    private static readonly string[] DefaultScopes = ["openid", "email"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, (string organization, HttpContext http, IdentityProviderEndpoints endpoints) => endpoints.ListAsync(organization, http))
            .Describe("listIdentityProviders", Tag, "List the organization's identity providers", "By which its people may sign in. Never with their secrets.", 400, 403, 404)
            .Produces<Page<IdentityProvider>>();
        routes.MapGet(One, (string organization, string provider, HttpContext http, IdentityProviderEndpoints endpoints) => endpoints.GetAsync(organization, provider, http))
            .Describe("getIdentityProvider", Tag, "Read an identity provider", "Never with its secret.", 400, 403, 404)
            .Produces<IdentityProvider>()
            .WithExample(200, Example);
        routes.MapPut(One, (string organization, string provider, HttpContext http, IdentityProviderEndpoints endpoints) => endpoints.PutAsync(organization, provider, http))
            .Describe(
                "putIdentityProvider", Tag, "Let people sign in by an identity provider",
                "OpenID Connect, authorization code flow with a proof key; register `https://HOST/sign-in/provider/callback` there. It says by its `sub` who somebody is; which account that is, they say themselves, "
                + "signed in. Another issuer or client id is another provider: who is linked to the old one no longer is. What is asked of sign-ins there, if it changes, ends the sessions that began by it; "
                + "`required` ends those of members other than owners that didn't. Five an organization.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("identity-provider.put").ChangesAccess()
            .Accepts<PutIdentityProvider>("application/json")
            .Produces<IdentityProvider>()
            .WithExample(0, """{ "issuer": "https://id.hospital.example", "clientId": "beffroi", "clientSecret": "as the provider gave it", "acrValues": ["eidas1"], "secondFactorAcr": ["eidas2"] }""")
            .WithExample(200, Example);
        routes.MapDelete(One, (string organization, string provider, HttpContext http, IdentityProviderEndpoints endpoints) => endpoints.DeleteAsync(organization, provider, http))
            .Describe("deleteIdentityProvider", Tag, "Remove an identity provider", "With who is linked there. Sessions that began by it end at once.", 400, 403, 404, 503)
            .Record("identity-provider.remove").ChangesAccess()
            .Produces<IdentityProvider>();
    }

    private static Problem NoKey { get; } = Problem.Conflict(
        "key-unavailable", "A key is not available", "The organization's key is sealed or missing, so no secret can be kept. Ask whoever holds the key.");

    private Task<IResult> ListAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.IdentityRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Page<IdentityProvider>(await IdentityProviders.ShowAsync(connection, owner, null, http.RequestAborted), null), WireJson.Default.PageIdentityProvider));

    private Task<IResult> GetAsync(string organization, string name, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.IdentityRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : ResourceName.IsValid(name) && await IdentityProviders.ShowAsync(connection, owner, name, http.RequestAborted) is [var shown]
                ? (Result<IResult>)Answer.Json(shown, WireJson.Default.IdentityProvider)
                : Problems.NotFound);

    private Task<IResult> PutAsync(string organization, string name, HttpContext http) =>
        changes.RunAsync<Guid, PutIdentityProvider>(
            http,
            "identity-provider.put",
            WireJson.Default.PutIdentityProvider,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.IdentityManage, token),
            async (connection, owner, asked, token) =>
            {
                if (Check(name, asked) is { Count: > 0 } errors)
                {
                    return Problem.Invalid(errors);
                }

                var provider = new RegisteredProvider(
                    Guid.CreateVersion7(), owner, organization, name, asked.Issuer, asked.ClientId, asked.Authority, null, [.. DefaultScopes.Take(1).Union(asked.Scopes ?? DefaultScopes)], asked.AcrValues ?? [],
                    asked.SecondFactorAcr ?? [], asked.SecondFactorAmr ?? [], asked.MaxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null, asked.NameClaim, asked.Required);
                return await WriteAsync(connection, provider, asked.ClientSecret, asked.Authentication == IdentityProviders.PrivateKey, token);
            },
            keepAnswer: false);

    private async Task<Result<Accepted>?> WriteAsync(NpgsqlConnection connection, RegisteredProvider provider, string? clientSecret, bool signs, CancellationToken cancellationToken)
    {
        var before = await IdentityProviders.FindAsync(connection, provider.OrganizationId, provider.Name, cancellationToken);
        if (before is not null && before.Issuer == provider.Issuer && before.ClientId == provider.ClientId)
        {
            provider = provider with { Id = before.Id, ClientKey = signs ? before.ClientKey : null };
        }

        if (!signs && clientSecret is null && (provider.Id != before?.Id || before.ClientKey is not null))
        {
            return Problem.Invalid(new FieldError("clientSecret", "There is no secret for this issuer and client yet.", $"1 to {LongestSecret} printable characters, as the provider gave it"));
        }

        if (before is not null && provider.Id != before.Id)
        {
            // Another one may have the same subject for somebody else, and must not be shown the old one's secret.
            await RemoveAsync(connection, before, cancellationToken);
            before = null;
        }

        try
        {
            provider = await WithCredentialAsync(connection, provider, clientSecret, signs, cancellationToken);
        }
        catch (KeyUnavailableException)
        {
            return NoKey;
        }

        if (!await IdentityProviders.PutAsync(connection, provider, cancellationToken))
        {
            return Problem.Conflict("too-many-providers", "The organization has too many identity providers", $"{IdentityProviders.Max} is the most. Remove one first.");
        }

        if (before is not null && !before.AsksLike(provider))
        {
            await Identity.Sessions.SessionTable.EndOfProviderAsync(connection, provider.Id, null, cancellationToken);
        }

        if (provider.Required)
        {
            await IdentityProviders.EndOthersAsync(connection, provider.OrganizationId, cancellationToken);
        }

        return Shown(provider, (await IdentityProviders.ShowAsync(connection, provider.OrganizationId, provider.Name, cancellationToken)).Single());
    }

    /// <summary>Keeps the secret that was given, or a new key if there is none to sign with yet, and nothing of the other.</summary>
    private async Task<RegisteredProvider> WithCredentialAsync(NpgsqlConnection connection, RegisteredProvider provider, string? clientSecret, bool signs, CancellationToken cancellationToken)
    {
        if (clientSecret is not null)
        {
            using var secret = Secret.FromText(clientSecret);
            await PutAsync(RegisteredProvider.Secret, secret);
        }

        if (signs && provider.ClientKey is null)
        {
            var (made, publicKey) = ClientKeys.Make();
            using (made)
            {
                await PutAsync(RegisteredProvider.Key, made);
            }

            provider = provider with { ClientKey = publicKey };
        }

        await keys.RetainSecretsAsync(connection, provider.Id, RegisteredProvider.Credentials, [provider.Credential], cancellationToken);
        return provider;

        async Task PutAsync(string name, Secret value)
        {
            // This may be the first secret that a new organization keeps.
            await organizationKeys.EnsureAsync(provider.OrganizationId, cancellationToken);
            await keys.EnsureAsync(connection, provider.OrganizationId, provider.Id, cancellationToken);
            await keys.PutSecretAsync(connection, provider.OrganizationId, provider.Id, name, value, cancellationToken);
        }
    }

    private Task<IResult> DeleteAsync(string organization, string name, HttpContext http)
    {
        ApiRequest.Of(http).Action = "identity-provider.remove";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.IdentityManage, token),
            async (connection, owner, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                if (!ResourceName.IsValid(name) || await IdentityProviders.FindAsync(connection, owner, name, token) is not { } provider)
                {
                    return Problems.NotFound;
                }

                var shown = (await IdentityProviders.ShowAsync(connection, owner, name, token)).Single();
                await RemoveAsync(connection, provider, token);
                return (Result<Accepted>?)Shown(provider, shown);
            },
            http.RequestAborted);
    }

    private async Task RemoveAsync(NpgsqlConnection connection, RegisteredProvider provider, CancellationToken cancellationToken)
    {
        await IdentityProviders.RemoveAsync(connection, provider.Id, cancellationToken);
        await keys.DestroyAsync(connection, provider.Id, cancellationToken);
    }

    private static Accepted Shown(RegisteredProvider provider, IdentityProvider shown) => new(200, JsonSerializer.Serialize(shown, WireJson.Default.IdentityProvider))
    {
        ResourceId = provider.Id,
        Note = $"{Name(provider.Name)}: {Stated(provider.ClientId)} of {Stated(provider.Issuer)}{(provider.Required ? Words(", required") : null)}",
    };

    private static List<FieldError> Check(string name, PutIdentityProvider asked)
    {
        var errors = new List<FieldError>();
        if (ResourceName.Check("provider", name) is { } wrongName)
        {
            errors.Add(wrongName);
        }

        if (!Receivers.IsUrl(asked.Issuer, "https"))
        {
            errors.Add(new FieldError("issuer", "This is no issuer.", "an https address without user, query and fragment, exactly as the provider has it"));
        }

        if (!IsText(asked.ClientId, LongestId))
        {
            errors.Add(new FieldError("clientId", "Say as which client.", $"1 to {LongestId} printable characters"));
        }

        if (asked.ClientSecret is not null && !IsText(asked.ClientSecret, LongestSecret))
        {
            errors.Add(new FieldError("clientSecret", "This can't be a client's secret.", $"1 to {LongestSecret} printable characters, as the provider gave it"));
        }

        if (asked.Authentication is not (IdentityProviders.SharedSecret or IdentityProviders.PrivateKey))
        {
            errors.Add(new FieldError("authentication", "There is no such way.", IdentityProviders.SharedSecret + ", " + IdentityProviders.PrivateKey));
        }
        else if (asked.Authentication == IdentityProviders.PrivateKey && asked.ClientSecret is not null)
        {
            errors.Add(new FieldError("clientSecret", "Where this installation signs, it shows no secret.", "nothing"));
        }

        if (asked.Scopes is { } scopes && (scopes.Count > MostScopes || scopes.Any(s => !IsWord(s) || s.Contains('"') || s.Contains('\\'))))
        {
            errors.Add(new FieldError("scopes", "These can't be asked for.", $"at most {MostScopes}, each a word (RFC 6749 section 3.3)"));
        }

        foreach (var (field, values) in new[] { ("acrValues", asked.AcrValues), ("secondFactorAcr", asked.SecondFactorAcr), ("secondFactorAmr", asked.SecondFactorAmr) })
        {
            if (values is not null && (values.Count > MostValues || !values.All(IsWord)))
            {
                errors.Add(new FieldError(field, "These are no such values.", $"at most {MostValues}, each without spaces, exactly as the tokens have it"));
            }
        }

        if (asked.MaxAge is < 0 or > LongestAge)
        {
            errors.Add(new FieldError("maxAge", "This is no such time.", $"0 to {LongestAge} seconds"));
        }

        if (asked.NameClaim is not null && !(IsWord(asked.NameClaim) && asked.NameClaim.Length <= LongestClaim))
        {
            errors.Add(new FieldError("nameClaim", "This is no claim.", $"at most {LongestClaim} characters without spaces, such as email"));
        }

        if (Receivers.CheckAuthority(asked.Authority) is { } wrongAuthority)
        {
            errors.Add(wrongAuthority);
        }

        return errors;
    }

    private static bool IsWord(string? text) => text is { Length: > 0 and <= LongestId } && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static bool IsText(string? text, int longest) => text is { Length: > 0 } && text.Length <= longest && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
