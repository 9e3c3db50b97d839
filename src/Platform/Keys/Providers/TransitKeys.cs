using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Kernel;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>
/// Keys in a service of the customer's that speaks the Transit API, which Vault and OpenBao share: <c>/v1/MOUNT/{keys,encrypt,decrypt}/NAME</c>, keys of type
/// aes256-gcm96, the context as <c>associated_data</c>. Format 3 of a blob: <c>0x03 | fingerprint (8) | the service's ciphertext</c>. The token is read from
/// its file at each call. Source: «Transit secrets engine (API)» of OpenBao, and what its code answers where that is silent (builtin/logical/transit). Safe for concurrent use.
/// </summary>
internal sealed class TransitKeys : IKeyProvider, IDisposable
{
    private const byte Version = 3;
    private const int HeaderLength = 1 + SealedBlob.FingerprintLength;
    private const int LongestAnswer = 64 * 1024;

    /// <summary>
    /// A type that no key has. Encrypting makes the key if it isn't there and the token may: under a key that was lost or destroyed something new would be wrapped, and a check of it would pass.
    /// The type is looked at only then, and this one refused.
    /// </summary>
    private const string MakesNone = "none";

    private readonly KeyProviderOptions _options;
    private readonly HttpClient _http;

    public TransitKeys(KeyProviderOptions options, TimeProvider time)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, time) },
        })
        { BaseAddress = options.Address, Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = LongestAnswer };
    }

    public string Name => _options.Name;

    public string Kind => "transit";

    // Of encrypting and decrypting; of encrypting with a token that may make keys; of its configuration; of deleting it.
    private static IReadOnlyList<string> NoSuchKey { get; } = ["encryption key not found", "unknown key type", "no existing key named", "could not delete key; not found"];

    public async Task<byte[]> CreateAsync(Guid organizationId, int generation, CancellationToken cancellationToken)
    {
        var name = KeyName(organizationId, generation);
        // Creating what is there changes nothing there; who keeps the making of keys to themselves makes it first and lets us only use it.
        var key = new ProviderKey(organizationId, generation, Fingerprint(name));
        try
        {
            await PostAsync("keys/" + name, new() { ["type"] = "aes256-gcm96", ["exportable"] = false, ["allow_plaintext_backup"] = false }, cancellationToken);
        }
        catch (KeyRefusedException)
        {
            await CheckAsync(key, cancellationToken);
        }

        return key.Fingerprint;
    }

    public async Task CheckAsync(ProviderKey key, CancellationToken cancellationToken)
    {
        using var probe = Secret.Random(8);
        var context = "beffroi/probe/1"u8.ToArray();
        // Both ways: a policy may allow the one and not the other.
        using var again = await UnwrapAsync(key, context, await WrapAsync(key, context, probe, cancellationToken), cancellationToken);
    }

    public async Task<byte[]> WrapAsync(ProviderKey key, byte[] context, Secret plaintext, CancellationToken cancellationToken)
    {
        var data = await PostAsync(
            "encrypt/" + KeyName(key.OrganizationId, key.Generation),
            new() { ["type"] = MakesNone, ["plaintext"] = Convert.ToBase64String(plaintext.Reveal()), ["associated_data"] = Convert.ToBase64String(Bound(key, context)) },
            cancellationToken);
        return data?.Ciphertext is { Length: > 0 } ciphertext && Ascii.IsValid(ciphertext)
            ? [Version, .. key.Fingerprint, .. Encoding.ASCII.GetBytes(ciphertext)]
            : throw NotUnderstood();
    }

    public async Task<Secret> UnwrapAsync(ProviderKey key, byte[] context, byte[] wrapped, CancellationToken cancellationToken)
    {
        if (wrapped.Length <= HeaderLength || wrapped[0] != Version || !Ascii.IsValid(wrapped.AsSpan(HeaderLength)))
        {
            throw new KeyUnavailableException("It was changed or belongs elsewhere: it does not decrypt.");
        }

        var data = await PostAsync(
            "decrypt/" + KeyName(key.OrganizationId, key.Generation),
            new() { ["ciphertext"] = Encoding.ASCII.GetString(wrapped.AsSpan(HeaderLength)), ["associated_data"] = Convert.ToBase64String(Bound(key, context)) },
            cancellationToken);
        byte[] clear;
        try
        {
            clear = Convert.FromBase64String(data?.Plaintext ?? throw NotUnderstood());
        }
        catch (FormatException e)
        {
            throw new KeyUnavailableException(NotUnderstood().Message, e);
        }

        var secret = Secret.FromBytes(clear);
        CryptographicOperations.ZeroMemory(clear);
        return secret;
    }

    public async Task DestroyAsync(ProviderKey key, CancellationToken cancellationToken)
    {
        var name = KeyName(key.OrganizationId, key.Generation);
        try
        {
            await PostAsync("keys/" + name + "/config", new() { ["deletion_allowed"] = true }, cancellationToken);
            await SendAsync(HttpMethod.Delete, "keys/" + name, null, cancellationToken);
        }
        catch (KeyRefusedException e) when (e.IsGone)
        {
            // Destroyed before, perhaps by its owner.
        }
    }

    public void Dispose() => _http.Dispose();

    private static string KeyName(Guid organizationId, int generation) => string.Create(CultureInfo.InvariantCulture, $"beffroi-{organizationId:N}-{generation}");

    private static byte[] Bound(ProviderKey key, byte[] context) => [Version, .. key.Fingerprint, .. context];

    private byte[] Fingerprint(string name) => SHA256.HashData(Encoding.UTF8.GetBytes($"beffroi/transit/1/{Name}/{name}"))[..SealedBlob.FingerprintLength];

    private bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, TimeProvider time)
    {
        if (certificate is not X509Certificate2 leaf || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(_options.CaFile!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(leaf);
    }

    private Task<TransitData?> PostAsync(string path, Dictionary<string, object> body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, body, cancellationToken);

    private async Task<TransitData?> SendAsync(HttpMethod method, string path, Dictionary<string, object>? body, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, $"/v1/{_options.Mount}/{path}");
            request.Headers.Add("X-Vault-Token", (await File.ReadAllTextAsync(_options.TokenFile!, cancellationToken)).Trim());
            request.Headers.Add("X-Vault-Request", "true");
            if (_options.Namespace is { } name)
            {
                request.Headers.Add("X-Vault-Namespace", name);
            }

            if (body is not null)
            {
                request.Content = JsonContent.Create(body, TransitJson.Default.DictionaryStringObject);
            }

            using var response = await _http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response.StatusCode == HttpStatusCode.NoContent ? null
                    : (await response.Content.ReadFromJsonAsync(TransitJson.Default.TransitAnswer, cancellationToken))?.Data;
            }

            throw await FailureAsync(response, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new KeyUnavailableException($"The key service {Name} at {_options.Address} can't be reached or was not understood: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KeyUnavailableException($"The token of the key service {Name} can't be read from {_options.TokenFile}: {e.Message}", e);
        }
    }

    // 403: the token or its policy; 404: no such mount; 503: sealed (Vault's own word for it) or standby. That there is no such key is said in words only.
    private async Task<KeyUnavailableException> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string said;
        try
        {
            said = string.Join(" ", (await response.Content.ReadFromJsonAsync(TransitJson.Default.TransitAnswer, cancellationToken))?.Errors ?? []);
        }
        catch (JsonException)
        {
            said = "";
        }

        said = string.Concat(said.Take(200).Select(c => char.IsControl(c) ? ' ' : c));
        var message = $"The key service {Name} at {_options.Address} answered {(int)response.StatusCode}{(said.Length > 0 ? ": " + said : "")}.";
        if (NoSuchKey.Any(words => said.Contains(words, StringComparison.OrdinalIgnoreCase)))
        {
            return new KeyRefusedException(message) { IsGone = true };
        }

        return response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.NotFound
            || (response.StatusCode == HttpStatusCode.ServiceUnavailable && said.Contains("sealed", StringComparison.OrdinalIgnoreCase))
            ? new KeyRefusedException(message)
            : new KeyUnavailableException(message);
    }

    private KeyUnavailableException NotUnderstood() => new($"The key service {Name} at {_options.Address} gave an answer that is not one of the Transit API.");
}

/// <summary>An answer of the service.</summary>
internal sealed record TransitAnswer(TransitData? Data, IReadOnlyList<string>? Errors);

/// <summary>What an answer carries.</summary>
internal sealed record TransitData(string? Ciphertext, string? Plaintext)
{
    /// <summary>Prints nothing: it may hold a key.</summary>
    public override string ToString() => nameof(TransitData);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TransitAnswer))]
[JsonSerializable(typeof(Dictionary<string, object>))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(string))]
internal sealed partial class TransitJson : JsonSerializerContext;
