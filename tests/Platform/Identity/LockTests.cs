using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Testing;

namespace Beffroi.Platform.Tests.Identity;

/// <summary>How long an account is locked after each sign-in that failed, and a passkey.</summary>
public sealed class LockTests(PostgresServer server)
{
    private const int Allowed = 3;
    private const string Domain = "cloud.example";
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1), Longest = TimeSpan.FromMinutes(15);
    private static readonly byte[] Credential = [1];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("factors")]
    [InlineData("passkeys")]
    public async Task A_lock_lasts_twice_as_long_after_each_failure_up_to_the_longest(string what)
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.ExecuteAsync("""
            insert into platform.operators (id, name, accepted_at) values (gen_random_uuid(), 'olga', now());
            insert into platform.factors (operator_id, password_hash, totp_sealed, last_step) select id, 'x', 'x', 0 from platform.operators;
            insert into platform.passkeys (holder, name, credential_id, public_key, domain, sign_count, backup_eligible, backed_up, transports)
                select id, 'x', '\x01', 'x', 'cloud.example', 0, false, false, '{}' from platform.operators
            """);
        foreach (var minutes in (int[])[0, 0, 1, 2, 4, 8, 15, 15])
        {
            Assert.Equal(minutes > 0, await AttemptAsync(store, what));
            if (minutes == 0)
            {
                continue;
            }

            Assert.InRange(await SecondsAsync(store, what), (minutes * 60) - 30, minutes * 60);
            // While it is locked nothing is compared, and nothing counted: it does not last longer for it.
            Assert.Null(await AttemptAsync(store, what));
            Assert.InRange(await SecondsAsync(store, what), 0, minutes * 60);
            await store.ExecuteAsync($"update platform.{what} set locked_until = now()");
        }
    }

    /// <summary>Whether the attempt locks it; null if it is locked already.</summary>
    private static async Task<bool?> AttemptAsync(TestStore store, string what)
    {
        await using var connection = await store.OpenAsync();
        var person = (await Person.FindAsync(connection, Side.Operator, "olga", Cancel))!;
        return what == "factors" ? (await FactorTable.BeginAttemptAsync(connection, person, Allowed, Window, Longest, Cancel))?.Locks
            : (await PasskeyTable.BeginAttemptAsync(connection, Side.Operator, Domain, Credential, Allowed, Window, Longest, Cancel))?.Locks;
    }

    private static async Task<double> SecondsAsync(TestStore store, string what)
    {
        await using var command = store.Source.CreateCommand($"select extract(epoch from locked_until - now())::float8 from platform.{what}");
        return (double)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
