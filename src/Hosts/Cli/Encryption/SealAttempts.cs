using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Keys;

namespace Beffroi.Hosts.Cli.Encryption;

/// <summary>What is tried to get past a seal: as the customer by the API, and as root of the host by Incus, which is not asked by the platform.</summary>
/// <param name="api">With the customer's own permissions, or a refusal says nothing of the seal.</param>
/// <param name="space">Whose databases.</param>
/// <param name="volumes">Below which the platform mounts volumes while they are open.</param>
/// <param name="incus">Runs the command <c>incus</c> in the space's project.</param>
/// <param name="note">Told each attempt: what, what keeps the promise, what came of it, and whether that is the same.</param>
internal sealed class SealAttempts(
    ApiClient api, SpaceName space, string volumes, Func<string[], CancellationToken, Task<(int Code, string Output, string Error)>> incus, Action<string, string, string, bool> note)
{
    /// <summary>What a restored instance is called while it is tried.</summary>
    private const string Restored = "restored-while-sealed";

    /// <summary>A file of every image, which is not the customer's: that it is given shows that Incus was really asked for files.</summary>
    private const string ImageFile = "/etc/passwd";

    /// <summary>Starts, restores and reads of the API.</summary>
    public async Task AskAsync(string database, CancellationToken cancellationToken)
    {
        await AskAsync("a database's credentials, of the API", () => api.GetAsync(Paths.Credentials(space, database), ApiClient.Wire.PostgresCredentials, cancellationToken));
        await AskAsync("the start of a database, of the API", () => StartAsync(database, cancellationToken));
        await AskAsync("the restart of a database, of the API", () => api.PostAsync(Paths.Postgres(space, database) + "/restart", ApiClient.Wire.Operation, cancellationToken));
        // Given against the promise it would be there: its name says what it is.
        await AskAsync("a restore of a database to a new one, of the API", () => api.ChangeAsync(
            HttpMethod.Post, Paths.Postgres(space, database) + "/restores", new RestorePostgres(Restored), ApiClient.Wire.RestorePostgres,
            ApiClient.Wire.ResourcePostgresSpecPostgresStatus, Preconditions.None, cancellationToken));
        await AskAsync("a new generation of the key, of the API", () => KeyCommands.RotateAsync(api, space.Organization, null, cancellationToken));
    }

    /// <summary>Root has Incus start the instances.</summary>
    public async Task ForceAsync(CancellationToken cancellationToken)
    {
        var instances = await InstancesAsync(cancellationToken);
        var started = 0;
        foreach (var instance in instances)
        {
            if ((await incus(["start", instance.Name], cancellationToken)).Code == 0)
            {
                started++;
                await incus(["stop", "--force", instance.Name], CancellationToken.None);
            }
        }

        note($"start {instances.Count} instances by Incus, past the platform, as root", "none starts", started == 0 ? "none starts" : $"{started} start", started == 0 && instances.Count > 0);
    }

    /// <summary>
    /// Root has Incus restore the instances, and their snapshots if somebody made any, each to a new instance, and start that. It has no network: the addresses are the platform's, and a clash of
    /// them would be refused for a reason of its own.
    /// </summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var sources = (await InstancesAsync(cancellationToken)).SelectMany(instance => instance.Snapshots.Prepend(instance.Name), (instance, source) => (source, instance.Networks)).ToList();
        var (tried, started) = (0, 0);
        foreach (var (source, networks) in sources)
        {
            try
            {
                var (code, _, error) = await incus(["copy", source, Restored, .. networks.SelectMany(device => new[] { "--device", device + ",type=none" })], cancellationToken);
                // Incus has no instance whose volume isn't there, and says so at once.
                tried += code == 0 || error.Contains(volumes + "/", StringComparison.Ordinal) ? 1 : 0;
                started += code == 0 && (await incus(["start", Restored], cancellationToken)).Code == 0 ? 1 : 0;
            }
            finally
            {
                await incus(["delete", "--force", Restored], CancellationToken.None);
            }
        }

        note(
            $"restore {sources.Count} instances and snapshots by Incus, past the platform, as root", "none starts",
            started > 0 ? $"{started} start" : tried < sources.Count ? $"none starts, but {sources.Count - tried} can't be copied for another reason: this shows nothing" : "none starts",
            started == 0 && tried == sources.Count && tried > 0);
    }

    /// <summary>Root has Incus give out what lies where the instances have their volumes.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var instances = await InstancesAsync(cancellationToken);
        var (files, unasked) = (0, 0);
        foreach (var instance in instances)
        {
            // A VM gives no file while it is off, whatever lies in it.
            unasked += instance.Container && (await incus(["file", "pull", instance.Name + ImageFile, "-"], cancellationToken)).Code != 0 ? 1 : 0;
            foreach (var path in instance.Volumes)
            {
                files += await PullAsync(instance.Name + path, cancellationToken);
            }
        }

        var volumesOf = instances.Sum(instance => instance.Volumes.Count);
        note(
            $"read {volumesOf} volumes of {instances.Count} instances by Incus, past the platform, as root", "no file is given",
            files > 0 ? $"{files} files are given" : unasked > 0 ? $"no file is given, nor one of the image by {unasked} instances: this shows nothing" : "no file is given",
            files == 0 && unasked == 0 && volumesOf > 0);
    }

    private async Task<int> PullAsync(string what, CancellationToken cancellationToken)
    {
        // Of this user alone: if anything is given after all, it is the customer's.
        var folder = Directory.CreateTempSubdirectory("beffroi-verify-").FullName;
        try
        {
            await incus(["file", "pull", "--recursive", what, folder], cancellationToken);
            return Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Count();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<List<(string Name, bool Container, List<string> Volumes, List<string> Networks, List<string> Snapshots)>> InstancesAsync(CancellationToken cancellationToken)
    {
        var (code, list, _) = await incus(["list", "--format", "json"], cancellationToken);
        // Of none at all, nothing is shown: an attempt on them is not passed.
        return code != 0
            ? []
            : [.. JsonNode.Parse(list)!.AsArray().Select(instance => (
                (string)instance!["name"]!,
                (string?)instance["type"] == "container",
                instance["devices"]!.AsObject()
                    .Where(device => ((string?)device.Value?["source"])?.StartsWith(volumes + "/", StringComparison.Ordinal) == true)
                    .Select(device => (string)device.Value!["path"]!).ToList(),
                instance["devices"]!.AsObject().Where(device => (string?)device.Value?["type"] == "nic").Select(device => device.Key).ToList(),
                instance["snapshots"]?.AsArray().Select(snapshot => $"{instance["name"]}/{snapshot!["name"]}").ToList() ?? []))];
    }

    private async Task StartAsync(string database, CancellationToken cancellationToken)
    {
        var path = Paths.Postgres(space, database);
        var seen = await api.GetAsync(path, ApiClient.Wire.ResourcePostgresSpecPostgresStatus, cancellationToken);
        await api.ChangeAsync(
            HttpMethod.Put, path, new PutResource<PostgresSpec>(seen.Spec with { Stopped = false }, seen.Labels), ApiClient.Wire.PutResourcePostgresSpec,
            ApiClient.Wire.ResourcePostgresSpecPostgresStatus, new Preconditions(IfMatch: seen.Etag), cancellationToken);
    }

    private async Task AskAsync(string what, Func<Task> ask)
    {
        try
        {
            await ask();
            note(what, "refused", "given", false);
        }
        catch (ProblemException e)
        {
            // Refused because of the seal: a request that is wrong in itself would be refused as well, and show nothing.
            note(what, "refused", $"refused: {e.Problem.Title}", e.ExitCode == ExitCode.Refused && e.Problem.Type.EndsWith(":organization-sealed", StringComparison.Ordinal));
        }
    }
}
