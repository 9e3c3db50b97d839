using Beffroi.Contracts;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Reconciling;

namespace Beffroi.Platform.Steps;

/// <summary>
/// What the steps of a recipe share during one pass over one resource: the row as it was read, the lease, and what was observed so far.
/// Of one pass only; not thread-safe.
/// </summary>
/// <param name="row">The resource as read at the start of the pass.</param>
/// <param name="lease">The right to change it.</param>
/// <param name="operation">The newest operation; null if there is none.</param>
public abstract class ResourceContext(ResourceRow row, ILease lease, Operation? operation)
{
    /// <summary>The resource as read at the start of the pass.</summary>
    public ResourceRow Row { get; } = row;

    /// <summary>The right to change it.</summary>
    public ILease Lease { get; } = lease;

    /// <summary>The lease as the infrastructure wants to see it.</summary>
    public Fence Fence => new(Row.Id, Lease.Epoch);

    /// <summary>The operation that this pass makes progress on; null if there is none, or it is finished.</summary>
    public Operation? Operation { get; set; } = operation is { State: "running" } ? operation : null;

    /// <summary>The id of what is carried out on the whole organization and has this pass do something without an operation of its own, such as a sealing; null if nothing is.</summary>
    public Guid? Cause { get; protected init; }

    /// <summary>The resource's path at the API.</summary>
    public string Path =>
        $"/v1/organizations/{Row.Space.OrganizationName}/spaces/{Row.Space.Name}/{Row.Kind}/{Row.Name}";

    /// <summary>An entry for the ledger on what the reconciler did with the resource, for the operation that this pass makes progress on, or its cause.</summary>
    /// <param name="action">Without the kind, e.g. <c>key.destroy</c>.</param>
    /// <param name="reason">What there is to say of it; null for nothing.</param>
    /// <param name="outcome"><c>done</c> or <c>failed</c>.</param>
    public LedgerEntry Entry(string action, LedgerReason? reason, string outcome = "done") => new(
        "system:" + Row.Kind, Row.Kind + "." + action, outcome, Row.Space.OrganizationId, Path, Row.Id, Row.Generation, reason, OperationId: Operation?.Id ?? Cause);

    /// <summary>The conditions of the resource's status.</summary>
    public abstract IReadOnlyList<Condition> Conditions { get; set; }

    /// <summary>Tells in the status that the resource as a whole is not as it should be, and why.</summary>
    public abstract void NotReady(string reason, string message, DateTimeOffset now);

    /// <summary>The status as JSON, as it is to be stored.</summary>
    public abstract string StatusJson();

    /// <summary>The reconciler's notes as JSON, as they are to be stored.</summary>
    public abstract string InternalJson();
}
