using System.Globalization;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Npgsql;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>What a rotation of an organization's key tells while it goes on, and what it can't do at its end.</summary>
public sealed partial class RotationTests
{
    [Fact]
    public async Task More_keys_than_one_batch_are_wrapped_anew_and_how_many_are_left_is_told()
    {
        const int more = 120;
        await using var store = await PrepareAsync(o => o with { KeyRetirement = TimeSpan.Zero });
        await using var connection = await store.OpenAsync();
        var keys = store.Get<IResourceKeys>();
        var resources = Enumerable.Range(0, more).Select(_ => Guid.CreateVersion7()).ToList();
        var before = new Dictionary<Guid, Secret>();
        foreach (var (i, id) in resources.Index())
        {
            await store.ExecuteAsync(string.Create(
                CultureInfo.InvariantCulture, $"insert into platform.resources (id, kind, space_id, name, spec, status) values ('{id}', 'postgres', '{Space}', 'more-{i}', '{{}}', '{{}}')"));
            await keys.EnsureAsync(connection, Organization, id, Cancel);
            before[id] = await keys.DeriveAsync(connection, Organization, id, "volume", 64, Cancel);
        }

        // The store notes what the operation says, as whoever watches it would see it.
        await store.ExecuteAsync("""
            create table platform.told (at bigint generated always as identity, message text);
            create function platform.note() returns trigger language plpgsql as $$ begin insert into platform.told (message) values (new.message); return new; end $$;
            create trigger note after update on platform.key_operations for each row execute function platform.note()
            """);
        var active = (await OrganizationKeyTable.ListAsync(connection, Organization, Cancel)).Single(g => g.IsActive);
        var all = await WrappedBlobs.CountAsync(connection, Organization, [], Cancel);
        // Beside those: the two resources' of every test here, and the authorities of a space and of a database.
        Assert.Equal(more + 4, all);
        await KeyOperations.BeginAsync(connection, Organization, "rotate", null, null, Cancel);
        await ReconcileAsync(store);

        var operation = (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown;
        Assert.Equal("succeeded", operation.State);
        Assert.Equal(["new-generation", "rewrapped", "old-destroyed"], operation.Steps.Select(s => s.Name));
        Assert.All(operation.Steps, s => Assert.Equal("done", s.State));
        Assert.Equal(
            [$"{all} keys are yet to be wrapped anew.", $"{all - 50} keys are yet to be wrapped anew.", $"{all - 100} keys are yet to be wrapped anew."],
            (await ToldAsync(connection)).Where(m => m.Contains("are yet to be", StringComparison.Ordinal)));

        var now = (await OrganizationKeyTable.ListAsync(connection, Organization, Cancel)).Single(g => g.IsActive);
        Assert.NotEqual(active.Key.Fingerprint, now.Key.Fingerprint);
        Assert.Equal(0, await WrappedBlobs.CountAsync(connection, Organization, now.Key.Fingerprint, Cancel));
        foreach (var id in resources)
        {
            using var after = await keys.DeriveAsync(connection, Organization, id, "volume", 64, Cancel);
            Assert.Equal(before[id], after);
            before[id].Dispose();
        }
    }

    // A token's policy may let keys be used and made, and leave their deletion to whom they belong to.
    [Fact]
    public async Task Where_the_provider_keeps_destruction_to_its_owner_the_old_generation_is_left_and_the_ledger_says_so()
    {
        await using var vault = await TransitServer.StartAsync();
        await using var store = await PrepareAsync(o => o with { KeyProviders = [vault.Options], DefaultKeyProvider = "vault", KeyRetirement = TimeSpan.Zero });
        await using var connection = await store.OpenAsync();
        vault.KeepsDestruction = true;
        var old = Assert.Single(await OrganizationKeyTable.ListAsync(connection, Organization, Cancel));
        await KeyOperations.BeginAsync(connection, Organization, "rotate", null, null, Cancel);
        await ReconcileAsync(store);

        // It isn't waited for: everything is under the new generation.
        Assert.Equal("succeeded", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.State);
        var generations = await OrganizationKeyTable.ListAsync(connection, Organization, Cancel);
        Assert.Equal(["left", "active"], generations.Select(g => g.State));
        Assert.Equal(0, await WrappedBlobs.CountAsync(connection, Organization, generations[1].Key.Fingerprint, Cancel));
        Assert.Equal(1, await store.CountAsync("platform.organization_keys where state = 'left' and destroyed_at is null"));
        Assert.Contains($"beffroi-{Organization:N}-1", vault.Keys);
        var entry = Assert.Single(await ToldAsync(connection, "select members from platform.ledger_pending where members like '%\"key.destroy\"%'"));
        Assert.Contains("\"outcome\":\"failed\"", entry, StringComparison.Ordinal);
        Assert.Contains("\"generation\":1", entry, StringComparison.Ordinal);
        Assert.Contains(
            $"\"reason\":\"generation 1 in vault, fingerprint {Convert.ToHexStringLower(old.Key.Fingerprint)}: the provider keeps its destruction to its owner\"", entry, StringComparison.Ordinal);

        // Nothing is wrapped or opened with it any more, whether it is there or not.
        Assert.False(generations[0].IsUsable);
    }

    private static async Task<List<string>> ToldAsync(NpgsqlConnection connection, string sql = "select message from platform.told order by at")
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var told = new List<string>();
        while (await reader.ReadAsync(Cancel))
        {
            told.Add(reader.GetString(0));
        }

        return told;
    }
}
