using System.Security.Cryptography;

namespace Beffroi.Hosts.Cli.Encryption;

/// <summary>
/// What is put into a database and is nowhere else: a word, and bytes among others as random. What is random can't be made shorter, so zstd (RFC 8878) and lz4, by which
/// PostgreSQL and pgBackRest compress, keep it as it is: these bytes are found in compressed copies too. Immutable.
/// </summary>
internal sealed class Canary
{
    public const string Table = "beffroi_encryption_verification";

    /// <summary>
    /// For psql, after <see cref="Variables"/>. Pages around the bytes are random as well. Written to the table's own file too: in the log of changes a page's end may lie in
    /// the midst of them.
    /// </summary>
    public const string Plant = $"""
        drop table if exists {Table};
        create table {Table} (word text, bytes bytea);
        alter table {Table} alter bytes set storage plain;
        insert into {Table}
        select case row when 20 then :'word' end, random.bytes || case row when 20 then decode(:'bytes', 'hex') else '' end
        from generate_series(1, 40) row, lateral (select string_agg(sha256(uuid_send(gen_random_uuid())), '') as bytes from generate_series(1, 60 + 0 * row)) random;
        checkpoint;
        """;

    /// <summary>For psql: gives the word back, and takes everything away.</summary>
    public const string Reap = $"select word from {Table} where word is not null; drop table {Table};";

    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(32);

    public Canary() =>
        Sought = new SoughtBytes([.. SoughtBytes.Of(Word), _bytes, .. SoughtBytes.Of(Convert.ToHexStringLower(_bytes))]);

    /// <summary>The word as the row has it: letters and digits, which no encoding changes.</summary>
    public string Word { get; } = "beffroi" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>What is looked for: the word and the bytes, and the bytes as PostgreSQL shows them.</summary>
    public SoughtBytes Sought { get; }

    /// <summary>For psql, which reads it from its input: so the word and the bytes are on no command line.</summary>
    public string Variables => $"\\set word {Word}\n\\set bytes {Convert.ToHexStringLower(_bytes)}\n";
}
