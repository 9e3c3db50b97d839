using System.Net;
using System.Text.Json.Nodes;

namespace Beffroi.Server.Tests;

/// <summary>Whoever holds the key withdraws it at its provider, while everything serves: that seals, as they would have by hand.</summary>
public sealed partial class SealLifeTests
{
    [Theory]
    [InlineData("vault")]
    [InlineData("remote")]
    public async Task A_provider_that_refuses_closes_everything_and_once_it_permits_again_all_is_as_it_was(string provider)
    {
        if (provider == "remote")
        {
            hsm.Token.Serve();
        }

        try
        {
            await CreateAsync("one", "single");
            await CreateAsync("three", "ha");
            await EventuallyAsync("a spare is ready", async () => await CountAsync("select count(*) from platform.resources where spare and status->>'state' = 'ready'") == 1);
            await EventuallyAsync("all are open", () => Task.FromResult(_host.Open.Count == 6));
            var passwords = (await PasswordAsync("one"), await PasswordAsync("three"));
            await EndAsync(await _server.Alice.PostAsync(Key + "/rotate", TestServer.Json($$"""{ "provider": "{{provider}}" }""")));

            Permit(provider, false);
            await EventuallyAsync("it is sealed", async () => (string?)(await KeyAsync())["state"] == "sealed");
            Assert.Empty(_host.Open);
            Assert.Equal(6, _host.Stops);
            Assert.All(_host.Instances.Values, i => Assert.Equal("Stopped", i.Status));
            Assert.Equal(("sealed", "sealed"), (await StateAsync("one"), await StateAsync("three")));
            await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/one/credentials"), 409, "organization-sealed");
            Assert.StartsWith("The key's provider refuses.", await TextAsync("select reason from platform.organization_seals where sealed"), StringComparison.Ordinal);
            await _server.LedgerIntegratedAsync();
            Assert.Equal(
                [("key.refused", "done", "provider " + provider), ("key.seal", "done", "Sealed. Nothing of the organization can be opened until it is unsealed.")],
                await _server.LedgerAsync("entry::jsonb->>'action' in ('key.refused', 'key.seal')"));

            // Nobody unseals against its will.
            var unseal = await _server.Alice.PostAsync(Key + "/unseal", null);
            Assert.Equal(HttpStatusCode.Accepted, unseal.StatusCode);
            await EventuallyAsync("it waits for the provider", async () => ((string)(await OperationAsync(unseal))["message"]!).Contains(provider, StringComparison.Ordinal));
            Assert.Equal(("running", 0), ((string?)(await OperationAsync(unseal))["state"], _host.Open.Count));

            Permit(provider, true);
            await EndAsync(unseal);
            Assert.Equal(("ready", "ready"), (await StateAsync("one"), await StateAsync("three")));
            Assert.Equal(passwords, (await PasswordAsync("one"), await PasswordAsync("three")));
            await EventuallyAsync("all are open again", () => Task.FromResult(_host.Open.Count == 6));
        }
        finally
        {
            hsm.Token.StopServing();
        }
    }

    private void Permit(string provider, bool permits)
    {
        if (provider == "vault")
        {
            _vault.Denies = !permits;
        }
        else if (permits)
        {
            hsm.Token.Serve();
        }
        else
        {
            hsm.Token.StopServing();
        }
    }

    private async Task<JsonObject> KeyAsync() => await TestServer.BodyAsync(await _server.Alice.GetAsync(Key));

    private async Task<JsonObject> OperationAsync(HttpResponseMessage begun) => await TestServer.BodyAsync(await _server.Alice.GetAsync(begun.Headers.GetValues("Operation-Location").Single()));
}
