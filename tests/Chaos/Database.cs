using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Chaos;

/// <summary>A node of the database under test.</summary>
/// <param name="Name">In Patroni.</param>
/// <param name="Address">Its own.</param>
/// <param name="Project">The Incus project of its instance.</param>
/// <param name="Instance">Its instance.</param>
public sealed record Node(string Name, string Address, string Project, string Instance);

/// <summary>A database of several nodes, as its customer sees it and, for the faults alone, as root on its host does.</summary>
public sealed class Database : IDisposable
{
    private readonly string _authority = Path.GetTempFileName();
    private readonly JsonNode _credentials;

    private Database(string command, string name, JsonNode credentials, IReadOnlyList<Node> nodes)
    {
        (Command, Name, _credentials, Nodes) = (command, name, credentials, nodes);
        File.WriteAllText(_authority, credentials["caCertificate"]!.GetValue<string>());
    }

    /// <summary>The installed command line.</summary>
    public string Command { get; }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>Its nodes.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>Where writers connect.</summary>
    public string Writer => _credentials["address"]!.GetValue<string>();

    /// <summary>Where readers connect.</summary>
    public string Reader => _credentials["readerAddress"]!.GetValue<string>();

    /// <summary>Finds it by the installed command line.</summary>
    public static async Task<Database> FindAsync(string command, string name)
    {
        var shown = JsonNode.Parse(await Commands.RunAsync(command, ["postgres", "show", name, "-o", "json"]))!;
        var credentials = JsonNode.Parse(await Commands.RunAsync(command, ["postgres", "credentials", name, "-o", "json"]))!;
        var instances = JsonNode.Parse(await Commands.RunAsync("incus", ["list", "--all-projects", "--format", "json"]))!.AsArray();
        var nodes = new List<Node>();
        foreach (var node in shown["status"]!["nodes"]!.AsArray())
        {
            var address = node!["address"]!.GetValue<string>();
            var instance = instances.Single(i => i!["devices"]?["eth0"]?["ipv4.address"]?.GetValue<string>() == address)!;
            nodes.Add(new Node(node["name"]!.GetValue<string>(), address, instance["project"]!.GetValue<string>(), instance["name"]!.GetValue<string>()));
        }

        return new Database(command, name, credentials, nodes);
    }

    /// <summary>Connects as a customer, with the server's name and authority checked.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string address, int seconds, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = address,
            Port = 5432,
            Database = _credentials["database"]!.GetValue<string>(),
            Username = _credentials["role"]!.GetValue<string>(),
            Password = _credentials["password"]!.GetValue<string>(),
            SslMode = SslMode.VerifyFull,
            RootCertificate = _authority,
            Pooling = false,
            Timeout = seconds,
            CommandTimeout = seconds,
            // A cancelled wait for a replica ends as a commit, with a warning only: no cancellation that is waited for.
            CancellationTimeout = -1,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A value, or null if the address doesn't answer.</summary>
    public async Task<string?> AskAsync(string address, string sql)
    {
        try
        {
            await using var connection = await ConnectAsync(address, 3, CancellationToken.None);
#pragma warning disable BFR0001 // Constants of the tests.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore BFR0001
            return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The primary, by asking each node; null while there is none.</summary>
    public async Task<Node?> PrimaryAsync()
    {
        foreach (var node in Nodes)
        {
            if (await AskAsync(node.Address, "select pg_is_in_recovery()") == "False")
            {
                return node;
            }
        }

        return null;
    }

    /// <summary>Waits until there is one primary at the endpoint, and every other node replicates from it.</summary>
    public async Task HealthyAsync(TimeSpan limit)
    {
        var deadline = DateTime.UtcNow + limit;
        while (!await IsHealthyAsync())
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"{Name} is not whole again after {limit.TotalSeconds:F0} s: {await DescribeAsync()}");
            }

            await Task.Delay(300);
        }
    }

    /// <summary>Runs a program in a node, as the tests alone may.</summary>
    public static Task<string> InAsync(Node node, params string[] command) =>
        Commands.RunAsync("incus", ["--project", node.Project, "exec", node.Instance, "--", .. command]);

    /// <inheritdoc/>
    public void Dispose() => File.Delete(_authority);

    private async Task<bool> IsHealthyAsync() =>
        await AskAsync(Writer, "select count(*) from pg_stat_replication where state = 'streaming' and sync_state = 'quorum'") == (Nodes.Count - 1).ToString(CultureInfo.InvariantCulture);

    private async Task<string> DescribeAsync()
    {
        var said = await Task.WhenAll(Nodes.Select(async n => n.Address + ": " + (await AskAsync(n.Address, "select pg_is_in_recovery()") ?? "no answer")));
        return $"{string.Join(", ", said)}; endpoint: {await AskAsync(Writer, "select string_agg(application_name || ' ' || state || ' ' || sync_state, ', ') from pg_stat_replication") ?? "no answer"}";
    }
}
