using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Services.Isolation.Attempts;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>The verdict: in the result, in signed evidence, in the ledger and in the space's condition, all in one transaction.</summary>
internal sealed class JudgeStep(
    IInfrastructure infrastructure, PlannedAttempts planned, IEvidenceSigner signer, ILedger ledger, ISpaceConditions conditions,
    IResources resources, SpaceSubnet subnet, IsolationOptions options, NpgsqlDataSource store, TimeProvider time) : IStep<VerificationContext>
{
    /// <summary>The condition's type on the space.</summary>
    internal const string SpaceCondition = "IsolationVerified";

    // Evidence is kept below what a signed note may have (C2SP signed-note readers here take 100,000 characters).
    private const int LongestEvidence = 90_000;

    public string Name => "judge";

    public string Title => "The verdict is signed";

    public string Condition => "Judged";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.Judged)
        {
            return StepResult.Holds;
        }

        var attempts = await AttemptsAsync(context, cancellationToken);
        var status = context.Status with
        {
            Verdict = Judgement.Verdict(attempts),
            Message = Judgement.Sentence(attempts),
            FinishedAt = time.GetUtcNow(),
            Attempts = attempts,
        };
        var text = Evidence(context, status);
        var signed = false;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            if (await signer.SignAsync(connection, context.Row.Space.OrganizationId, text, token) is not { } note)
            {
                return;
            }

            signed = true;
            context.Status = status with { EvidenceSha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(note))) };
            context.Notes = context.Notes with { Judged = true };
            await VerificationStore.KeepEvidenceAsync(connection, context.Row.Id, note, token);
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            await conditions.SetAsync(connection, context.Row.Space.Id, OfSpace(context), StaleAfter(), token);
            await ledger.AppendAsync(connection, Entry(context), token);
        }, cancellationToken);
        return signed ? StepResult.Changed : StepResult.Waiting("Waiting for the organization's ledger, whose key signs.", TimeSpan.FromSeconds(1));
    }

    private async Task<IReadOnlyList<IsolationAttempt>> AttemptsAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.Plan is null)
        {
            return [];
        }

        DateTimeOffset since;
        await using (var connection = await store.OpenConnectionAsync(cancellationToken))
        {
            since = await VerificationStore.LastJudgedAsync(connection, context.Row.Space.Id, cancellationToken) ?? DateTimeOffset.MinValue;
        }

        var host = await infrastructure.InspectIsolationAsync(cancellationToken);
        return
        [
            .. Judgement.Of(await planned.OfAsync(context, cancellationToken), context.Facts),
            .. Judgement.OfHost(host, [.. context.Probes.Select(p => p.SpaceId).Append(context.Row.Space.Id).Distinct()], since),
        ];
    }

    private string Evidence(VerificationContext context, VerificationStatus status)
    {
        var evidence = new IsolationEvidence(
            options.Installation, context.Row.Space.Zone, context.Row.Space.Id, subnet.Subnet(context.Row.Space.NetworkIndex).ToString(),
            context.Notes.Plan?.Allowed ?? [], VerificationView.Of(context.Row, status));
        var json = JsonSerializer.Serialize(evidence, WireJson.Default.IsolationEvidence);
        return json.Length <= LongestEvidence
            ? IsolationEvidence.Format + "\n" + json + "\n"
            : throw new InvalidOperationException("The evidence is longer than a note may be.");
    }

    private static Condition OfSpace(VerificationContext context) => new(
        SpaceCondition,
        context.Status.Verdict switch { VerificationStatus.Passed => true, VerificationStatus.Failed => false, _ => null },
        context.Status.Verdict switch { VerificationStatus.Passed => "Passed", VerificationStatus.Failed => "AttackSucceeded", _ => "Inconclusive" },
        context.Status.Message + " See " + context.Row.Name + ".",
        context.Status.FinishedAt!.Value);

    // Two rounds may be missed before nobody may rely on it any more.
    private TimeSpan StaleAfter() => TimeSpan.FromHours(options.IntervalHours is > 0 and var hours ? hours * 2.5 : 31 * 24);

    private static LedgerEntry Entry(VerificationContext context) => new(
        "system:isolation", "isolation.judge", context.Status.Verdict == VerificationStatus.Passed ? "done" : "failed", context.Row.Space.OrganizationId, context.Path,
        context.Row.Id, Reason: $"{LedgerReason.Name(context.Status.Verdict)}, evidence sha256:{LedgerReason.Name(context.Status.EvidenceSha256!)}", OperationId: context.Operation?.Id);
}
