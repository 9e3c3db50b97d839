using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Beffroi.Platform.Keys.Providers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>
/// The part of the Transit API that is used, written to its published description («Transit secrets engine (API)») and to what OpenBao's code does where that is silent: neither Vault nor
/// OpenBao is to be had on the build machine. Keys are AES-256-GCM, bound to <c>associated_data</c>; ciphertexts are <c>vault:v1:BASE64</c>. Its token may do all there is, making keys by
/// encrypting under their names included.
/// </summary>
internal sealed class TransitServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-transit-").FullName;
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _keys = new();
    private readonly ConcurrentDictionary<string, bool> _deletable = new();

    private TransitServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(CaFile, certificate.ExportCertificatePem());
        File.WriteAllText(TokenFile, "s.token\n");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.UseHttps(X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null))));
        _app = builder.Build();
        _app.Map("/v1/{mount}/{verb}/{name}/{rest?}", HandleAsync);
    }

    /// <summary>Refuses everything as a token without a policy is refused.</summary>
    public bool Denies { get; set; }

    /// <summary>Refuses to destroy a key, or to let it be destroyed, as a policy without those paths does.</summary>
    public bool KeepsDestruction { get; set; }

    /// <summary>Answers as a sealed Vault does.</summary>
    public bool IsSealed { get; set; }

    public string CaFile => _directory + "/ca.pem";

    public string TokenFile => _directory + "/token";

    public IEnumerable<string> Keys => _keys.Keys;

    public KeyProviderOptions Options => new()
    {
        Name = "vault",
        Kind = "transit",
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal)),
        CaFile = CaFile,
        TokenFile = TokenFile,
    };

    public static async Task<TransitServer> StartAsync()
    {
        var server = new TransitServer();
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<IResult> HandleAsync(string mount, string verb, string name, string? rest, HttpContext http)
    {
        if (IsSealed)
        {
            return Errors(503, "Vault is sealed");
        }

        if (Denies || (KeepsDestruction && (rest == "config" || HttpMethods.IsDelete(http.Request.Method))) || http.Request.Headers["X-Vault-Token"] != "s.token")
        {
            return Errors(403, "1 error occurred: * permission denied");
        }

        if (mount != "transit")
        {
            return Errors(404, "no handler for route");
        }

        var body = HttpMethods.IsPost(http.Request.Method) ? (await JsonNode.ParseAsync(http.Request.Body))!.AsObject() : [];
        switch (http.Request.Method, verb, rest)
        {
            case ("POST", "keys", null):
                Assert.Equal("aes256-gcm96", (string?)body["type"]);
                Assert.False((bool)body["exportable"]!);
                _keys.TryAdd(name, RandomNumberGenerator.GetBytes(32));
                return Data(new JsonObject { ["name"] = name });
            case ("POST", "keys", "config") when !_keys.ContainsKey(name):
                return Errors(400, $"no existing key named {name} could be found");
            case ("POST", "keys", "config"):
                _deletable[name] = (bool)body["deletion_allowed"]!;
                return Results.StatusCode(204);
            case ("DELETE", "keys", null):
                return !_deletable.GetValueOrDefault(name) ? Errors(400, "deletion is not allowed for this key")
                    : _keys.TryRemove(name, out _) ? Results.StatusCode(204) : Errors(400, $"error deleting policy {name}: could not delete key; not found");
            case ("POST", "encrypt", null) when !_keys.ContainsKey(name) && (string?)body["type"] is { } type and not "aes256-gcm96":
                return Errors(400, "unknown key type " + type);
            case ("POST", "encrypt", null):
                var key = _keys.GetOrAdd(name, _ => RandomNumberGenerator.GetBytes(32));
                return Data(new JsonObject { ["ciphertext"] = "vault:v1:" + Convert.ToBase64String(Encrypt(key, Bytes(body, "plaintext"), Bytes(body, "associated_data"))), ["key_version"] = 1 });
            case ("POST", "decrypt", null) when _keys.TryGetValue(name, out var its):
                var text = (string)body["ciphertext"]!;
                return text.StartsWith("vault:v1:", StringComparison.Ordinal) && Decrypt(its, text["vault:v1:".Length..], Bytes(body, "associated_data")) is { } clear
                    ? Data(new JsonObject { ["plaintext"] = Convert.ToBase64String(clear) })
                    : Errors(400, "invalid ciphertext: unable to decrypt");
            default:
                return Errors(400, "encryption key not found");
        }
    }

    private static byte[] Bytes(JsonObject body, string name) => Convert.FromBase64String((string)body[name]!);

    private static byte[] Encrypt(byte[] key, byte[] plaintext, byte[] associated)
    {
        var result = new byte[12 + plaintext.Length + 16];
        RandomNumberGenerator.Fill(result.AsSpan(0, 12));
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(result.AsSpan(0, 12), plaintext, result.AsSpan(12, plaintext.Length), result.AsSpan(12 + plaintext.Length), associated);
        return result;
    }

    private static byte[]? Decrypt(byte[] key, string base64, byte[] associated)
    {
        try
        {
            var bytes = Convert.FromBase64String(base64);
            var clear = new byte[bytes.Length - 28];
            using var aes = new AesGcm(key, 16);
            aes.Decrypt(bytes.AsSpan(0, 12), bytes.AsSpan(12, clear.Length), bytes.AsSpan(12 + clear.Length), clear, associated);
            return clear;
        }
        catch (Exception e) when (e is FormatException or CryptographicException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    private static IResult Data(JsonObject data) => Results.Text(new JsonObject { ["data"] = data }.ToJsonString(), "application/json");

    private static IResult Errors(int status, string message) =>
        Results.Text(JsonSerializer.Serialize(new { errors = new[] { message } }), "application/json", statusCode: status);
}
