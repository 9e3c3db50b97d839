using System.Security.Cryptography;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Store;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>
/// What each side's issuer signs identity tokens with: a key of its own, ECDSA on P-256, made at first use and kept wrapped under the platform's key. All replicas have the same.
/// Safe for concurrent use.
/// </summary>
internal sealed class IssuerKeys(NpgsqlDataSource store, IOrganizationKeys keys) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<Side, SigningCredentials> _known = [];

    /// <summary>The side's.</summary>
    public async Task<SigningCredentials> OfAsync(Side side, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_known.TryGetValue(side, out var credentials))
            {
                _known[side] = credentials = await LoadAsync(side, cancellationToken);
            }

            return credentials;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static KeyContext Context(Side side) => new(Guid.Empty, "issuer/" + side.Text());

    private async Task<SigningCredentials> LoadAsync(Side side, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await FindAsync(connection, side, cancellationToken) is not { } wrapped)
        {
            await keys.EnsureAsync(Guid.Empty, cancellationToken);
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var bytes = made.ExportPkcs8PrivateKey();
            using var secret = Secret.FromBytes(bytes);
            CryptographicOperations.ZeroMemory(bytes);
            await connection.Statement(
                "insert into platform.issuer_keys (side, sealed_key) values ($1, $2) on conflict do nothing", side.Text(), await keys.WrapAsync(Guid.Empty, Context(side), secret, cancellationToken))
                .RunAsync(cancellationToken);
            // Another replica may have been quicker.
            wrapped = (await FindAsync(connection, side, cancellationToken))!;
        }

        using var opened = await keys.UnwrapAsync(Guid.Empty, Context(side), wrapped, cancellationToken);
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(opened.Reveal(), out _);
        var id = System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 12));
        return new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = id }, SecurityAlgorithms.EcdsaSha256);
    }

    private static Task<byte[]?> FindAsync(NpgsqlConnection connection, Side side, CancellationToken cancellationToken) =>
        connection.Statement("select sealed_key from platform.issuer_keys where side = $1", side.Text()).FirstAsync(r => r.GetFieldValue<byte[]>(0), cancellationToken);
}
