using System.Diagnostics;
using Beffroi.Contracts.Postgres;
using Npgsql;

namespace Beffroi.Bench.Provision;

/// <summary>One creation, as a customer sees it.</summary>
internal static class Provision
{
    /// <summary>Seconds from the API call to the first query over verified TLS.</summary>
    internal static async Task<double> MeasureAsync(Api api, string name)
    {
        var clock = Stopwatch.StartNew();
        await api.CreateAsync(name);
        while (await api.FindAsync(name) is not { Status.Endpoint: not null })
        {
            await Task.Delay(20);
        }

        var credentials = await api.CredentialsAsync(name);
        var ca = Path.GetTempFileName();
        await File.WriteAllTextAsync(ca, credentials.CaCertificate);
        while (!await QueryAsync(credentials, ca))
        {
            await Task.Delay(20);
        }

        var seconds = clock.Elapsed.TotalSeconds;
        File.Delete(ca);
        return seconds;
    }

    private static async Task<bool> QueryAsync(PostgresCredentials credentials, string ca)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder
            {
                // libpq's hostaddr has no counterpart here: what the certificate says of the address is verified.
                Host = credentials.Address,
                Port = credentials.Port,
                Database = credentials.Database,
                Username = credentials.Role,
                Password = credentials.Password,
                SslMode = SslMode.VerifyFull,
                RootCertificate = ca,
                Pooling = false,
                Timeout = 2,
            };
            await using var connection = new NpgsqlConnection(builder.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("select 1", connection);
            return await command.ExecuteScalarAsync() is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
