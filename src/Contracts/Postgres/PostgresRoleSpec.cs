namespace Beffroi.Contracts.Postgres;

/// <summary>A role that there shall be in a PostgreSQL, beside <c>app</c>. It is never a superuser.</summary>
/// <param name="Name">1 to 63 of a-z, 0-9 and _, beginning with a letter; not <c>app</c>, nothing of PostgreSQL's or the platform's own.</param>
/// <param name="Login">
/// <c>password</c>: the platform makes one, to be read with the credentials. <c>certificate</c>: by a client certificate for its name, of one of the spec's client
/// authorities. <c>none</c>: nobody signs in as it; others are members of it.
/// </param>
/// <param name="ValidUntil">UTC, to the second. From then on nobody signs in as it, and who is signed in is signed out. Null for no end.</param>
/// <param name="ConnectionLimit">The most connections at one time, 1 to 10000; null for as many as the server takes.</param>
/// <param name="MemberOf">Roles whose rights it has: others of the spec, <c>app</c>, and of PostgreSQL's own those that reach no files or programs. Null for none.</param>
public sealed record PostgresRoleSpec(
    string Name, string Login = PostgresRoleSpec.Password, DateTimeOffset? ValidUntil = null, int? ConnectionLimit = null, IReadOnlyList<string>? MemberOf = null)
{
    /// <summary>Signs in with a password that the platform makes.</summary>
    public const string Password = "password";

    /// <summary>Signs in with a certificate whose common name is the role's, and with nothing else.</summary>
    public const string Certificate = "certificate";

    /// <summary>Nobody signs in.</summary>
    public const string None = "none";

    /// <summary>Whether the same is asked for. Lists count by what is in them.</summary>
    public bool Equals(PostgresRoleSpec? other) =>
        other is not null
        && (Name, Login, ValidUntil, ConnectionLimit) == (other.Name, other.Login, other.ValidUntil, other.ConnectionLimit)
        && (MemberOf ?? []).SequenceEqual(other.MemberOf ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Login, ValidUntil, ConnectionLimit, MemberOf?.Count ?? 0);
}

/// <summary>A database that there shall be in a PostgreSQL, beside <c>app</c>. One that is taken off the list is not dropped: that is its owner's own <c>drop database</c>.</summary>
/// <param name="Name">As a role's.</param>
/// <param name="Owner">A role of the spec, or <c>app</c>.</param>
/// <param name="Extensions">As the spec's own, for this database. Null for none.</param>
public sealed record PostgresDatabaseSpec(string Name, string Owner = "app", IReadOnlyList<string>? Extensions = null)
{
    /// <summary>Whether the same is asked for. Lists count by what is in them.</summary>
    public bool Equals(PostgresDatabaseSpec? other) =>
        other is not null && (Name, Owner) == (other.Name, other.Owner) && (Extensions ?? []).SequenceEqual(other.Extensions ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Owner, Extensions?.Count ?? 0);
}
