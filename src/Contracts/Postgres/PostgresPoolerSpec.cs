namespace Beffroi.Contracts.Postgres;

/// <summary>
/// A connection pooler (PgBouncer) on each node, at port 6432 of the same addresses. How many connections to PostgreSQL it uses follows from <c>max_connections</c>: three
/// quarters of those that customers have, shared among its processes, for each database.
/// </summary>
/// <param name="Mode">
/// When a connection to PostgreSQL is free for the next client: <c>transaction</c>, after each transaction, so that nothing a session sets outlives one; <c>session</c>, when the
/// client is gone.
/// </param>
/// <param name="MaxClients">
/// How many clients each of a node's processes takes at one time, 10 to 5000; there is one process for each CPU, at most 4, and a client gets to any of them. Null for 1000.
/// </param>
public sealed record PostgresPoolerSpec(string Mode = "transaction", int? MaxClients = null);
