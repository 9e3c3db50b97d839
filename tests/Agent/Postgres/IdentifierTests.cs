using Beffroi.Agent.Postgres;
using CsCheck;

namespace Beffroi.Agent.Tests.Postgres;

public sealed class IdentifierTests
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    [Fact]
    public void Plain_names_are_quoted_as_they_are() =>
        Gen.Select(Gen.Char[Letters], Gen.String[Gen.Char[Letters + "0123456789_"], 0, 62])
            .Select(parts => parts.Item1 + parts.Item2)
            .Where(name => name is not ("postgres" or "public" or "none" or "template0" or "template1")
                && !name.StartsWith("pg_", StringComparison.Ordinal) && !name.StartsWith("beffroi_", StringComparison.Ordinal))
            .Sample(name => Identifier.Quote(name) == "\"" + name + "\"");

    [Theory]
    [InlineData("")]
    [InlineData("postgres")]
    [InlineData(NodeConfiguration.ReplicationRole)]
    [InlineData(NodeConfiguration.RewindRole)]
    [InlineData("template1")]
    [InlineData("public")]
    [InlineData("none")]
    [InlineData("pg_monitor")]
    [InlineData("Upper")]
    [InlineData("9lives")]
    [InlineData("_first")]
    [InlineData("a b")]
    [InlineData("a\"b")]
    [InlineData("a'; drop database x; --")]
    [InlineData("name\n")]
    [InlineData("naïve")]
    [InlineData("a\0")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890abcd")]
    public void Anything_else_is_refused(string name) => Assert.Throws<InvalidOperationException>(() => Identifier.Quote(name));

    [Fact]
    public void What_is_accepted_never_needs_quoting() =>
        Gen.String.Sample(name =>
        {
            try
            {
                var quoted = Identifier.Quote(name);
                return quoted.Length == name.Length + 2 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        });
}
