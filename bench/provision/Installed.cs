using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;

namespace Beffroi.Bench.Provision;

/// <summary>What the measurement needs to know of the installation on this machine, read as root from its files.</summary>
internal sealed class Installed
{
    private readonly string _user;
    private readonly NpgsqlConnectionStringBuilder _store;

    internal Installed(string name)
    {
        var server = JsonNode.Parse(File.ReadAllText($"/etc/{name}/server.json"))!;
        var record = JsonNode.Parse(File.ReadAllText($"/var/lib/{name}/up.json"))!;
        Api = new Uri($"https://localhost:{(int)record["apiPort"]!}/");
        CaFile = $"/etc/{name}/ca.pem";
        TokenFile = $"/etc/{name}/demo.token";
        ImageAlias = name + "-postgres";
        Pool = (string?)record["pool"] ?? name;
        _user = name;
        _store = new NpgsqlConnectionStringBuilder((string)server["Store"]!);
    }

    internal Uri Api { get; }

    internal string CaFile { get; }

    internal string TokenFile { get; }

    internal string ImageAlias { get; }

    internal string Pool { get; }

    /// <summary>The state of the space's spare and its id; none without one. No customer sees this: it is asked of the store.</summary>
    internal async Task<(string State, Guid? Id)> SpareAsync(string organization, string space)
    {
        var answer = await PsqlAsync(organization, space);
        return answer.Split(' ') is [var state, var id] ? (state, Guid.Parse(id)) : ("none", null);
    }

    // The store lets each user of the machine in as himself (peer), so as its own user.
    private async Task<string> PsqlAsync(string organization, string space)
    {
        var start = new ProcessStartInfo(
            "setpriv",
            [
                "--reuid=" + _user, "--regid=" + _user, "--init-groups", "--", "psql", "-XAtq", "-h", _store.Host!, "-U", _store.Username!, "-d", _store.Database!,
                "-v", "organization=" + organization, "-v", "space=" + space,
            ])
        { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync("""
            select coalesce(case when r.deletion_requested_at is null then r.status->>'state' end, 'unready') || ' ' || r.id
            from platform.resources r join platform.spaces s on s.id = r.space_id join platform.organizations o on o.id = s.organization_id
            where r.spare and o.name = :'organization' and s.name = :'space';
            """);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException("The store can't be asked.");
    }
}
