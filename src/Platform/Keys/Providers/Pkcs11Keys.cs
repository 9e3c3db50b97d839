using System.Globalization;
using System.Security.Cryptography;
using Beffroi.Kernel;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>
/// Keys in a PKCS#11 token: generated in it, never to be read out (CKA_SENSITIVE, not CKA_EXTRACTABLE). Two forms, by what the token offers when the key is made:
/// <list type="bullet">
/// <item>An AES-256 key that encrypts in the token, CKM_AES_GCM (PKCS#11 2.40, section 2.12.3) with the context as additional data. Format 2 of a blob:
/// <c>0x02 | fingerprint (8) | nonce (12) | ciphertext | tag (16)</c>.</item>
/// <item>Where that is not offered (p11-kit's remoting before 0.25 knows no parameters of it), a generic secret of 32 bytes with which the token computes
/// HMAC-SHA-256 over a random salt and the context: the key of this one blob, which is then AES-256-GCM as in a file's. Format 4:
/// <c>0x04 | fingerprint (8) | salt (32) | a blob of format 1</c>.</item>
/// </list>
/// The fingerprint is a hash of the key's CKA_ID. Safe for concurrent use.
/// </summary>
internal sealed class Pkcs11Keys : IKeyProvider, IDisposable
{
    private const byte Gcm = 2;
    private const byte Hmac = 4;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int SaltLength = 32;
    private const int KeyLength = 32;
    private readonly Pkcs11Token _token;

    public Pkcs11Keys(KeyProviderOptions options, Pkcs11Modules modules)
    {
        Name = options.Name;
        _token = new Pkcs11Token(options.Name, modules.Get(options.Module!, options.Environment), options.TokenLabel!, options.PinFile!);
    }

    public string Name { get; }

    public string Kind => "pkcs11";

    /// <inheritdoc cref="Pkcs11Token.Initialize()"/>
    public bool InitializeToken() => _token.Initialize();

    public Task<byte[]> CreateAsync(Guid organizationId, int generation, CancellationToken cancellationToken) => _token.UseAsync(session =>
    {
        // One that an interrupted creation left is as good as a new one: nothing was ever wrapped under it.
        var key = Find(session, organizationId, generation) ?? Generate(session, _token.OffersGcm, organizationId, generation);
        return Describe(session, key, organizationId, generation).Fingerprint;
    }, cancellationToken);

    public async Task CheckAsync(ProviderKey key, CancellationToken cancellationToken)
    {
        using var probe = Secret.Random(8);
        await WrapAsync(key, "beffroi/probe/1"u8.ToArray(), probe, cancellationToken);
    }

    public Task<byte[]> WrapAsync(ProviderKey key, byte[] context, Secret plaintext, CancellationToken cancellationToken) => _token.UseAsync(session =>
    {
        var (handle, form) = Get(session, key);
        if (form == Hmac)
        {
            byte[] salted = [Hmac, .. key.Fingerprint, .. RandomNumberGenerator.GetBytes(SaltLength)];
            using var once = Derive(session, handle, salted, context);
            return (byte[])[.. salted, .. SealedBlob.Seal(once.Reveal(), [.. salted, .. context], plaintext.Reveal())];
        }

        byte[] header = [Gcm, .. key.Fingerprint, .. RandomNumberGenerator.GetBytes(NonceLength)];
        using var parameters = session.Factories.MechanismParamsFactory.CreateCkGcmParams(header[^NonceLength..], NonceLength * 8, [.. header, .. context], TagLength * 8);
        using var mechanism = session.Factories.MechanismFactory.Create(CKM.CKM_AES_GCM, parameters);
        var clear = plaintext.Reveal().ToArray();
        try
        {
            return (byte[])[.. header, .. session.Encrypt(mechanism, handle, clear)];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }, cancellationToken);

    public Task<Secret> UnwrapAsync(ProviderKey key, byte[] context, byte[] wrapped, CancellationToken cancellationToken) => _token.UseAsync(session =>
    {
        var (handle, form) = Get(session, key);
        var headerLength = 1 + SealedBlob.FingerprintLength + (form == Hmac ? SaltLength : NonceLength);
        if (wrapped.Length < headerLength + TagLength || wrapped[0] != form)
        {
            throw Damaged();
        }

        var header = wrapped[..headerLength];
        byte[] clear;
        if (form == Hmac)
        {
            using var once = Derive(session, handle, header, context);
            clear = SealedBlob.Open(once.Reveal(), [.. header, .. context], wrapped.AsSpan(headerLength)) ?? throw Damaged();
        }
        else
        {
            using var parameters = session.Factories.MechanismParamsFactory.CreateCkGcmParams(header[^NonceLength..], NonceLength * 8, [.. header, .. context], TagLength * 8);
            using var mechanism = session.Factories.MechanismFactory.Create(CKM.CKM_AES_GCM, parameters);
            try
            {
                clear = session.Decrypt(mechanism, handle, wrapped[headerLength..]);
            }
            catch (Pkcs11Exception e) when (IsRefusalOfData(e.RV))
            {
                throw Damaged();
            }
        }

        var secret = Secret.FromBytes(clear);
        CryptographicOperations.ZeroMemory(clear);
        return secret;
    }, cancellationToken);

    public Task DestroyAsync(ProviderKey key, CancellationToken cancellationToken) => _token.UseAsync(session =>
    {
        if (Find(session, key.OrganizationId, key.Generation) is { } handle)
        {
            session.DestroyObject(handle);
        }

        return true;
    }, cancellationToken);

    public void Dispose() => _token.Dispose();

    private static KeyUnavailableException Damaged() => new("It was changed or belongs elsewhere: it does not decrypt.");

    private static bool IsRefusalOfData(CKR code) => code is
        CKR.CKR_ENCRYPTED_DATA_INVALID or CKR.CKR_ENCRYPTED_DATA_LEN_RANGE or CKR.CKR_GENERAL_ERROR or CKR.CKR_FUNCTION_FAILED or CKR.CKR_DATA_INVALID;

    private static string Label(Guid organizationId, int generation) =>
        string.Create(CultureInfo.InvariantCulture, $"beffroi/{organizationId:N}/{generation}");

    private static Secret Derive(ISession session, IObjectHandle handle, byte[] salted, byte[] context)
    {
        using var mechanism = session.Factories.MechanismFactory.Create(CKM.CKM_SHA256_HMAC);
        var bytes = session.Sign(mechanism, handle, [.. "beffroi/pkcs11-once/1"u8, 0, .. salted, .. context]);
        var once = Secret.FromBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return once;
    }

    private static IObjectHandle Generate(ISession session, bool gcm, Guid organizationId, int generation)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        using var mechanism = session.Factories.MechanismFactory.Create(gcm ? CKM.CKM_AES_KEY_GEN : CKM.CKM_GENERIC_SECRET_KEY_GEN);
        return session.GenerateKey(mechanism,
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
            attributes.Create(CKA.CKA_KEY_TYPE, gcm ? CKK.CKK_AES : CKK.CKK_GENERIC_SECRET),
            attributes.Create(CKA.CKA_VALUE_LEN, KeyLength),
            attributes.Create(CKA.CKA_LABEL, Label(organizationId, generation)),
            attributes.Create(CKA.CKA_ID, RandomNumberGenerator.GetBytes(16)),
            attributes.Create(CKA.CKA_TOKEN, true),
            attributes.Create(CKA.CKA_PRIVATE, true),
            attributes.Create(CKA.CKA_SENSITIVE, true),
            attributes.Create(CKA.CKA_EXTRACTABLE, false),
            attributes.Create(CKA.CKA_ENCRYPT, gcm),
            attributes.Create(CKA.CKA_DECRYPT, gcm),
            attributes.Create(CKA.CKA_SIGN, !gcm),
            attributes.Create(CKA.CKA_WRAP, false),
            attributes.Create(CKA.CKA_UNWRAP, false),
        ]);
    }

    private static IObjectHandle? Find(ISession session, Guid organizationId, int generation)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        return session.FindAllObjects(
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
            attributes.Create(CKA.CKA_LABEL, Label(organizationId, generation)),
        ]).FirstOrDefault();
    }

    private (IObjectHandle Handle, byte Form) Get(ISession session, ProviderKey key)
    {
        var handle = Find(session, key.OrganizationId, key.Generation) ?? throw new KeyRefusedException(
            $"The key {Label(key.OrganizationId, key.Generation)} is not in the token of the key provider {Name}: it was destroyed there, or it is another token.");
        var (fingerprint, form) = Describe(session, handle, key.OrganizationId, key.Generation);
        return fingerprint.AsSpan().SequenceEqual(key.Fingerprint) ? (handle, form) : throw new KeyRefusedException(
            $"The token of the key provider {Name} holds another key under the name {Label(key.OrganizationId, key.Generation)} than the one that was made.");
    }

    private (byte[] Fingerprint, byte Form) Describe(ISession session, IObjectHandle handle, Guid organizationId, int generation)
    {
        var values = session.GetAttributeValue(handle, [CKA.CKA_ID, CKA.CKA_SENSITIVE, CKA.CKA_EXTRACTABLE, CKA.CKA_KEY_TYPE]);
        return values[1].GetValueAsBool() && !values[2].GetValueAsBool()
            ? (SHA256.HashData([.. "beffroi/pkcs11/1"u8, .. values[0].GetValueAsByteArray()])[..SealedBlob.FingerprintLength],
                values[3].GetValueAsUlong() == (ulong)CKK.CKK_AES ? Gcm : Hmac)
            : throw new KeyRefusedException($"The key {Label(organizationId, generation)} in the key provider {Name} can be read out of its token: it is not used.");
    }
}
