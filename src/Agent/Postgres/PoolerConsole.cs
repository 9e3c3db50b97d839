using System.Globalization;
using System.Text;
using Beffroi.Agent.Files;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// What a running process of the pooler is asked and told, by its own socket (pgbouncer(1), «Admin console»), which takes simple queries only: by psql, as the instance's
/// root, whom it knows by that.
/// </summary>
internal sealed class PoolerConsole(int majorVersion, int process)
{
    /// <summary>Has it read its files again; it has when this returns.</summary>
    internal Task ReloadAsync(CancellationToken cancellationToken) => RunAsync("RELOAD", cancellationToken);

    /// <summary>Who is connected.</summary>
    internal async Task<IReadOnlyList<Client>> ClientsAsync(CancellationToken cancellationToken) => Parse(await RunAsync("SHOW CLIENTS", cancellationToken));

    /// <summary>Ends a client's connection, and the one to PostgreSQL that it uses.</summary>
    internal Task EndAsync(Client client, CancellationToken cancellationToken) =>
        RunAsync(string.Create(CultureInfo.InvariantCulture, $"KILL_CLIENT {client.Id}"), cancellationToken);

    private Task<string> RunAsync(string command, CancellationToken cancellationToken) => SystemCommand.OutputAsync(
        PostgresPaths.Binaries(majorVersion) + "/psql",
        [
            "--no-psqlrc", "--csv", "--host=" + PoolerConfiguration.Socket(process), "--port=" + PoolerConfiguration.Port.ToString(CultureInfo.InvariantCulture),
            "--username=" + NodeConfiguration.PoolerRole, "--dbname=pgbouncer", "--command=" + command,
        ],
        cancellationToken);

    /// <summary>Customers' clients from what it shows as CSV. Pure.</summary>
    internal static IReadOnlyList<Client> Parse(string shown)
    {
        var rows = Rows(shown);
        if (rows.Count == 0)
        {
            return [];
        }

        var (id, user, database, address) = (rows[0].IndexOf("id"), rows[0].IndexOf("user"), rows[0].IndexOf("database"), rows[0].IndexOf("addr"));
        return
        [
            .. rows.Skip(1).Where(row => row.Count == rows[0].Count && row[database] != "pgbouncer")
                .Select(row => new Client(long.Parse(row[id], CultureInfo.InvariantCulture), row[user], row[address])),
        ];
    }

    // A client calls itself and its database as it likes, with line breaks too (RFC 4180, 2).
    private static List<List<string>> Rows(string csv)
    {
        var (rows, row, field, quoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < csv.Length; i++)
        {
            var c = csv[i];
            if (quoted && c == '"' && i + 1 < csv.Length && csv[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (quoted || (c is not ',' and not '\n'))
            {
                field.Append(c);
            }
            else
            {
                row.Add(field.ToString());
                field.Clear();
                if (c == '\n')
                {
                    rows.Add(row);
                    row = [];
                }
            }
        }

        return rows;
    }

    /// <summary>A client.</summary>
    /// <param name="Id">By which the process knows it.</param>
    /// <param name="User">As whom it has signed in; empty before.</param>
    /// <param name="Address">From where it comes.</param>
    internal sealed record Client(long Id, string User, string Address);
}
