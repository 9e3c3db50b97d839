using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Npgsql;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>
/// A directory whose accounts are reviewed: an organization's, or the operator's. What is told apart here is how each keeps rights and takes them away; a review is the same of both. Each method
/// works in the caller's transaction. Immutable.
/// </summary>
/// <param name="id">The organization's; all zeroes for the operator's, as of its ledger.</param>
/// <param name="side">Whose.</param>
/// <param name="decide">The name of the permission with which one decides.</param>
internal abstract class ReviewedDirectory(Guid id, Side side, string decide)
{
    /// <summary>In the store.</summary>
    public Guid Id => id;

    /// <summary>Whose.</summary>
    public Side Side => side;

    /// <summary>The name of the permission with which one decides.</summary>
    public string Decide => decide;

    /// <summary>Whose ledger tells of what is done; null for the operator's own.</summary>
    public Guid? OrganizationId => side == Side.Customer ? id : null;

    /// <summary>Accounts of a kind, or of them only those of these ids, in order of name.</summary>
    public abstract Task<IReadOnlyList<AccountSnapshot>> ReadAsync(NpgsqlConnection connection, string accountKind, Guid[]? ids, CancellationToken cancellationToken);

    /// <summary>Whether anybody but this account is an active person who decides in reviews of the whole directory.</summary>
    public abstract Task<bool> HasOtherReviewerAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken);

    /// <summary>Null if the caller may change accounts, or the refusal.</summary>
    public abstract Problem? Manages(ApiRequest request);

    /// <summary>Null if what the account may do keeps the caller from nothing, or the refusal.</summary>
    public abstract Task<Problem?> OverAccountAsync(ApiRequest request, NpgsqlConnection connection, Guid account, CancellationToken cancellationToken);

    /// <summary>Takes one of the account's own grants; the refusal if the caller may not.</summary>
    public abstract Task<Problem?> TakeAsync(ApiRequest request, NpgsqlConnection connection, Guid grant, CancellationToken cancellationToken);

    /// <summary>What the ledger says of a grant that was taken.</summary>
    public abstract (string Action, Guid On, LedgerReason What) Taken(AccountSnapshot account, ReviewedGrant grant);

    /// <summary>Switches an account off.</summary>
    public abstract Task SwitchOffAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken);

    /// <summary>The ledger's action of switching an account off by hand.</summary>
    public abstract string SwitchAction(string accountKind);

    /// <summary>A problem if, as things stand in this transaction, nobody is left who can administer it.</summary>
    public abstract Task<Problem?> MissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken);
}
