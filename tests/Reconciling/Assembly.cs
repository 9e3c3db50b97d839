using Beffroi.Testing;

[assembly: AssemblyFixture(typeof(PostgresServer))]
