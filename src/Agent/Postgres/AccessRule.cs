namespace Beffroi.Agent.Postgres;

/// <summary>Who signs in from where and how, as <c>pg_hba_file_rules</c> has it (PostgreSQL 17 documentation, 52.10).</summary>
/// <param name="Role">Its name, or <c>all</c>.</param>
/// <param name="Address">An address, or <c>all</c>.</param>
/// <param name="Mask">The address's mask; empty for none.</param>
/// <param name="Method"><c>cert</c> or <c>scram-sha-256</c>.</param>
internal sealed record AccessRule(string Role, string Address, string Mask, string Method);
