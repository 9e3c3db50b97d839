namespace Beffroi.Contracts;

/// <summary>The state of an organization's key. The key itself never leaves its provider.</summary>
/// <param name="Organization">Whose.</param>
/// <param name="State"><c>open</c>, <c>sealing</c>, <c>sealed</c> or <c>unsealing</c>; <c>absent</c> before the first space.</param>
/// <param name="Reason">Who sealed it, or why its provider refuses; null while open.</param>
/// <param name="Provider">Where the active generation is: a name of the operator's configuration; null while there is none.</param>
/// <param name="ProviderProblem">What the provider said when it was last asked whether the key may be used; null if it may.</param>
/// <param name="CheckedAt">When that was, UTC; null before the first time.</param>
/// <param name="Providers">Where a rotation may put the next generation.</param>
/// <param name="Generations">Oldest first.</param>
/// <param name="Operation">The newest operation on the key; null if there never was one.</param>
/// <param name="Escrow">Whether everything is sealed to a key of the customer's own as well; null while none is registered.</param>
public sealed record OrganizationKey(
    string Organization,
    string State,
    string? Reason,
    string? Provider,
    string? ProviderProblem,
    DateTimeOffset? CheckedAt,
    IReadOnlyList<string> Providers,
    IReadOnlyList<KeyGeneration> Generations,
    Operation? Operation,
    KeyEscrow? Escrow = null);

/// <summary>A generation of an organization's key.</summary>
/// <param name="Generation">From 1.</param>
/// <param name="Provider">Where it is, or was.</param>
/// <param name="State"><c>active</c>, <c>retiring</c>, <c>destroyed</c>, <c>left</c> where the provider keeps its destruction to its owner, or <c>lost</c> where the organization was recovered from escrow without it.</param>
/// <param name="Fingerprint">8 bytes, hexadecimal; tells keys apart and nothing of them.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="DestroyedAt">UTC; null while it is there.</param>
public sealed record KeyGeneration(int Generation, string Provider, string State, string Fingerprint, DateTimeOffset CreatedAt, DateTimeOffset? DestroyedAt);

/// <summary>The key of one resource, as it is stored: wrapped.</summary>
/// <param name="Kind">Of the resource.</param>
/// <param name="Resource">The resource as SPACE/NAME.</param>
/// <param name="ResourceId">Its id.</param>
/// <param name="Generation">Of the resource's key, from 1.</param>
/// <param name="State"><c>active</c>: the newest; <c>kept</c>: an older one that backups, or volumes that are on their way to the newest, are still under.</param>
/// <param name="WrappedUnder">The generation of the organization's key that it is wrapped under; null if that is not known any more.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record ResourceKey(string Kind, string Resource, Guid ResourceId, int Generation, string State, int? WrappedUnder, DateTimeOffset CreatedAt);

/// <summary>Asks for a new generation of the organization's key.</summary>
/// <param name="Provider">Where to make it; null for where the present one is.</param>
public sealed record RotateKey(string? Provider = null);
