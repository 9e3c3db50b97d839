using Beffroi.Agent.Postgres;

namespace Beffroi.Agent.Tests.Postgres;

public sealed class CatalogTests
{
    [Theory]
    [InlineData("work_mem=4MB max_connections=60", "work_mem=4MB max_connections=60", true, true)]
    [InlineData("work_mem=4MB max_connections=60 port=5432", "work_mem=4MB max_connections=60", true, true)]
    [InlineData("work_mem=4MB", "work_mem=5MB", false, false)]
    [InlineData("", "work_mem=5MB", false, false)]
    [InlineData("work_mem=4MB jit=off", "work_mem=4MB", false, false)]
    [InlineData("max_locks_per_transaction=64 max_prepared_transactions=0", "", true, true)]
    [InlineData("max_connections=100", "max_connections=60", false, true)]
    [InlineData("max_connections=40", "max_connections=60", false, false)]
    [InlineData("max_locks_per_transaction=128", "", false, true)]
    [InlineData("shared_buffers=128MB", "shared_buffers=64MB", false, false)]
    [InlineData("ssl_ca_file=/a", "", false, false)]
    public void Settings_stand_in_the_file_or_a_replica_keeps_what_its_primary_had(string written, string wanted, bool primary, bool replica)
    {
        Assert.Equal(primary, Catalog.Stand(Pairs(written), Pairs(wanted), replica: false));
        Assert.Equal(replica, Catalog.Stand(Pairs(written), Pairs(wanted), replica: true));
    }

    private static Dictionary<string, string> Pairs(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
}
