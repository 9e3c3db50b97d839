using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>The host locks what is finished, for as long as each database's customer asked.</summary>
internal sealed class LocksStep(IInfrastructure infrastructure) : IStep<RepositoryContext>
{
    public string Name => "locks";

    public string Title => "What is finished can't be changed or deleted before its date";

    public string Condition => "Locked";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        var stanzas = (context.Notes.Stanzas ?? new Dictionary<string, StanzaNotes>()).Select(s => new StanzaLock(Guid.ParseExact(s.Key, "N"), s.Value.LockDays));
        var state = await infrastructure.EnsureBackupLocksAsync(new EnsureBackupLocks(context.Fence, context.Row.Id, [.. stanzas]), cancellationToken);
        context.Status = context.Status with { LockedFiles = state.Files, LockedUntil = state.LockedUntil };
        return StepResult.Holds;
    }
}
