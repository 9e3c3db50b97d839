using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;

namespace Beffroi.Bench.Provision;

/// <summary>The few calls of the public API that the measurement needs, as any customer would make them.</summary>
internal sealed class Api : IDisposable
{
    private readonly HttpClient _client;
    private readonly string _space;

    internal Api(Uri api, string caFile, string tokenFile, string organization, string space)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(caFile);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { authority },
        };
        _client = new HttpClient(handler) { BaseAddress = api };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(tokenFile).Trim());
        _space = $"/v1/organizations/{organization}/spaces/{space}";
    }

    internal async Task EnsureSpaceAsync()
    {
        using var response = await _client.PutAsJsonAsync(_space, new PutSpace(Evaluation: true), WireJson.Default.PutSpace);
        await EnsureAsync(response);
    }

    internal async Task CreateAsync(string name)
    {
        var body = new PutResource<PostgresSpec>(new PostgresSpec(Storage: "2GiB", DeletionProtection: false));
        using var response = await _client.PutAsJsonAsync(_space + "/postgres/" + name, body, WireJson.Default.PutResourcePostgresSpec);
        await EnsureAsync(response);
    }

    internal async Task<Resource<PostgresSpec, PostgresStatus>?> FindAsync(string name)
    {
        using var response = await _client.GetAsync(new Uri(_space + "/postgres/" + name, UriKind.Relative));
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }

        await EnsureAsync(response);
        return await response.Content.ReadFromJsonAsync(WireJson.Default.ResourcePostgresSpecPostgresStatus);
    }

    internal async Task<PostgresCredentials> CredentialsAsync(string name)
    {
        using var response = await _client.GetAsync(new Uri(_space + "/postgres/" + name + "/credentials", UriKind.Relative));
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync(WireJson.Default.PostgresCredentials))!;
    }

    internal async Task DeleteAsync(string name)
    {
        using var response = await _client.DeleteAsync(new Uri(_space + "/postgres/" + name, UriKind.Relative));
        if (response.StatusCode != System.Net.HttpStatusCode.NotFound)
        {
            await EnsureAsync(response);
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task EnsureAsync(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}
