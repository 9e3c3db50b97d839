using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Google.Protobuf;

namespace Beffroi.Agent.Backup;

/// <summary>
/// Does what is due in the repository, one thing at a time: sets stanzas up, makes backups by schedule and on request, lets old ones go, and
/// runs restore drills. Goes on while the control plane is away.
/// </summary>
internal sealed class RepositoryWork(IBackupTool tool, RestoreDrill drill, NodeState state, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(10);
    private const int KeptDrills = 5;

    private readonly Change _wanted = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StanzaFacts> _facts = [];
    private readonly Dictionary<string, DateTimeOffset> _checked = [];
    private readonly Dictionary<string, DateTimeOffset> _notBefore = [];
    private readonly HashSet<string> _read = [];
    private RepositoryConfiguration? _configuration;
    private HashSet<string> _usable = [];

    /// <summary>What is known of each stanza.</summary>
    internal IReadOnlyList<StanzaFacts> Facts
    {
        get
        {
            lock (_lock)
            {
                return [.. _facts.Values.Select(f => f.Clone())];
            }
        }
    }

    /// <summary>From now on; <paramref name="usable"/> are the stanzas whose passphrase is there.</summary>
    internal void Want(RepositoryConfiguration configuration, HashSet<string> usable)
    {
        lock (_lock)
        {
            if (configuration.Equals(_configuration) && usable.SetEquals(_usable))
            {
                return;
            }

            (_configuration, _usable) = (configuration, usable);
            foreach (var gone in _facts.Keys.Where(name => configuration.Stanzas.All(s => s.Name != name)).ToList())
            {
                _facts.Remove(gone);
            }

            _notBefore.Clear();
        }

        _wanted.Notify();
    }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            List<RepositoryConfiguration.Types.Stanza> stanzas;
            lock (_lock)
            {
                stanzas = [.. _configuration?.Stanzas.Where(s => _usable.Contains(s.Name)) ?? []];
            }

            // Before anything waits for a database that may be gone: others are restored from what is here.
            foreach (var stanza in stanzas.Where(s => !_read.Contains(s.Name)))
            {
                await LookAsync(stanza, cancellationToken);
            }

            var again = false;
            foreach (var stanza in stanzas)
            {
                again |= await TryAsync(stanza, cancellationToken);
            }

            await _wanted.WaitAsync(again ? TimeSpan.FromSeconds(1) : Interval, cancellationToken);
        }
    }

    public void Dispose() => _wanted.Dispose();

    private async Task LookAsync(RepositoryConfiguration.Types.Stanza stanza, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(stanza, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            Log.Write($"Stanza {stanza.Name}: {e.Message}");
        }
    }

    private async Task<bool> TryAsync(RepositoryConfiguration.Types.Stanza stanza, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_notBefore.TryGetValue(stanza.Name, out var later) && now < later)
        {
            return false;
        }

        try
        {
            var again = await StanzaAsync(stanza, now, cancellationToken);
            Tell(stanza.Name, facts => (facts.Ready, facts.Problem, facts.Running) = (true, "", ""));
            return again;
        }
#pragma warning disable CA1031 // Whatever goes wrong with one stanza is told and tried again; the others go on.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.Write($"Stanza {stanza.Name}: {e.Message}");
            lock (_lock)
            {
                _notBefore[stanza.Name] = time.GetUtcNow() + RetryAfter;
                _checked.Remove(stanza.Name);
            }

            Tell(stanza.Name, facts => (facts.Ready, facts.Problem, facts.Running) = (false, Short(e.Message), ""));
            return false;
        }
    }

    // True if there may be more to do at once.
    private async Task<bool> StanzaAsync(RepositoryConfiguration.Types.Stanza stanza, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(stanza, cancellationToken);
        if (stanza.Nodes.Count > 0 && (found is null || !_checked.TryGetValue(stanza.Name, out var at) || now - at > CheckInterval))
        {
            await tool.EnsureStanzaAsync(stanza.Name, cancellationToken);
            _checked[stanza.Name] = time.GetUtcNow();
            found = await ReadAsync(stanza, cancellationToken);
        }

        if (found is null || BackupPlan.Due(stanza, found, now) is not { } due)
        {
            return false;
        }

        Tell(stanza.Name, facts => facts.Running = due.Type);
        if (due.Type == "drill")
        {
            Keep(stanza.Name, await drill.RunAsync(stanza, found, due.Id, cancellationToken));
            return true;
        }

        await tool.BackupAsync(stanza.Name, due, cancellationToken);
        found = await ReadAsync(stanza, cancellationToken) ?? throw new InvalidOperationException("The backup that was made can't be found.");
        if (BackupPlan.FullsToKeep(stanza, found, time.GetUtcNow()) is { } fulls)
        {
            await tool.ExpireAsync(stanza.Name, fulls, cancellationToken);
            await ReadAsync(stanza, cancellationToken);
        }

        return true;
    }

    // What lies here, whether or not its database is still there; null if nothing does.
    private async Task<StanzaFacts?> ReadAsync(RepositoryConfiguration.Types.Stanza stanza, CancellationToken cancellationToken)
    {
        var found = await tool.FindAsync(stanza.Name, cancellationToken);
        if (found is null)
        {
            return null;
        }

        if (!_read.Contains(stanza.Name))
        {
            // Once after each start: backups that lie in the repository and that its catalogue doesn't name are found again, as after a repair.
            await tool.ExpireAsync(stanza.Name, int.MaxValue, cancellationToken);
            found = await tool.FindAsync(stanza.Name, cancellationToken) ?? found;
            _read.Add(stanza.Name);
        }

        found.Drills.AddRange(Drills(stanza.Name).Drills);
        Tell(stanza.Name, facts => Take(facts, found));
        return found;
    }

    private static void Take(StanzaFacts facts, StanzaFacts found)
    {
        facts.Backups.Clear();
        facts.Backups.AddRange(found.Backups);
        (facts.WalMin, facts.WalMax) = (found.WalMin, found.WalMax);
        if (found.Drills.Count > 0)
        {
            facts.Drills.Clear();
            facts.Drills.AddRange(found.Drills);
        }
    }

    private void Tell(string stanza, Action<StanzaFacts> change)
    {
        bool news;
        lock (_lock)
        {
            if (_configuration?.Stanzas.All(s => s.Name != stanza) ?? true)
            {
                return;
            }

            if (!_facts.TryGetValue(stanza, out var facts))
            {
                _facts[stanza] = facts = new StanzaFacts { Name = stanza };
            }

            var before = facts.Clone();
            change(facts);
            news = !before.Equals(facts);
        }

        if (news)
        {
            state.FactsChanged.Notify();
        }
    }

    private static StanzaFacts Drills(string stanza)
    {
        var path = BackupPaths.Drills + "/" + stanza;
        return File.Exists(path) ? StanzaFacts.Parser.ParseFrom(File.ReadAllBytes(path)) : new StanzaFacts();
    }

    private static void Keep(string stanza, DrillFacts done)
    {
        var all = Drills(stanza).Drills.Append(done).TakeLast(KeptDrills);
        Files.PrivateFile.Write(BackupPaths.Drills + "/" + stanza, new StanzaFacts { Drills = { all } }.ToByteArray(), Files.Account.Root);
    }

    // The tool's last words say what is wrong; the beginning is the command line.
    private static string Short(string message)
    {
        var error = message.LastIndexOf("ERROR:", StringComparison.Ordinal);
        return (error >= 0 ? message[error..] : message).ReplaceLineEndings(" ").Shortened(300);
    }
}
