using System.Security.Cryptography;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Alerts;

/// <summary>Codes that show that whoever reads an address wants to be told. A code is kept under the organization's key until it was given.</summary>
internal static class AlertConfirmations
{
    /// <summary>The most codes that an organization can have sent in a day.</summary>
    public const int MostADay = 50;

    // Without what looks alike. 32 to the power of 10: nobody guesses it in a day.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
    private const int Length = 10;

    /// <summary>Queues a new code for an address; what came before is not valid any more. False if the organization has had too many sent.</summary>
    /// <exception cref="KeyUnavailableException">The organization's key is.</exception>
    public static async Task<bool> SendAsync(NpgsqlConnection connection, IResourceKeys keys, AlertReceiver receiver, CancellationToken cancellationToken)
    {
        if (await connection.Statement("""
            insert into platform.alert_confirmations (organization_id)
            select $1 where (select count(*) from platform.alert_confirmations where organization_id = $1 and at > now() - interval '1 day') < $2
            """, receiver.OrganizationId, MostADay).RunAsync(cancellationToken) == 0)
        {
            return false;
        }

        using var code = Secret.FromText(RandomNumberGenerator.GetString(Alphabet, Length));
        await keys.EnsureAsync(connection, receiver.OrganizationId, receiver.Id, cancellationToken);
        await keys.PutSecretAsync(connection, receiver.OrganizationId, receiver.Id, AlertReceiver.Code, code, cancellationToken);
        await connection.Statement("""
            with earlier as (delete from platform.alert_deliveries where receiver_id = $1 and event = 'confirmation')
            insert into platform.alert_deliveries (receiver_id, event) values ($1, 'confirmation')
            """, receiver.Id).RunAsync(cancellationToken);
        return true;
    }

    /// <summary>Confirms an address with the code that was sent to it, within a day. False if it isn't that one.</summary>
    /// <exception cref="KeyUnavailableException">The organization's key is.</exception>
    public static async Task<bool> ConfirmAsync(NpgsqlConnection connection, IResourceKeys keys, AlertReceiver receiver, string given, CancellationToken cancellationToken)
    {
        using var code = await keys.GetSecretAsync(connection, receiver.OrganizationId, receiver.Id, AlertReceiver.Code, cancellationToken);
        using var offered = Secret.FromText(given.Trim().ToLowerInvariant());
        if (code is null || !CryptographicOperations.FixedTimeEquals(code.Reveal(), offered.Reveal())
            || await connection.Statement("""
                update platform.alert_receivers r set confirmed_at = now()
                where id = $1 and exists (select from platform.alert_deliveries d where d.receiver_id = r.id and d.event = 'confirmation' and d.created_at > now() - interval '1 day')
                """, receiver.Id).RunAsync(cancellationToken) == 0)
        {
            return false;
        }

        await connection.Statement("delete from platform.alert_deliveries where receiver_id = $1 and event = 'confirmation'", receiver.Id).RunAsync(cancellationToken);
        await keys.RetainSecretsAsync(connection, receiver.Id, AlertReceiver.Code, [], cancellationToken);
        return true;
    }
}
