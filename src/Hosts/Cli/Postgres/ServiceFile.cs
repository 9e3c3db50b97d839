using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>
/// What libpq needs to connect without a secret on a command line or in the environment: a service file, a password file and the
/// authority to verify the server with; with several nodes also a service NAME.ro, of the readers' endpoint (PostgreSQL documentation, "The Connection Service File", "The Password File").
/// </summary>
internal static class ServiceFile
{
    /// <summary>Writes <c>pg_service.conf</c>, <c>NAME.pass</c> and <c>NAME-ca.pem</c>; returns the service file's path.</summary>
    public static string Write(string directory, string name, PostgresCredentials credentials)
    {
        PrivateFiles.EnsureDirectory(directory);
        var (service, password, authority) = (Path.Combine(directory, "pg_service.conf"), Path.Combine(directory, name + ".pass"), Path.Combine(directory, name + "-ca.pem"));
        var port = credentials.Port.ToString(CultureInfo.InvariantCulture);
        PrivateFiles.WriteIfDifferent(authority, credentials.CaCertificate.TrimEnd() + "\n");
        (string Service, string Host, string Address)[] endpoints = credentials is { ReaderHost: { } host, ReaderAddress: { } address }
            ? [(name, credentials.Host, credentials.Address), (name + ".ro", host, address)]
            : [(name, credentials.Host, credentials.Address)];
        PrivateFiles.WriteIfDifferent(password, string.Concat(endpoints.Select(
            e => string.Join(':', new[] { e.Host, port, credentials.Database, credentials.Role, credentials.Password }.Select(Escape)) + "\n")));
        PrivateFiles.WriteIfDifferent(service, string.Concat(endpoints.Select(e => $"""
            [{e.Service}]
            host={e.Host}
            hostaddr={e.Address}
            port={port}
            dbname={credentials.Database}
            user={credentials.Role}
            passfile={password}
            sslmode=verify-full
            sslrootcert={authority}
            ssl_min_protocol_version=TLSv1.3
            connect_timeout=10

            """)));
        return service;
    }

    private static string Escape(string field) => field.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
}
