using System.Text.Json;
using Beffroi.Server.Tests;

namespace Beffroi.WebConsole.Tests;

/// <summary>What an installation that is in use has to show to its operator: hosts, images, a declared zone, quotas, people and a register.</summary>
internal sealed class OperatorScene(TestServer server)
{
    private static readonly string Current = new('a', 64), Older = new('c', 64);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task PlantAsync()
    {
        var soon = DateTime.UtcNow.AddDays(25).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        await PutAsync("sovereignty/entries/server-maker", """{ "kind": "supplier", "name": "Server maker SA", "jurisdiction": "FR", "stops": "at-once", "reason": { "en": "Seat in Lyon.", "fr": "Siège à Lyon." } }""");
        await PutAsync("sovereignty/entries/carrier-a", """{ "kind": "supplier", "name": "Carrier A", "jurisdiction": "US", "stops": "at-once", "reason": { "en": "Seat in Denver.", "fr": "Siège à Denver." } }""");
        await PutAsync("sovereignty/entries/racks", $$"""
            { "kind": "hardware", "name": "Servers of rack 4", "supplier": "server-maker", "stops": "at-failure", "expires": "{{soon}}", "carries": [{ "id": "software:host-system" }],
              "reason": { "en": "They run until a part breaks that nobody else sells.", "fr": "Ils tournent jusqu’à la panne d’une pièce que personne d’autre ne vend." } }
            """);
        await PutAsync("zones/local", $$"""
            { "country": "FR", "operator": "Hospital group", "commercial": false, "isolation": "container", "sites": [{ "name": "north", "country": "FR" }, { "name": "south", "country": "FR" }],
              "owners": [{ "name": "Holding", "outsideEu": false, "capital": 70, "votes": 70 }, { "name": "Region", "outsideEu": false, "capital": 30, "votes": 30 },
                         { "name": "Fund", "outsideEu": true, "capital": 20, "votes": 10, "through": "Holding" }, { "name": "Family", "outsideEu": false, "capital": 80, "votes": 90, "through": "Holding", "controls": true }],
              "qualifications": [{ "kind": "hds", "by": "A certification body", "reference": "HDS-1", "from": "2026-01-01", "until": "{{soon}}", "activities": [1, 2, 3, 4, 6] },
                                 { "kind": "secnumcloud", "by": "ANSSI", "reference": "SNC-17", "from": "2026-02-01", "until": "2029-01-31" }],
              "foreignLaws": [{ "law": "CLOUD Act", "country": "US", "entry": "carrier-a", "on": "2026-11-01", "mitigation": { "en": "It carries encrypted packets only.", "fr": "Il ne porte que des paquets chiffrés." } }] }
            """);
        await PutAsync("organizations/demo/quota", """{ "cpus": 16, "memory": "64GiB", "storage": "1TiB", "resources": { "postgres": 10 } }""");
        await PutAsync("price-list", $$"""{ "from": "{{soon}}", "currency": "EUR", "cpuHour": 0.023, "memoryGiBHour": 0.0042, "storageGiBHour": 0.00014, "backupGiBHour": 0.00004 }""");
        await Person.EnrolOperatorAsync(server, "ada", "platform-auditor");
        await PutAsync("operators/noah", $$"""{ "roles": ["support", "capacity"], "invitationSha256": "{{Authenticator.Sha256("bfi_noah")}}" }""");
        await HostAsync("host-north-1", "20 minutes", 41L << 30, 2600L << 30);
        await HostAsync("host-north-2", "-17 minutes", 9L << 30, 480L << 30);
        await File.WriteAllTextAsync($"{server.ImagesDirectory}/{Current}.cdx.json", Bill("2026-11-20T08:15:00Z", "13.8+deb13u2", "17.6-0+deb13u1"), Cancel);
        await File.WriteAllTextAsync($"{server.ImagesDirectory}/{Older}.cdx.json", Bill("2026-09-02T07:40:00Z", "13.8+deb13u1", "17.5-1"), Cancel);
        await server.LedgerIntegratedAsync();
    }

    private static string Bill(string at, string release, string postgres) => $$"""
        { "metadata": { "timestamp": "{{at}}" }, "components": [{ "name": "beffroi-agent", "version": "0123abcd4567" }, { "name": "base-files", "version": "{{release}}", "purl": "pkg:deb/debian/x" },
          { "name": "postgresql-17", "version": "{{postgres}}", "purl": "pkg:deb/debian/x" }] }
        """;

    private async Task PutAsync(string path, string json)
    {
        var answer = await TestServer.SendAsync(server.Administrator, HttpMethod.Put, "/operator/v1/" + path, json);
        Assert.True(answer.IsSuccessStatusCode, path + await answer.Content.ReadAsStringAsync(Cancel));
    }

    // As the watch over the hosts keeps it. One stays heard for as long as the pictures take.
    private async Task HostAsync(string name, string heard, long memory, long storage)
    {
        var report = JsonSerializer.Serialize(new
        {
            Facts = new
            {
                Name = name,
                StartedAt = "2026-10-05T06:12:00+00:00",
                Cpus = 32,
                Load = 6.4,
                MemoryBytes = 256L << 30,
                StorageBytes = 7L << 40,
                StorageAvailableBytes = storage,
                System = "Debian GNU/Linux 13 (trixie)",
                Kernel = "6.12.48+deb13-amd64",
                Incus = "6.0.4",
                Program = "0.9.0",
            },
            AvailableMemoryBytes = memory,
            Instances = 23,
            InstancesRunning = 22,
            Volumes = 24,
            Images = new Dictionary<string, string> { ["postgres"] = Current },
            InstancesByImage = new Dictionary<string, int> { [Current] = 20, [Older] = 3 },
        });
        await using var command = server.Store.CreateCommand("insert into platform.hosts (zone, name, heard_at, report) values ('local', $1, now() + $2::interval, $3)");
        command.Parameters.AddRange(new Npgsql.NpgsqlParameter[] { new() { Value = name }, new() { Value = heard }, new() { Value = report } });
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
