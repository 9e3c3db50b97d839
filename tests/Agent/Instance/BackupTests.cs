using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;
using Beffroi.Testing;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>A database, its repository and what is restored from it: three instances of the image, each with the real agent and the real pgBackRest.</summary>
public sealed class BackupTests(PostgresImage image, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Pushing = "cd /data/postgresql/17/pg_wal";
    private static readonly string Stanza = Guid.NewGuid().ToString("N");
    private static readonly string Second = Guid.NewGuid().ToString("N");
    private readonly TestAuthority _peers = new("test peers");
    private TestInstance _database = null!;
    private TestInstance _repository = null!;
    private TestInstance _restored = null!;

    public async ValueTask InitializeAsync()
    {
        _database = new TestInstance(image, 1, _peers);
        _repository = new TestInstance(image, 2, _peers);
        _restored = new TestInstance(image, 3, _peers);
        await _database.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _restored.DisposeAsync();
        await _repository.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_database_is_backed_up_restored_to_a_moment_and_proven()
    {
        // WAL waits until there is a repository; the database serves meanwhile.
        await _database.ExecuteAsync("create table kept as select generate_series(1, 1000) as id");
        await _repository.StartAsync(new DesiredConfiguration { Repository = Repository() });
        var configuration = _database.Configuration();
        configuration.Backup = new() { Stanza = Stanza, RepositoryAddress = _repository.Address.ToString(), RepositoryId = _repository.Id };
        // More than what is restored from it has: recovery goes by the more, and what comes of it has what was asked for.
        (configuration.Parameters["max_connections"], configuration.Restart) = ("150", "more");
        _database.Plane.Want(configuration);
        await _database.Plane.WaitAsync(f => f.Postgres is { Restarted: "more", PendingRestart: false, Ready: true }, "it has more connections");

        var first = await BackedUpAsync(s => s is { Ready: true, Backups.Count: > 0 }, "there is a first backup");
        Assert.Equal("full", first.Backups[0].Type);
        await RepositoryGoesAwayAsync();
        await WhatIsLockedIsAskedForAgainAsync();
        await _database.ExecuteAsync("insert into kept values (1001)");

        // A restore to a time begins from a backup of a second before it.
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        var good = await _database.ScalarAsync<DateTime>("select clock_timestamp()");
        await _database.ExecuteAsync("delete from kept");
        await SwitchWhenBeatenAsync();
        var archive = (await _database.Plane.WaitAsync(
            f => f.Postgres.Archive is { } a && DateTimeOffset.FromUnixTimeMilliseconds(a.RestorableUntil) > good, "WAL beyond the moment is archived")).Postgres.Archive;
        Assert.True(archive is { Configured: true, Failing: false });

        _repository.Plane.Want(new DesiredConfiguration { Repository = Repository(new() { Id = "asked", Type = "incr", Label = "mine" }, _restored.Id) });
        var asked = await BackedUpAsync(s => s.Backups.Any(b => b.RequestId == "asked"), "the backup that was asked for is made");
        Assert.Equal("mine", asked.Backups.Single(b => b.RequestId == "asked").Label);

        await TheKeyChangesAsync();

        // The moment is before the change: what was backed up under the earlier key has it.
        var restored = _restored.Configuration();
        restored.Restore = new()
        {
            Stanza = Stanza,
            RepositoryAddress = _repository.Address.ToString(),
            RepositoryId = _repository.Id,
            Type = "time",
            Target = good.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.ffffff", System.Globalization.CultureInfo.InvariantCulture) + "+00",
        };
        var clock = await _restored.StartAsync(new DesiredConfiguration { Postgres = restored });
        await _restored.AnswersAsync();
        output.WriteLine($"restored and answering after {clock.Elapsed.TotalSeconds:F1} s");
        Assert.Equal(1001L, await _restored.ScalarAsync<long>("select count(*) from kept"));
        Assert.Equal(0L, await _database.ScalarAsync<long>("select count(*) from kept"));
        Assert.Equal("100", await _restored.ScalarAsync<string>("show max_connections"));
        await _restored.Plane.WaitAsync(f => f.Postgres is { Ready: true, PendingRestart: false }, "it is ready");

        // Of what is backed up now.
        var latest = Repository();
        latest.Stanzas[0].Nodes.Clear();
        latest.Stanzas.Add(StanzaOf(Second, new() { Id = "drill", Type = "drill" }));
        _repository.Plane.Want(new DesiredConfiguration { Repository = latest });
        var drill = (await BackedUpAsync(s => s.Drills.Any(d => d.Id == "drill"), "the drill is over", Second)).Drills.Single(d => d.Id == "drill");
        output.WriteLine(drill.ToString());
        Assert.True(drill.Passed, drill.Finding);
        Assert.Equal(32, drill.ContentSha256.Length);
        Assert.Equal("", (await _repository.InAsync("ls", "/data/drill")).Replace("run", "", StringComparison.Ordinal).Trim());

        // What lies in the repository is encrypted; another database's node is not let in.
        Assert.StartsWith("Salted__", await _repository.InAsync("head", "-c", "8", $"/data/repository/backup/{Stanza}/backup.info"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _restored.InAsync("sh", "-c", "pgbackrest --config=/data/backup/pgbackrest.conf --stanza=" + Stanza + " repo-ls archive"));
    }

    // Backups go over to another passphrase, and no WAL is missing on either side: not while the repository knows nothing of it yet, and not when the earlier one ends.
    private async Task TheKeyChangesAsync()
    {
        var repository = Repository(readers: [_restored.Id]);
        var second = StanzaOf(Second);
        second.Nodes.Clear();
        second.Readers.Add(_database.Id);
        repository.Stanzas.Add(second);
        _repository.Plane.Want(new DesiredConfiguration { Repository = repository });
        await _repository.Plane.AppliedAsync(f => f.Repository is { Serving: true });
        await _database.Plane.ApplyAsync(c => c.Backup.Also.Add(Second));
        await AllArchivedAsync();

        second.Readers.Clear();
        second.Nodes.Add(StanzaOf(Second).Nodes);
        _repository.Plane.Want(new DesiredConfiguration { Repository = repository });
        var first = await BackedUpAsync(s => s is { Ready: true, Backups.Count: > 0 }, "there is a first backup under the new key", Second);
        Assert.Equal(["full"], first.Backups.Select(b => b.Type));
        await WhatIsLockedIsAskedForAgainAsync();

        repository.Stanzas[0].Nodes.Clear();
        repository.Stanzas[0].Readers.Add(_database.Id);
        await _database.Plane.ApplyAsync(c =>
        {
            c.Backup.Stanza = Second;
            c.Backup.Also.Clear();
        });
        _repository.Plane.Want(new DesiredConfiguration { Repository = repository });
        await AllArchivedAsync();
        var (earlier, later) = (await ArchivedAsync(Stanza), await ArchivedAsync(Second));
        // Both have what is between the end of the new one's first backup and the last of the earlier one.
        var both = earlier.Union(later).Where(s => string.CompareOrdinal(s, SegmentOf(first.Backups[0].LsnStop)) >= 0 && string.CompareOrdinal(s, earlier[^1]) <= 0).ToList();
        Assert.NotEmpty(both);
        Assert.Equal(both, both.Intersect(earlier).Intersect(later));
        await AllArchivedAsync();
        Assert.Equal(earlier, await ArchivedAsync(Stanza));
        Assert.True((await ArchivedAsync(Second)).Count > later.Count);
    }

    // Of the first timeline, at 16 MiB each.
    private static string SegmentOf(string lsn) => lsn.Split('/') is [var high, var low]
        ? $"00000001{Convert.ToUInt32(high, 16):X8}{Convert.ToUInt32(low, 16) >> 24:X8}"
        : throw new FormatException(lsn);

    // Segments, oldest first.
    private async Task<List<string>> ArchivedAsync(string stanza) =>
        [.. (await _repository.InAsync("find", $"/data/repository/archive/{stanza}", "-name", "*.zst", "-printf", "%f\n"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => name[..24]).Where(name => !name.Contains('.', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    // The database goes on, says so, and catches up by itself.
    private async Task RepositoryGoesAwayAsync()
    {
        await _repository.InAsync("systemctl", "mask", "--runtime", "--now", "beffroi-backup.service");
        await _database.ExecuteAsync("create table meanwhile as select 1 as id");
        await _database.InAsync("su", "postgres", "-s", "/bin/sh", "-c", "psql -XAtq -c 'select pg_switch_wal()'");
        var away = await _database.Plane.WaitAsync(f => f.Postgres.Archive is { Failing: true }, "a repository that is away is told");
        Assert.True(away.Postgres is { Ready: true, Archive: { FailingSince: > 0, WaitingBytes: > 0 } });
        await _repository.InAsync("systemctl", "unmask", "--runtime", "beffroi-backup.service");
        // The archiver that has given up for a minute looks again at once.
        await _database.InAsync("su", "postgres", "-s", "/bin/sh", "-c", "sleep 2; psql -XAtq -c 'select pg_reload_conf()'");
        await _database.Plane.WaitAsync(f => f.Postgres.Archive is { Failing: false, WaitingBytes: 0 }, "what waited is archived");
    }

    // As after a crash, when the notes of what is archived are lost: what the host has locked by then can't be written again, and WAL goes on being archived.
    private async Task WhatIsLockedIsAskedForAgainAsync()
    {
        // The first timeline has none, so that nothing ever reads this one.
        await _database.InAsync("su", "postgres", "-s", "/bin/sh", "-c", Pushing + " && echo '# none' > 00000001.history && touch archive_status/00000001.history.ready");
        await AllArchivedAsync();
        var archive = _repository.VolumeDirectory + "/repository/archive";
        await Commands.RunAsync("find", [archive, "-type", "f", "-not", "-name", "*.info*", "-exec", "chattr", "+i", "{}", ";"]);
        try
        {
            await _database.InAsync(
                "su", "postgres", "-s", "/bin/sh", "-c",
                Pushing + " && rm archive_status/*.done && for f in *.backup *.history; do touch archive_status/$f.ready; done");
            await AllArchivedAsync();
        }
        finally
        {
            await Commands.RunAsync("chattr", ["-R", "-i", archive]);
        }
    }

    // The agent's heartbeat comes within half a minute of a write; PostgreSQL would end the segment a minute later by itself.
    private async Task SwitchWhenBeatenAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(36), TestContext.Current.CancellationToken);
        await SwitchAsync();
    }

    private Task<string> SwitchAsync() =>
        _database.InAsync("su", "postgres", "-s", "/bin/sh", "-c", "psql -XAtq -c \"select pg_logical_emit_message(true, 'test', 'x')\" -c 'select pg_switch_wal()'");

    private async Task AllArchivedAsync()
    {
        await SwitchAsync();
        await _database.InAsync("timeout", "90", "sh", "-c", Pushing + " && while ls archive_status/*.ready >/dev/null 2>&1; do sleep 0.2; done");
    }

    private async Task<StanzaFacts> BackedUpAsync(Func<StanzaFacts, bool> condition, string what, string? stanza = null)
    {
        var facts = await _repository.Plane.WaitAsync(f => f.Repository?.Stanzas.FirstOrDefault(s => s.Name == (stanza ?? Stanza)) is { } s && condition(s), what);
        return facts.Repository.Stanzas.Single(s => s.Name == (stanza ?? Stanza));
    }

    private RepositoryConfiguration Repository(RepositoryConfiguration.Types.Request? request = null, params string[] readers) =>
        new() { ListenAddress = _repository.Address.ToString(), ProcessMax = 2, Stanzas = { StanzaOf(Stanza, request, readers) } };

    private RepositoryConfiguration.Types.Stanza StanzaOf(string name, RepositoryConfiguration.Types.Request? request = null, params string[] readers)
    {
        var stanza = new RepositoryConfiguration.Types.Stanza
        {
            Name = name,
            MajorVersion = 17,
            KeepDays = 23,
            KeepFulls = 2,
            FullEveryDays = 7,
            IncrementalEveryHours = 24,
            DrillEveryDays = 7,
        };
        stanza.Nodes.Add(new RepositoryConfiguration.Types.Node { Id = _database.Id, Address = _database.Address.ToString() });
        stanza.Readers.AddRange(readers);
        if (request is not null)
        {
            stanza.Requests.Add(request);
        }

        return stanza;
    }
}
