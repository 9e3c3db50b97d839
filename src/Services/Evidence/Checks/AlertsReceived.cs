using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Somebody is told of what goes wrong.</summary>
internal sealed class AlertsReceived : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "alerts-received",
        new("Alerts reach the organization", "Les alertes parviennent à l'organisation"),
        new(
            "That a confirmed receiver is named whom no alert is waiting for since more than an hour, and for whom none was given up in the last day. From which severity on it is told is the organization's choice. It does not show that anybody reads them.",
            "Qu'un destinataire confirmé est désigné, que nulle alerte n'attend depuis plus d'une heure et pour qui aucune n'a été abandonnée depuis un jour. À partir de quelle gravité il est prévenu, l'organisation le choisit. Cela ne montre pas que quelqu'un les lit."),
        Enforced: false,
        "secnumcloud-3.2/16.2.b", "secnumcloud-3.2/16.2.c")
    {
        JudgesBy = [ConfigurationFiles.Alerts],
        LedgerActions = ["alert.manage"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var receivers = await connection.Statement("""
            select r.name, exists (
                select from platform.alert_deliveries d where d.receiver_id = r.id
                and (d.given_up_at > now() - interval '1 day' or (d.delivered_at is null and d.given_up_at is null and d.created_at < now() - interval '1 hour')))
            from platform.alert_receivers r where r.organization_id = $1 and r.confirmed_at is not null order by r.name
            """, organizationId).ListAsync(r => (Name: r.GetString(0), Late: r.GetBoolean(1)), cancellationToken);
        var late = receivers.Where(r => r.Late).Select(r => r.Name).ToList();
        return receivers.Count == 0 ? new Observation(false, new("No confirmed receiver is named: `beffroi alert receiver`.", "Aucun destinataire confirmé n'est désigné : `beffroi alert receiver`."))
            : late.Count == receivers.Count
                ? new Observation(false, new($"No receiver gets what is sent: {string.Join(", ", late)}.", $"Aucun destinataire ne reçoit ce qui est envoyé : {string.Join(", ", late)}."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"{receivers.Count - late.Count} of {receivers.Count} receivers have all that was sent."),
                string.Create(CultureInfo.InvariantCulture, $"{receivers.Count - late.Count} destinataires sur {receivers.Count} ont tout ce qui leur a été envoyé.")));
    }
}
