using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>A person of one of the directories; no program.</summary>
/// <param name="Side">Which directory.</param>
/// <param name="Id">Never reused.</param>
/// <param name="OrganizationId">A customer's; null for the operator's people.</param>
/// <param name="Name">Unique in the organization, or among the operator's.</param>
/// <param name="Organization">The organization's name.</param>
internal sealed record Person(Side Side, Guid Id, Guid? OrganizationId, string Name, string? Organization)
{
    /// <summary>By which identity provider of the organization's they have signed in; null for none, and where that isn't asked.</summary>
    public Guid? Provider { get; init; }

    /// <summary>What the person types: <c>ORGANIZATION/NAME</c>, or <c>NAME</c> on the operator's side.</summary>
    public string Account => Organization is null ? Name : Organization + "/" + Name;

    /// <summary>As ledger entries name them.</summary>
    public string Actor => (Side == Side.Operator ? "operator:" : "customer:") + Name;

    /// <summary>The advisory lock's directory: an organization, or the operator's.</summary>
    public Guid Directory => OrganizationId ?? Guid.Empty;

    /// <summary>Who may sign in under this name; null for one who is unknown here, switched off, or has not set a password.</summary>
    public static Task<Person?> FindAsync(NpgsqlConnection connection, Side side, string account, CancellationToken cancellationToken)
    {
        var parts = account.Split('/');
        return side == Side.Operator
            ? connection.Statement("""
                select o.id, null::uuid, o.name, null from platform.operators o join platform.factors f on f.operator_id = o.id
                where o.name = $1 and o.kind = 'user' and o.disabled_at is null
                """, account).FirstAsync(r => Read(side, r), cancellationToken)
            : connection.Statement("""
                select p.id, o.id, p.name, o.name from platform.principals p join platform.organizations o on o.id = p.organization_id join platform.factors f on f.principal_id = p.id
                where o.name = $1 and p.name = $2 and p.kind = 'user' and p.disabled_at is null
                """, parts[0], parts.Length == 2 ? parts[1] : "").FirstAsync(r => Read(side, r), cancellationToken);
    }

    /// <summary>The same by id.</summary>
    public static Task<Person?> GetAsync(NpgsqlConnection connection, Side side, Guid id, CancellationToken cancellationToken) => side == Side.Operator
        ? connection.Statement("select o.id, null::uuid, o.name, null from platform.operators o where o.id = $1 and o.kind = 'user' and o.disabled_at is null", id)
            .FirstAsync(r => Read(side, r), cancellationToken)
        : connection.Statement("""
            select p.id, o.id, p.name, o.name from platform.principals p join platform.organizations o on o.id = p.organization_id
            where p.id = $1 and p.kind = 'user' and p.disabled_at is null
            """, id).FirstAsync(r => Read(side, r), cancellationToken);

    private static Person Read(Side side, NpgsqlDataReader r) =>
        new(side, r.GetGuid(0), r.Nullable<Guid>(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3));
}
