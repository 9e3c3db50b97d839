using Beffroi.Testing;
using Beffroi.WebConsole.Tests;

[assembly: AssemblyFixture(typeof(PostgresServer))]
[assembly: AssemblyFixture(typeof(Chromium))]
