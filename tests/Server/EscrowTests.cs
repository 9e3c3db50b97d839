using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform;
using Beffroi.Platform.Keys;
using Beffroi.Testing;
using Beffroi.Transparency.Escrow;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>An organization's escrow through the API, from registration to recovery.</summary>
public sealed class EscrowTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Key = "/v1/organizations/demo/key";
    private const string Escrow = Key + "/escrow";
    private readonly EscrowPrivateKey _escrow = EscrowPrivateKey.FromSeed(Secret.Random(EscrowPrivateKey.SeedLength));
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _escrow.Dispose();
    }

    [Fact]
    public async Task A_public_key_is_registered_shown_exported_and_removed()
    {
        Assert.Null((await TestServer.BodyAsync(await _server.Alice.GetAsync(Escrow)))["fingerprint"]);
        await RefusedAsync(await _server.Alice.GetAsync(Escrow + "/export"), "no-escrow");
        await RefusedAsync(await _server.Alice.DeleteAsync(Escrow), "no-escrow");
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP521);
        foreach (var wrong in new[] { "", "x", key.ExportPkcs8PrivateKeyPem() })
        {
            var refused = await PutAsync(_server.Alice, wrong);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            Assert.Contains("key escrow create", (string)(await TestServer.BodyAsync(refused))["errors"]![0]!["allowed"]!, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(_server.Mallory, _escrow.PublicKey.Pem)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Mallory.GetAsync(Escrow + "/export")).StatusCode);
        await RegisterAsync();
        Assert.Contains(_server.Signals.Keys, k => k.Kind == "organization-key");
        Assert.Equal(_escrow.PublicKey.Fingerprint, (string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Key)))["escrow"]!["fingerprint"]!);
        await RegisterAsync();

        var resource = await ResourceAsync();
        var export = await ExportAsync();
        Assert.Equal(EscrowExport.CurrentFormat, export.Format);
        // Made after the registration, and so sealed at once.
        using var opened = _escrow.Open(new EscrowBinding(export.OrganizationId, resource, "resource-key", 1), export.Keys.Single(k => k.OwnerId == resource).Sealed);
        Assert.NotNull(opened);

        Assert.Equal(HttpStatusCode.OK, (await _server.Alice.DeleteAsync(Escrow)).StatusCode);
        Assert.Null((await TestServer.BodyAsync(await _server.Alice.GetAsync(Key)))["escrow"]);
        await using (var count = _server.Store.CreateCommand("select count(*) from platform.resource_keys where escrow is not null or commitment is not null"))
        {
            Assert.Equal(0L, await count.ExecuteScalarAsync(Cancel));
        }

        await _server.LedgerIntegratedAsync();
        var ledger = await _server.LedgerAsync();
        Assert.Contains(ledger, e => e is { Action: "key.escrow.put", Outcome: "accepted" } && e.Reason == "escrow key " + _escrow.PublicKey.Fingerprint);
        Assert.Contains(ledger, e => e is { Action: "key.escrow.put", Outcome: "accepted", Reason: "unchanged" });
        Assert.Contains(ledger, e => e is { Action: "key.escrow.remove", Outcome: "accepted" });
    }

    [Fact]
    public async Task Under_the_two_person_rule_nobody_alone_registers_replaces_removes_or_recovers()
    {
        using var bob = await SomebodyAsync("bob", "user");
        await RegisterAsync();
        var resource = await ResourceAsync();
        (await _server.Alice.PutAsync("/v1/organizations/demo/safeguards", TestServer.Json("""{ "twoPersonRule": true }"""))).EnsureSuccessStatusCode();
        using var other = EscrowPrivateKey.FromSeed(Secret.Random(EscrowPrivateKey.SeedLength));
        var id = await RefusedAsync(await PutAsync(_server.Alice, other.PublicKey.Pem), "approval-needed");
        await RefusedAsync(await _server.Alice.DeleteAsync(Escrow), "approval-needed");
        (await bob.PostAsync($"/v1/organizations/demo/approvals/{id}/approve", null)).EnsureSuccessStatusCode();
        // For this key alone.
        using var third = EscrowPrivateKey.FromSeed(Secret.Random(EscrowPrivateKey.SeedLength));
        await RefusedAsync(await PutAsync(_server.Alice, third.PublicKey.Pem), "approval-needed");
        (await PutAsync(_server.Alice, other.PublicKey.Pem)).EnsureSuccessStatusCode();
        await RefusedAsync(await PutAsync(_server.Alice, _escrow.PublicKey.Pem), "approval-needed");

        await SqlAsync("insert into platform.organization_seals (organization_id, sealed, reason) select id, true, 'x' from platform.organizations where name = 'demo'");
        var recovered = new RecoveredKey(resource, "resource-key", 1, new byte[32]);
        var waits = await RefusedAsync(await RecoverAsync(_server.Alice, [recovered]), "approval-needed");
        (await bob.PostAsync($"/v1/organizations/demo/approvals/{waits}/approve", null)).EnsureSuccessStatusCode();
        // A refusal for another reason doesn't use the approval up.
        await RefusedAsync(await RecoverAsync(_server.Alice, [recovered]), "escrow-incomplete");
        await RefusedAsync(await RecoverAsync(_server.Alice, [recovered]), "escrow-incomplete");
        await RefusedAsync(await RecoverAsync(bob, [recovered]), "approval-needed");
    }

    [Fact]
    public async Task A_service_account_answers_for_no_escrow_but_may_export()
    {
        using var robot = await SomebodyAsync("robot", "service-account");
        await RefusedAsync(await PutAsync(robot, _escrow.PublicKey.Pem), "person-needed");
        await RegisterAsync();
        await RefusedAsync(await robot.DeleteAsync(Escrow), "person-needed");
        await RefusedAsync(await RecoverAsync(robot, []), "person-needed");
        Assert.Equal(HttpStatusCode.OK, (await robot.GetAsync(Escrow + "/export")).StatusCode);
    }

    [Fact]
    public async Task With_the_key_file_gone_the_organization_is_recovered_with_what_the_shares_opened_and_with_nothing_else()
    {
        await RegisterAsync();
        var resource = await ResourceAsync();
        // What was there before the registration; its reconciler doesn't run here.
        await SqlAsync("delete from platform.authorities where escrow is null and owner_id <> '00000000-0000-0000-0000-000000000000'");
        using var volume = await DeriveAsync(resource);
        var export = await ExportAsync();
        var keys = export.Keys.Select(k =>
        {
            using var key = _escrow.Open(new EscrowBinding(export.OrganizationId, k.OwnerId, k.Purpose, k.Generation), k.Sealed);
            return new RecoveredKey(k.OwnerId, k.Purpose, k.Generation, key!.Reveal().ToArray());
        }).ToList();
        await RefusedAsync(await RecoverAsync(_server.Alice, keys), "not-sealed");

        foreach (var file in Directory.GetFiles(_server.Services.GetRequiredService<PlatformOptions>().KeysDirectory, export.OrganizationId.ToString("N") + "*"))
        {
            File.Delete(file);
        }

        await Assert.ThrowsAsync<KeyRefusedException>(() => DeriveAsync(resource));
        (await _server.Alice.PostAsync(Key + "/seal", null)).EnsureSuccessStatusCode();
        // Not now, when what is sealed may be needed.
        await RefusedAsync(await _server.Alice.DeleteAsync(Escrow), "organization-sealed");
        using var other = EscrowPrivateKey.FromSeed(Secret.Random(EscrowPrivateKey.SeedLength));
        await RefusedAsync(await PutAsync(_server.Alice, other.PublicKey.Pem), "organization-sealed");

        Assert.Equal(HttpStatusCode.NotFound, (await RecoverAsync(_server.Mallory, keys)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await RecoverAsync(_server.Alice, keys, "nowhere")).StatusCode);
        foreach (var wrong in (RecoveredKey[][])[[], [keys[0] with { Key = RandomNumberGenerator.GetBytes(32) }, .. keys[1..]], [keys[0] with { OwnerId = Guid.NewGuid() }, .. keys[1..]]])
        {
            var refused = await RecoverAsync(_server.Alice, wrong);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            Assert.Equal("keys", (string)(await TestServer.BodyAsync(refused))["errors"]![0]!["field"]!);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await _server.Alice.PostAsync(Escrow + "/recover", TestServer.Json("""{ "provider": "software", "keys": 7 }"""))).StatusCode);
        foreach (var wrong in new[] { "{}", """{ "provider": "software" }""", """{ "provider": "software", "keys": [null] }""", """{ "provider": "software", "keys": [{ "purpose": "resource-key" }] }""" })
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _server.Alice.PostAsync(Escrow + "/recover", TestServer.Json(wrong))).StatusCode);
        }

        Assert.Single((await TestServer.BodyAsync(await _server.Alice.GetAsync(Key)))["generations"]!.AsArray());

        // Larger than other bodies may be, with what is nobody's key among them: that is left aside.
        var many = keys.Concat(Enumerable.Range(0, 2000).Select(_ => new RecoveredKey(Guid.NewGuid(), "resource-key", 1, new byte[32]))).ToList();
        var accepted = await RecoverAsync(_server.Alice, many);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("unseal", (string)(await TestServer.BodyAsync(accepted))["verb"]!);
        var shown = await TestServer.BodyAsync(await _server.Alice.GetAsync(Key));
        Assert.Equal("unsealing", (string)shown["state"]!);
        Assert.Equal(["lost", "active"], shown["generations"]!.AsArray().Select(g => (string)g!["state"]!));
        await SqlAsync("update platform.organization_seals set sealed = false");
        Assert.Equal(volume, await DeriveAsync(resource));
        await _server.LedgerIntegratedAsync();
        Assert.Contains(await _server.LedgerAsync(), e => e is { Action: "key.escrow.recover", Outcome: "accepted" } && e.Reason!.Contains("generation 2 in software", StringComparison.Ordinal));
        var secret = Convert.ToBase64String(keys.Single(k => k.OwnerId == resource).Key);
        Assert.DoesNotContain(await _server.LedgerAsync(), e => e.Reason?.Contains(secret, StringComparison.Ordinal) == true);
    }

    private static async Task<string?> RefusedAsync(HttpResponseMessage response, string problem)
    {
        var body = await TestServer.BodyAsync(response);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.EndsWith(":" + problem, (string)body["type"]!, StringComparison.Ordinal);
        return (string?)body["errors"]?.AsArray().FirstOrDefault()?["allowed"];
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient who, string pem) =>
        who.PutAsync(Escrow, TestServer.Json(JsonSerializer.Serialize(new PutEscrow(pem), WireJson.Default.PutEscrow)));

    private static Task<HttpResponseMessage> RecoverAsync(HttpClient who, IReadOnlyList<RecoveredKey> keys, string provider = "software") =>
        who.PostAsync(Escrow + "/recover", TestServer.Json(JsonSerializer.Serialize(new RecoverOrganization(provider, keys), WireJson.Default.RecoverOrganization)));

    private async Task RegisterAsync() => (await PutAsync(_server.Alice, _escrow.PublicKey.Pem)).EnsureSuccessStatusCode();

    private async Task<EscrowExport> ExportAsync() =>
        JsonSerializer.Deserialize(await (await _server.Alice.GetAsync(Escrow + "/export")).EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(Cancel), WireJson.Default.EscrowExport)!;

    /// <summary>A database with a key, as its reconciler makes one.</summary>
    private async Task<Guid> ResourceAsync()
    {
        (await _server.PutAsync("db")).EnsureSuccessStatusCode();
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        await using var find = new Npgsql.NpgsqlCommand("select r.id, s.organization_id from platform.resources r join platform.spaces s on s.id = r.space_id where r.name = 'db'", connection);
        Guid resource, organization;
        await using (var reader = await find.ExecuteReaderAsync(Cancel))
        {
            await reader.ReadAsync(Cancel);
            (resource, organization) = (reader.GetGuid(0), reader.GetGuid(1));
        }

        await _server.Services.GetRequiredService<IResourceKeys>().EnsureAsync(connection, organization, resource, Cancel);
        return resource;
    }

    private async Task<Secret> DeriveAsync(Guid resource)
    {
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        await using var find = new Npgsql.NpgsqlCommand("select id from platform.organizations where name = 'demo'", connection);
        return await _server.Services.GetRequiredService<IResourceKeys>().DeriveAsync(connection, (Guid)(await find.ExecuteScalarAsync(Cancel))!, resource, "volume", 64, Cancel);
    }

    private async Task SqlAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<HttpClient> SomebodyAsync(string name, string kind)
    {
        await using var command = _server.Store.CreateCommand("""
            with p as (insert into platform.principals (id, organization_id, name, kind, accepted_at) select gen_random_uuid(), id, $2, $3, now() from platform.organizations where name = 'demo' returning id, organization_id),
                 g as (insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, 'owner' from p)
            insert into platform.tokens (sha256, principal_id, name, expires_at) select $1, id, 'test', now() + interval '1 hour' from p
            """);
        command.Parameters.Add(new() { Value = SHA256.HashData(Encoding.UTF8.GetBytes("token-of-" + name)) });
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = kind });
        await command.ExecuteNonQueryAsync(Cancel);
        return _server.Client("token-of-" + name);
    }
}
