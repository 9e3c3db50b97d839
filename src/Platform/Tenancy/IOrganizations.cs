using Beffroi.Contracts;
using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Tenancy;

/// <summary>The customers. Does not decide who may ask. Safe for concurrent use.</summary>
public interface IOrganizations
{
    /// <summary>
    /// Creates the organization and its first user, or finds them as they were created with the same content; to be called in a
    /// transaction. A name taken with other content is a problem.
    /// </summary>
    Task<Result<Creation<Organization>>> CreateAsync(NpgsqlConnection connection, string name, PutOrganization content, CancellationToken cancellationToken);

    /// <summary>The organization, or null.</summary>
    Task<Organization?> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken);

    /// <summary>The organization of that id, which exists.</summary>
    Task<Organization> GetAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken);

    /// <summary>All organizations by name.</summary>
    Task<Result<Page<Organization>>> ListAsync(NpgsqlConnection connection, PageRequest page, CancellationToken cancellationToken);
}
