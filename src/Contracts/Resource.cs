namespace Beffroi.Contracts;

/// <summary>A resource as the API shows it: what was asked for and what is.</summary>
/// <typeparam name="TSpec">What the customer asks for.</typeparam>
/// <typeparam name="TStatus">What was observed.</typeparam>
/// <param name="Id">Never reused, also when the name is.</param>
/// <param name="Kind">e.g. <c>postgres</c>.</param>
/// <param name="Organization">The owner's name.</param>
/// <param name="Space">The space's name.</param>
/// <param name="Name">Unique among resources of its kind in its space.</param>
/// <param name="Labels">The customer's own.</param>
/// <param name="Generation">Grows by one with each change of <paramref name="Spec"/>.</param>
/// <param name="Etag">Changes with everything shown here; also in the ETag header.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="UpdatedAt">UTC, of the last change to spec or labels.</param>
/// <param name="DeletionRequestedAt">UTC; null unless being deleted.</param>
/// <param name="Spec">What was asked for.</param>
/// <param name="Status">What was observed.</param>
/// <param name="Operation">The id of the newest operation.</param>
public sealed record Resource<TSpec, TStatus>(
    Guid Id,
    string Kind,
    string Organization,
    string Space,
    string Name,
    IReadOnlyDictionary<string, string> Labels,
    long Generation,
    string Etag,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletionRequestedAt,
    TSpec Spec,
    TStatus Status,
    Guid? Operation);

/// <summary>The body of a PUT of a resource.</summary>
/// <typeparam name="TSpec">What the customer asks for.</typeparam>
/// <param name="Spec">What to make, or to change to.</param>
/// <param name="Labels">All labels the resource shall have; null for none.</param>
public sealed record PutResource<TSpec>(TSpec Spec, IReadOnlyDictionary<string, string>? Labels = null);

/// <summary>One page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">In order of name.</param>
/// <param name="NextPageToken">Pass as <c>pageToken</c> to go on; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextPageToken);
