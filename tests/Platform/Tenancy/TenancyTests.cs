using System.Net;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Tenancy;
using Beffroi.Testing;
using Beffroi.Platform.Tests.Identity;

namespace Beffroi.Platform.Tests.Tenancy;

public sealed class TenancyTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_organization_can_be_put_again_but_not_otherwise()
    {
        await using var store = await TestStore.CreateAsync(server);
        var created = await OrganizationAsync(store, "hospital");
        Assert.True(created.Ok && created.Value.IsNew);
        var again = await OrganizationAsync(store, "hospital");
        Assert.True(again.Ok && !again.Value.IsNew && again.Value.Value == created.Value.Value);
        Assert.Equal("name-taken", (await OrganizationAsync(store, "hospital", "eve")).Problem?.Type);
        Assert.Equal(1, await store.CountAsync("platform.principals"));
        var invalid = (await OrganizationAsync(store, "Hospital", "")).Problem;
        Assert.Equal(["organization", "owner"], invalid!.Errors.Select(e => e.Field));
    }

    [Fact]
    public async Task Lists_are_paged_by_name()
    {
        await using var store = await TestStore.CreateAsync(server);
        foreach (var name in new[] { "c", "a", "e", "b", "d" })
        {
            await OrganizationAsync(store, name, token: name);
        }

        await using var connection = await store.OpenAsync();
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = (await store.Get<IOrganizations>().ListAsync(connection, new PageRequest(2, token), Cancel)).Value!;
            names.AddRange(page.Items.Select(o => o.Name));
            token = page.NextPageToken;
        }
        while (token is not null);
        Assert.Equal(["a", "b", "c", "d", "e"], names);
        foreach (var bad in new[] { new PageRequest(0), new PageRequest(1001), new PageRequest(1, "%"), new PageRequest(1, "AAAA"), new PageRequest(1, new string('A', 4000)), new PageRequest(1, "") })
        {
            Assert.Equal("invalid-request", (await store.Get<IOrganizations>().ListAsync(connection, bad, Cancel)).Problem?.Type);
        }
    }

    [Fact]
    public async Task Spaces_made_at_once_get_the_smallest_free_networks_and_a_full_zone_says_so()
    {
        await using var store = await TestStore.CreateAsync(server, o => o with { SpaceRange = IPNetwork.Parse("10.0.0.0/21") });
        var hospital = (await OrganizationAsync(store, "hospital")).Value!.Value;
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SpaceAsync(store, hospital, "s" + i)));
        Assert.Equal(Enumerable.Range(0, 8), made.Select(m => m.Value!.Value.NetworkIndex).Order());
        Assert.Equal(("zone-full", 503), (await SpaceAsync(store, hospital, "more")) is { Problem: { } p } ? (p.Type, p.Status) : default);
        await store.ExecuteAsync("delete from platform.spaces where network_index in (3, 5)");
        Assert.Equal(3, (await SpaceAsync(store, hospital, "more")).Value!.Value.NetworkIndex);
        await store.Get<IOrganizationKeys>().EnsureAsync(hospital.Id, Cancel);
        Assert.Single(Directory.GetFiles(store.Options.KeysDirectory));
    }

    [Fact]
    public async Task The_same_space_made_at_once_is_made_once()
    {
        await using var store = await TestStore.CreateAsync(server);
        var hospital = (await OrganizationAsync(store, "hospital")).Value!.Value;
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SpaceAsync(store, hospital, "eval")));
        Assert.Single(made, m => m.Value!.IsNew);
        Assert.Single(made.Select(m => m.Value!.Value.Id).Distinct());
        Assert.Equal("name-taken", (await SpaceAsync(store, hospital, "eval", "internal")).Problem?.Type);
        Assert.Equal("zone", (await SpaceAsync(store, hospital, "other", zone: "paris")).Problem?.Errors[0].Field);
    }

    [Theory]
    [InlineData("sensitive", "r9-qualification")]
    [InlineData("health", "hds-certificate")]
    public async Task A_zone_of_which_nothing_is_declared_takes_no_protected_data(string classification, string rule)
    {
        await using var store = await TestStore.CreateAsync(server);
        var hospital = (await OrganizationAsync(store, "hospital")).Value!.Value;
        var refused = (await SpaceAsync(store, hospital, "patients", classification)).Problem;
        Assert.Equal("policy-refused", refused?.Type);
        Assert.Contains(rule, refused!.Detail, StringComparison.Ordinal);
        Assert.Equal(0, await store.CountAsync("platform.spaces"));
    }

    [Fact]
    public async Task A_space_that_is_older_than_labels_has_what_its_classification_is_taken_to_mean_and_nobody_stated_it()
    {
        await using var store = await TestStore.CreateAsync(server);
        var hospital = (await OrganizationAsync(store, "hospital")).Value!.Value;
        var id = (await SpaceAsync(store, hospital, "old", "internal")).Value!.Value.Id;
        await store.ExecuteAsync("update platform.spaces set classification = 'health', label = null, label_stated_by = null, label_stated_at = null");
        await using var connection = await store.OpenAsync();
        var policy = await store.Get<IPolicy>().ExplainAsync(connection, id, Cancel);
        Assert.Equal(("health", null, true), (policy.Classification, policy.StatedBy, policy.Label.Health));
        Assert.Contains(policy.Rules, r => r is { Rule: "hds-certificate", Outcome: "refused" });
    }

    private static Task<Result<Creation<Organization>>> OrganizationAsync(TestStore store, string name, string owner = "alice", string token = "token") =>
        store.InTransactionAsync(c => store.Get<IOrganizations>().CreateAsync(c, name, new PutOrganization(owner, IdentityTests.Hash(token)), Cancel));

    private static Task<Result<Creation<SpaceRecord>>> SpaceAsync(TestStore store, Organization organization, string name, string classification = "open", string zone = "local") =>
        store.InTransactionAsync(c => store.Get<ISpaces>().CreateAsync(c, organization, name, new PutSpace(classification, zone), "customer:alice", Cancel));
}
