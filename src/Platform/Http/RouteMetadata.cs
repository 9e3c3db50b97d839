namespace Beffroi.Platform.Http;

/// <summary>Marks a route that anyone may call.</summary>
internal sealed class ForAnyone;

/// <summary>Marks a route that changes who may do what: it waits for changes under way, and later ones wait for it.</summary>
internal sealed class ChangesAccess;

/// <summary>
/// Marks a route that answers to POST and records by itself what there is to record: what it changes is often nothing that anybody has (a device that asks, a token that takes the place of another).
/// </summary>
internal sealed class RecordsItself;

/// <summary>What a route attempts, in the ledger's words; refusals of it are recorded whatever its method.</summary>
/// <param name="Action">e.g. <c>postgres.create</c>.</param>
internal sealed record Recorded(string Action);
