using Beffroi.Agent.Backup;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Tests.Backup;

public sealed class PgBackRestConfigurationTests
{
    private static readonly string One = Guid.NewGuid().ToString("N");
    private static readonly string Two = Guid.NewGuid().ToString("N");

    [Fact]
    public void Each_client_gets_the_stanzas_it_is_named_for_and_no_other()
    {
        var text = PgBackRestConfiguration.Repository(Configuration(), new Dictionary<string, string> { [One] = "p1", [Two] = "p2" });
        Assert.Contains($"tls-server-auth=node-1={One}\n", text, StringComparison.Ordinal);
        Assert.Contains($"tls-server-auth=node-2={Two}\n", text, StringComparison.Ordinal);
        Assert.Contains($"tls-server-auth=reader={One},{Two}\n", text, StringComparison.Ordinal);
        Assert.Contains($"[{One}]\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=p1\n", text, StringComparison.Ordinal);
    }

    /// <summary>pgBackRest's server ends where its configuration lets nobody in: such a repository, of databases that are all stopped, has none.</summary>
    [Fact]
    public void A_repository_without_clients_lets_nobody_in()
    {
        var configuration = Configuration();
        var passphrases = new Dictionary<string, string> { [One] = "p1", [Two] = "p2" };
        Assert.NotEmpty(PgBackRestConfiguration.LetsIn(configuration, passphrases));
        Assert.Empty(PgBackRestConfiguration.LetsIn(configuration, new Dictionary<string, string>()));
        foreach (var stanza in configuration.Stanzas)
        {
            stanza.Nodes.Clear();
            stanza.Readers.Clear();
        }

        Assert.Empty(PgBackRestConfiguration.LetsIn(configuration, passphrases));
        Assert.DoesNotContain("tls-server-auth", PgBackRestConfiguration.Repository(configuration, passphrases), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stanza_without_its_passphrase_is_left_out_altogether()
    {
        var text = PgBackRestConfiguration.Repository(Configuration(), new Dictionary<string, string> { [One] = "p1" });
        Assert.DoesNotContain(Two, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_could_be_more_than_a_name_is_refused()
    {
        var configuration = Configuration();
        configuration.Stanzas[0].Name = "x]\nrepo1-path=/";
        Assert.Throws<InvalidOperationException>(() => PgBackRestConfiguration.Repository(configuration, new Dictionary<string, string> { [configuration.Stanzas[0].Name] = "p" }));
    }

    [Theory]
    [InlineData("time", "2026-11-23 08:00:00.000000+00", true)]
    [InlineData("default", "", true)]
    [InlineData("default", "x", false)]
    [InlineData("lsn", "", false)]
    [InlineData("name", "a\" --repo1-path=/x \"", false)]
    [InlineData("standby", "x", false)]
    public void A_restore_is_one_of_five_kinds_with_a_plain_target(string type, string target, bool accepted)
    {
        var configuration = new PostgresConfiguration { MajorVersion = 17, Restore = new() { Stanza = One, Type = type, Target = target } };
        if (accepted)
        {
            Assert.Equal("beffroi_restore", (string?)RestoreBootstrap.With([], configuration)["method"]);
        }
        else
        {
            Assert.Throws<InvalidOperationException>(() => RestoreBootstrap.With([], configuration));
        }
    }

    [Fact]
    public void While_the_key_of_backups_changes_a_node_archives_to_both_and_the_repository_may_read_it_for_both()
    {
        var configuration = new PostgresConfiguration
        {
            ListenAddress = "10.0.0.2",
            MajorVersion = 17,
            Backup = new() { Stanza = One, Also = { Two }, RepositoryAddress = "10.0.0.9", RepositoryId = "repository" },
            Restore = new() { Stanza = Two, RepositoryAddress = "10.0.0.9", RepositoryId = "repository" },
        };
        var text = PgBackRestConfiguration.Node(configuration);
        Assert.Contains($"tls-server-auth=repository={One},{Two}\n", text, StringComparison.Ordinal);
        Assert.All(new[] { One, Two }, stanza => Assert.Equal(2, text.Split($"[{stanza}]\npg1-path=").Length));
        configuration.Backup.Also[0] = "x]";
        Assert.Throws<InvalidOperationException>(() => PgBackRestConfiguration.Node(configuration));
    }

    private static RepositoryConfiguration Configuration()
    {
        var configuration = new RepositoryConfiguration { ListenAddress = "10.0.0.9", ProcessMax = 2 };
        foreach (var (name, node) in new[] { (One, "node-1"), (Two, "node-2") })
        {
            var stanza = new RepositoryConfiguration.Types.Stanza { Name = name, MajorVersion = 17, Readers = { "reader" } };
            stanza.Nodes.Add(new RepositoryConfiguration.Types.Node { Id = node, Address = "10.0.0.2" });
            configuration.Stanzas.Add(stanza);
        }

        return configuration;
    }
}
