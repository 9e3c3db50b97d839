using Microsoft.AspNetCore.Identity;

namespace Beffroi.Platform.Http.People;

/// <summary>
/// A holder and their passkeys as ASP.NET Core Identity asks for them: those that one ceremony is about, read before it begins. What is stored is changed elsewhere, so nothing can be changed here.
/// </summary>
/// <param name="holder">Who; null for nobody.</param>
/// <param name="passkeys">Theirs.</param>
internal sealed class HeldPasskeys(Guid? holder, IReadOnlyList<UserPasskeyInfo> passkeys) : IUserPasskeyStore<HeldPasskeys>
{
    /// <summary>The user handle (WebAuthn section 5.4.3): opaque, never reused, and no name.</summary>
    public string? Handle { get; } = holder?.ToString("N");

    public Task<IList<UserPasskeyInfo>> GetPasskeysAsync(HeldPasskeys user, CancellationToken cancellationToken) => Task.FromResult<IList<UserPasskeyInfo>>([.. passkeys]);

    public Task<UserPasskeyInfo?> FindPasskeyAsync(HeldPasskeys user, byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(passkeys.FirstOrDefault(p => p.CredentialId.AsSpan().SequenceEqual(credentialId)));

    public Task<HeldPasskeys?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(passkeys.Any(p => p.CredentialId.AsSpan().SequenceEqual(credentialId)) ? this : null);

    public Task<HeldPasskeys?> FindByIdAsync(string userId, CancellationToken cancellationToken) => Task.FromResult(userId == Handle ? this : null);

    public Task<HeldPasskeys?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => Task.FromResult<HeldPasskeys?>(null);

    public Task<string> GetUserIdAsync(HeldPasskeys user, CancellationToken cancellationToken) => Task.FromResult(user.Handle ?? "");

    public Task<string?> GetUserNameAsync(HeldPasskeys user, CancellationToken cancellationToken) => Task.FromResult(user.Handle);

    public Task<string?> GetNormalizedUserNameAsync(HeldPasskeys user, CancellationToken cancellationToken) => Task.FromResult(user.Handle);

    public Task AddOrUpdatePasskeyAsync(HeldPasskeys user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemovePasskeyAsync(HeldPasskeys user, byte[] credentialId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetUserNameAsync(HeldPasskeys user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetNormalizedUserNameAsync(HeldPasskeys user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> CreateAsync(HeldPasskeys user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(HeldPasskeys user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(HeldPasskeys user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
