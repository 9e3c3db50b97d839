using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>A browser that was sent to a provider.</summary>
/// <param name="Provider">To which.</param>
/// <param name="Linking">Whose account is to be linked; null for a sign-in.</param>
/// <param name="SignIn">SHA-256 of the cookie of that person's sign-in.</param>
/// <param name="Back">To which page of ours it leads.</param>
/// <param name="CreatedAt">UTC.</param>
internal sealed record ProviderRequest(Guid Provider, Guid? Linking, byte[]? SignIn, string Back, DateTimeOffset CreatedAt);

/// <summary>A browser in which a provider has shown who someone is, without a second factor.</summary>
/// <param name="Provider">Which.</param>
/// <param name="Person">Who, with the provider.</param>
/// <param name="Back">To which page of ours it leads.</param>
internal sealed record ProviderProof(RegisteredProvider Provider, Person Person, string Back);

/// <summary>Sign-ins by way of providers that are under way, in the store: known by the hash of a cookie. Each method works in the caller's transaction.</summary>
internal static class ProviderRequests
{
    /// <summary>How long somebody may take at a provider.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan ProofLifetime = TimeSpan.FromMinutes(5);

    // Anyone may ask. A whole hospital may come from one address, and each is away for a minute or two.
    private const int MostFromOneOrigin = 200;

    /// <summary>Keeps one in place of an earlier one of this cookie; false if too many from this address are under way.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, byte[] cookie, ProviderRequest request, string origin, CancellationToken cancellationToken) =>
        await connection.Statement("""
            insert into platform.provider_requests (sha256, provider_id, principal_id, sign_in, origin, return_to, expires_at)
            select $1, $2, $3::uuid, $4::bytea, $5, $6, now() + $7::interval
            where (select count(*) from platform.provider_requests where origin = $5 and expires_at > now()) < $8
            """, cookie, request.Provider, request.Linking, request.SignIn, origin, request.Back, Lifetime, MostFromOneOrigin).RunAsync(cancellationToken) > 0;

    /// <summary>Takes the one of this cookie, whatever comes of it; null if there is none (any more).</summary>
    public static Task<ProviderRequest?> TakeAsync(NpgsqlConnection connection, byte[] cookie, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.provider_requests where sha256 = $1 and expires_at > now() returning provider_id, principal_id, sign_in, return_to, created_at", cookie).FirstAsync(
            r => new ProviderRequest(r.GetGuid(0), r.Nullable<Guid>(1), r.Bytes(2), r.GetString(3), r.GetFieldValue<DateTimeOffset>(4)), cancellationToken);

    /// <summary>Notes that a provider has shown who someone is.</summary>
    public static Task ProvedAsync(NpgsqlConnection connection, byte[] cookie, Guid provider, Person person, string back, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.provider_proofs (sha256, provider_id, principal_id, return_to, expires_at) values ($1, $2, $3, $4, now() + $5::interval)
            """, cookie, provider, person.Id, back, ProofLifetime).RunAsync(cancellationToken);

    /// <summary>Who that was; null if there is nobody (any more).</summary>
    public static async Task<ProviderProof?> FindProofAsync(NpgsqlConnection connection, byte[] cookie, CancellationToken cancellationToken) =>
        await connection.Statement("select provider_id, principal_id, return_to from platform.provider_proofs where sha256 = $1 and expires_at > now()", cookie)
            .ListAsync(r => (Provider: r.GetGuid(0), Holder: r.GetGuid(1), Back: r.GetString(2)), cancellationToken) is [var found]
        && await IdentityProviders.GetAsync(connection, found.Provider, cancellationToken) is { } provider
        && await Person.GetAsync(connection, Side.Customer, found.Holder, cancellationToken) is { } person
            ? new ProviderProof(provider, person with { Provider = provider.Id }, found.Back)
            : null;

    /// <summary>Uses it up; false if that was done already.</summary>
    public static async Task<bool> UseProofAsync(NpgsqlConnection connection, byte[] cookie, CancellationToken cancellationToken) =>
        await connection.Statement("delete from platform.provider_proofs where sha256 = $1", cookie).RunAsync(cancellationToken) > 0;
}
