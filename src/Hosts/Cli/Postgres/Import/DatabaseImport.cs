using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Postgres.Export;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Postgres.Import;

/// <summary>Brings databases from one server to the other.</summary>
/// <param name="session">The command's.</param>
/// <param name="programs">PostgreSQL's own.</param>
/// <param name="service">Where from.</param>
/// <param name="name">The PostgreSQL here.</param>
/// <param name="credentials">As whom here.</param>
internal sealed class DatabaseImport(Session session, ClientPrograms programs, string service, string name, PostgresCredentials credentials)
{
    // Extensions are made here by themselves: a dump of them would have what only their owner may do.
    private static readonly string[] Dump =
    [
        "--format=custom", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions", "--no-tablespaces", "--no-security-labels", "--exclude-extension=*",
    ];

    private static readonly string[] Restore = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"];

    /// <summary>What is in a database there.</summary>
    public async Task<SourceDatabase> LookAsync(string there, CancellationToken cancellationToken)
    {
        using var source = new Psql(service, there);
        return SourceDatabase.Parse(await source.RunAsync(SourceDatabase.Question, cancellationToken));
    }

    /// <summary>How many tables a database here has; null if there is no such.</summary>
    public async Task<int?> PresentAsync(string here, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(here, cancellationToken))
        {
            return null;
        }

        using var target = Target(here);
        return SourceDatabase.Parse(await target.RunAsync(SourceDatabase.Question, cancellationToken)).Tables;
    }

    /// <summary>Brings one, whole or not at all. How many tables and rows it has.</summary>
    /// <param name="there">Its name there.</param>
    /// <param name="looked">What was found in it.</param>
    /// <param name="here">Its name here.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="CliException">It can't be brought, or has not as many rows in each table as there.</exception>
    public async Task<(int Tables, long Rows)> RunAsync(string there, SourceDatabase looked, string here, CancellationToken cancellationToken)
    {
        using var source = new Psql(service, there);
        await session.Terminal.Error.WriteLineAsync($"Database {Columns.Printable(there)} ({new ByteSize(looked.Bytes)} there)…");
        var isNew = !await ExistsAsync(here, cancellationToken);
        if (isNew)
        {
            using var home = new Psql(name, credentials);
            await home.RunAsync($"create database {Identifier(here)} template template0;\n", cancellationToken);
        }

        try
        {
            using var target = Target(here);
            await target.RunAsync(string.Concat(looked.Extensions.Select(e => $"create extension if not exists {Identifier(e.Name)} schema public cascade;\n")), cancellationToken);
            var shown = 0L;
            await programs.PipeAsync(
                ("pg_dump", source, Dump), ("pg_restore", target, Restore),
                passed =>
                {
                    if (session.Terminal.ErrorInteractive && passed - shown >= 8 << 20)
                    {
                        session.Terminal.Error.Write($"\r  {new ByteSize(passed >> 20 << 20)} ");
                        shown = passed;
                    }
                },
                cancellationToken);
            if (shown > 0)
            {
                await session.Terminal.Error.WriteLineAsync();
            }

            await target.RunAsync("analyze;\n", cancellationToken);
            return Compared(here, isNew, await CountAsync(source, cancellationToken), await CountAsync(target, cancellationToken));
        }
        catch when (isNew)
        {
            using var home = new Psql(name, credentials);
            await home.RunAsync($"drop database {Identifier(here)};\n", CancellationToken.None);
            throw;
        }
    }

    private static async Task<SortedDictionary<string, long>> CountAsync(Psql database, CancellationToken cancellationToken) =>
        SourceDatabase.Counts(await database.RunAsync(SourceDatabase.Count, cancellationToken));

    private static (int Tables, long Rows) Compared(string here, bool isNew, SortedDictionary<string, long> there, SortedDictionary<string, long> now)
    {
        var different = there.Keys.Union(now.Keys).Where(t => there.GetValueOrDefault(t, -1) != now.GetValueOrDefault(t, -1)).Order(StringComparer.Ordinal)
            .Select(t => string.Create(CultureInfo.InvariantCulture, $"{t} ({(there.TryGetValue(t, out var had) ? had : "none")} there, {(now.TryGetValue(t, out var has) ? has : "none")} here)")).ToList();
        return different.Count == 0 ? (there.Count, there.Values.Sum()) : throw new CliException(
            $"{here} has not the rows that are there now: {string.Join(", ", different.Take(20))}. If something was written there meanwhile, that is why: stop it, and import again. "
            + (isNew ? "Nothing is left of it here." : $"{here} keeps what came."), ExitCode.Failed);
    }

    private async Task<bool> ExistsAsync(string here, CancellationToken cancellationToken)
    {
        using var home = new Psql(name, credentials);
        return (await home.RunAsync($"select exists (select from pg_database where datname = {Literal(here)});\n", cancellationToken)).Trim() == "t";
    }

    private Psql Target(string database) => new(name, credentials with { Database = database });

    private static string Identifier(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
