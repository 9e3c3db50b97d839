using Beffroi.Contracts;
using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Tenancy;

/// <summary>The customers' spaces. Does not decide who may ask. Safe for concurrent use.</summary>
public interface ISpaces
{
    /// <summary>
    /// Creates the space with the smallest free network of its zone, or finds it as it was created with the same content; to be
    /// called in a transaction. Ensures that the organization has a key. A name taken with other content, no label, a zone that isn't
    /// there, that has no network left or into which a rule lets no such data, is a problem.
    /// </summary>
    Task<Result<Creation<SpaceRecord>>> CreateAsync(
        NpgsqlConnection connection, Organization organization, string name, PutSpace content, string by, CancellationToken cancellationToken);

    /// <summary>The space of that name, or null.</summary>
    Task<SpaceRecord?> FindAsync(NpgsqlConnection connection, string organization, string name, CancellationToken cancellationToken);

    /// <summary>The space of that id, or null.</summary>
    Task<SpaceRecord?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken);

    /// <summary>An organization's spaces by name; of these <paramref name="only"/>, if it isn't null.</summary>
    Task<Result<Page<SpaceRecord>>> ListAsync(NpgsqlConnection connection, Guid organizationId, PageRequest page, CancellationToken cancellationToken, Guid[]? only = null);
}
