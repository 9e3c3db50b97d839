using Beffroi.Kernel;
using Beffroi.Transparency.Escrow;
using CsCheck;

namespace Beffroi.Transparency.Tests.Escrow;

/// <summary>What must hold of shares whatever the secret and the numbers are.</summary>
public sealed class Slip39Tests
{
    private static readonly Gen<(byte[] Secret, int Threshold, int Count)> Any =
        Gen.Select(Gen.Byte.Array[32], Gen.Int[2, 16], (secret, count) => (secret, count)).SelectMany(x => Gen.Int[2, x.count].Select(threshold => (x.secret, threshold, x.count)));

    [Fact]
    public void Any_that_are_enough_open_the_secret_and_more_than_enough_do_too() => Gen.Select(Any, Gen.Int[0, 1_000_000]).Sample((x, seed) =>
    {
        using var secret = Secret.FromBytes(x.Secret);
        var shares = Slip39.Split(secret, x.Threshold, x.Count, "");
        var random = new Random(seed);
        var some = shares.OrderBy(_ => random.Next()).Take(random.Next(x.Threshold, x.Count + 1)).Select(s => Slip39Share.Parse(s.ToMnemonic())).ToList();
        using var again = Slip39.Combine(some, "");
        return again.Equals(secret) && Slip39.Missing(some) is null;
    }, iter: 12);

    [Fact]
    public void Fewer_open_nothing_and_say_how_many_are_needed() => Any.Sample(x =>
    {
        using var secret = Secret.FromBytes(x.Secret);
        var few = Slip39.Split(secret, x.Threshold, x.Count, "").Take(x.Threshold - 1).ToList();
        // One that is shown twice counts once.
        few.Add(Slip39Share.Parse(few[0].ToMnemonic()));
        Assert.Contains($"{x.Threshold} different shares", Slip39.Missing(few)!, StringComparison.Ordinal);
        Assert.Throws<Slip39Exception>(() => Slip39.Combine(few, ""));
    }, iter: 8);

    [Fact]
    public void A_changed_word_is_found_wherever_it_is()
    {
        using var secret = Secret.Random(32);
        var share = Slip39.Split(secret, 2, 3, "")[0].ToMnemonic();
        Assert.Equal(33, share.Split(' ').Length);
        Gen.Select(Gen.Int[0, 32], Gen.Int[1, 1023]).Sample((place, change) =>
        {
            var words = share.Split(' ');
            words[place] = Slip39Words.Word((Slip39Words.Number(words[place])!.Value + change) % 1024);
            Assert.Throws<Slip39Exception>(() => Slip39Share.Parse(string.Join(' ', words)));
        }, iter: 1000);
    }

    [Fact]
    public void A_share_is_read_as_people_write_it_and_a_wrong_word_is_named()
    {
        using var secret = Secret.Random(32);
        var share = Slip39.Split(secret, 2, 3, "")[1];
        var written = "\n  " + share.ToMnemonic().ToUpperInvariant().Replace(" ", " \n", StringComparison.Ordinal) + "\n";
        Assert.Equal(share.ToMnemonic(), Slip39Share.Parse(written).ToMnemonic());
        var words = share.ToMnemonic().Split(' ');
        words[6] = "beffroi";
        Assert.Contains("Word 7, “beffroi”", Assert.Throws<Slip39Exception>(() => Slip39Share.Parse(string.Join(' ', words))).Message, StringComparison.Ordinal);
        Assert.Throws<Slip39Exception>(() => Slip39Share.Parse(string.Join(' ', share.ToMnemonic().Split(' ')[1..])));
        Assert.Throws<Slip39Exception>(() => Slip39Share.Parse(""));
    }

    [Fact]
    public void A_share_of_another_secret_is_refused_even_if_it_claims_to_be_of_this_one()
    {
        using var one = Secret.Random(32);
        using var other = Secret.Random(32);
        var (mine, theirs) = (Slip39.Split(one, 2, 4, ""), Slip39.Split(other, 2, 4, ""));
        Assert.Throws<Slip39Exception>(() => Slip39.Combine([mine[0], theirs[1]], ""));
        // Made up with the right identifier: the digest tells, and so do the points that are more than enough.
        var forged = new Slip39Share(mine[0].Identifier, true, 1, 0, 1, 1, 3, 2, theirs[3].Value.ToArray());
        Assert.Throws<Slip39Exception>(() => Slip39.Combine([mine[0], forged], ""));
        Assert.Throws<Slip39Exception>(() => Slip39.Combine([mine[0], mine[1], forged], ""));
        Assert.Throws<Slip39Exception>(() => Slip39.Combine([mine[0], mine[3], forged], ""));
    }

    [Fact]
    public void Another_passphrase_opens_another_secret()
    {
        using var secret = Secret.Random(32);
        var shares = Slip39.Split(secret, 2, 2, "a passphrase");
        using var right = Slip39.Combine([.. shares], "a passphrase");
        using var wrong = Slip39.Combine([.. shares], "");
        Assert.Equal(secret, right);
        Assert.NotEqual(secret, wrong);
        Assert.Throws<Slip39Exception>(() => Slip39.Split(secret, 2, 2, "clé"));
    }
}
