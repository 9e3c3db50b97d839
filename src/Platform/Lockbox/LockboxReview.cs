using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>What was shown of an organization's, held against the signatures as the store has them. An audit that believes nobody is the customer's own: <c>beffroi lockbox audit</c>.</summary>
public static class LockboxReview
{
    /// <summary>How often something was shown in the last 400 days, and how many of these times without valid signatures of enough people.</summary>
    public static async Task<(int Shown, int Unsigned)> CountAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var (shown, unsigned) = (0, 0);
        foreach (var row in await LockboxTable.ListShownAsync(connection, organizationId, cancellationToken))
        {
            var times = await LockboxTable.CountAccessesAsync(connection, row.Shown.Id, cancellationToken);
            shown += times;
            if (row.ToConsent() is not { } consent
                || !consent.IsGivenBy(LockboxSignatures.Signers(consent.ToText(), await LockboxTable.SignaturesAsync(connection, row.Shown.Id, valid: false, cancellationToken), passkeys: true)))
            {
                unsigned += times;
            }
        }

        return (shown, unsigned);
    }
}
