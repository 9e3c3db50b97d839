namespace Beffroi.Platform.Access;

/// <summary>What can be allowed. The names are part of the API.</summary>
public static class Permission
{
    /// <summary>See and create organizations: the operator's.</summary>
    public const string OrganizationManage = "organization.manage";

    /// <summary>See an organization of one's own.</summary>
    public const string OrganizationRead = "organization.read";

    /// <summary>See spaces.</summary>
    public const string SpaceRead = "space.read";

    /// <summary>Create spaces.</summary>
    public const string SpaceCreate = "space.create";

    /// <summary>See operations and changes.</summary>
    public const string OperationRead = "operation.read";

    /// <summary>See PostgreSQL resources, without credentials.</summary>
    public const string PostgresRead = "postgres.read";

    /// <summary>Create PostgreSQL resources.</summary>
    public const string PostgresCreate = "postgres.create";

    /// <summary>Change PostgreSQL resources.</summary>
    public const string PostgresUpdate = "postgres.update";

    /// <summary>Delete PostgreSQL resources.</summary>
    public const string PostgresDelete = "postgres.delete";

    /// <summary>Read credentials.</summary>
    public const string PostgresCredentialsRead = "postgres.credentials.read";

    /// <summary>See the ledger of one's own organization.</summary>
    public const string LedgerRead = "ledger.read";

    /// <summary>Say who cosigns the ledger and where it is forwarded.</summary>
    public const string LedgerManage = "ledger.manage";
}
