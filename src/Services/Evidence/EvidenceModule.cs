using Beffroi.Platform;
using Beffroi.Platform.Policy;
using Beffroi.Reconciling;
using Beffroi.Services.Evidence.Bundles;
using Beffroi.Services.Evidence.Checks;
using Beffroi.Services.Evidence.Configuration;
using Beffroi.Services.Evidence.Listeners;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Services.Evidence;

/// <summary>Evidence for auditors: checks that run continuously, what they show of frameworks' requirements, and signed bundles of it.</summary>
public static class EvidenceModule
{
    /// <summary>Adds the slice.</summary>
    public static IServiceCollection AddEvidence(this IServiceCollection services) => services
        .AddSingleton<IEvidenceCheck>(provider => new IsolationVerified(provider.GetRequiredService<PlatformOptions>().Zone))
        .AddSingleton<IEvidenceCheck, KeyOwn>()
        .AddSingleton<IEvidenceCheck, KeyProtected>()
        .AddSingleton<IEvidenceCheck, DataKeys>()
        .AddSingleton<IEvidenceCheck, EncryptionVerified>()
        .AddSingleton<IEvidenceCheck, KeysDestroyed>()
        .AddSingleton<IEvidenceCheck, BackupsMade>()
        .AddSingleton<IEvidenceCheck, RestoresDrilled>()
        .AddSingleton<IEvidenceCheck, LedgerComplete>()
        .AddSingleton<IEvidenceCheck, LedgerElsewhere>()
        .AddSingleton<IEvidenceCheck, SecondFactor>()
        .AddSingleton<IEvidenceCheck, PasswordsHashed>()
        .AddSingleton<IEvidenceCheck, AccessEnds>()
        .AddSingleton<IEvidenceCheck, TwoPersons>()
        .AddSingleton<IEvidenceCheck, AccessReviewed>()
        .AddSingleton<IEvidenceCheck, OperatorReviewed>()
        .AddSingleton<IEvidenceCheck, OperatorAccessAgreed>()
        .AddSingleton<IEvidenceCheck, BreakGlassTold>()
        .AddSingleton<IEvidenceCheck, KeysEscrowed>()
        .AddSingleton<IEvidenceCheck, SpacesLabelled>()
        .AddSingleton<IEvidenceCheck, FlowsAgreed>()
        .AddSingleton<IEvidenceCheck, SensitiveApart>()
        .AddSingleton<IEvidenceCheck, SecretsSealed>()
        .AddSingleton<IEvidenceCheck, OperatorAccounts>()
        .AddSingleton<IEvidenceCheck, PlacesTold>()
        .AddSingleton<IEvidenceCheck, BackupsDaily>()
        .AddSingleton<IEvidenceCheck, RegisterCurrent>()
        .AddSingleton<IEvidenceCheck, ListenersApart>()
        .AddSingleton<IEvidenceCheck, TlsSpoken>()
        .AddSingleton<IEvidenceCheck, DatabasesSpeakTls>()
        .AddSingleton<IEvidenceCheck, CertificatesStrong>()
        .AddSingleton<IEvidenceCheck, CiphersStrong>()
        .AddSingleton<IEvidenceCheck, ImagesCurrent>()
        .AddSingleton<IEvidenceCheck, AlertsReceived>()
        .AddSingleton<IEvidenceCheck, RightsRecorded>()
        .AddSingleton<IEvidenceCheck, RolesApart>()
        .AddSingleton<IEvidenceCheck, AccessAnswered>()
        .AddSingleton<IEvidenceCheck, SignInLocks>()
        .AddSingleton<IEvidenceCheck, DirectoriesApart>()
        .AddSingleton<IEvidenceCheck, LedgerGuarded>()
        .AddSingleton<IEvidenceCheck, LedgerCopied>()
        .AddSingleton<IEvidenceCheck, ExportPossible>()
        .AddSingleton<IEvidenceCheck, FrenchSpoken>()
        .AddSingleton<IEvidenceCheck>(provider => RuleHolds.InTheUnion(provider.GetRequiredService<IPolicy>()))
        .AddSingleton<IEvidenceCheck>(provider => RuleHolds.Holders(provider.GetRequiredService<IPolicy>()))
        .AddSingleton<IEvidenceCheck>(provider => RuleHolds.HealthInTheArea(provider.GetRequiredService<IPolicy>()))
        .AddSingleton<EvidenceRound>()
        .AddSingleton<EvidenceReading>()
        .AddSingleton<ConfigurationFiles>()
        .AddSingleton<EvidenceBundle>()
        .AddSingleton<AttestationEndpoints>()
        .AddSingleton<EncryptionReports>()
        .AddSingleton<IReconciler, EvidenceReconciler>()
        .AddSingleton<ListenerWatch>()
        .AddHostedService(provider => provider.GetRequiredService<ListenerWatch>())
        .AddHostedService<NewOrganizations>();

    /// <summary>Maps its API.</summary>
    public static void MapEvidenceEndpoints(this IEndpointRouteBuilder routes)
    {
        ReadEvidence.Map(routes);
        AttestationEndpoints.Map(routes);
        EncryptionReports.Map(routes);
    }
}
