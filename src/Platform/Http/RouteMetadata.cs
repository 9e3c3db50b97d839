namespace Beffroi.Platform.Http;

/// <summary>Marks a route that anyone may call.</summary>
internal sealed class ForAnyone;

/// <summary>Marks a route that changes who may do what: it waits for changes under way, and later ones wait for it.</summary>
internal sealed class ChangesAccess;

/// <summary>What a route attempts, in the ledger's words; refusals of it are recorded whatever its method.</summary>
/// <param name="Action">e.g. <c>postgres.create</c>.</param>
internal sealed record Recorded(string Action);
