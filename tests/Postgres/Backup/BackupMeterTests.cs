using Beffroi.Contracts.Agents;
using Beffroi.Services.Postgres.Backup;

namespace Beffroi.Postgres.Tests.Backup;

public sealed class BackupMeterTests
{
    [Fact]
    public void What_is_told_in_full_is_summed_and_the_rest_is_not_known()
    {
        var (two, none, silent, cut) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var facts = new Facts
        {
            Repository = new RepositoryFacts
            {
                Stanzas =
                {
                    Stanza(two, ready: false, 100, 20), Stanza(none, ready: true), Stanza(silent, ready: false), Stanza(cut, ready: true, [.. Enumerable.Repeat(1L, 60)]),
                    new StanzaFacts { Name = "else", Ready = true },
                },
            },
        };
        var known = BackupMeter.Sum([facts, new Facts()], new Dictionary<Guid, Guid>());
        Assert.Equal(new Dictionary<Guid, long> { [two] = 120, [none] = 0 }, known);
    }

    [Fact]
    public void What_lies_under_several_keys_is_one_databases()
    {
        var (database, second, other, unknown) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var facts = new Facts
        {
            Repository = new RepositoryFacts { Stanzas = { Stanza(database, ready: true, 100), Stanza(second, ready: true, 20), Stanza(other, ready: true, 7), Stanza(unknown, ready: false) } },
        };
        var known = BackupMeter.Sum([facts], new Dictionary<Guid, Guid> { [database] = database, [second] = database, [unknown] = other });
        Assert.Equal(new Dictionary<Guid, long> { [database] = 120 }, known);
    }

    private static StanzaFacts Stanza(Guid database, bool ready, params IReadOnlyList<long> added) =>
        new() { Name = database.ToString("N"), Ready = ready, Backups = { added.Select(bytes => new BackupFacts { SizeBytes = 1 << 20, AddedBytes = bytes }) } };
}
