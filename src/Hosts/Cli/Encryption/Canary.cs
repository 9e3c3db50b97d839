using System.Security.Cryptography;
using System.Text;

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

    // Letters and digits: no encoding changes them.
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(32);
    private readonly byte[][] _forms;

    public Canary()
    {
        Word = "beffroi" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        // As PostgreSQL has it, as .NET keeps text in memory, and as PostgreSQL shows bytes.
        _forms = [Encoding.ASCII.GetBytes(Word), Encoding.Unicode.GetBytes(Word), _bytes, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(_bytes))];
    }

    /// <summary>The word as the row has it.</summary>
    public string Word { get; }

    /// <summary>The length of the longest form, in bytes.</summary>
    public int Longest => _forms.Max(form => form.Length);

    /// <summary>For psql, which reads it from its input: so the word and the bytes are on no command line.</summary>
    public string Variables => $"\\set word {Word}\n\\set bytes {Convert.ToHexStringLower(_bytes)}\n";

    /// <summary>Whether one of its forms is in these bytes.</summary>
    public bool IsIn(ReadOnlySpan<byte> bytes)
    {
        foreach (var form in _forms)
        {
            if (bytes.IndexOf(form) >= 0)
            {
                return true;
            }
        }

        return false;
    }
}
