using System.Net;
using Beffroi.Platform.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Beffroi.Platform.Tests.Http;

/// <summary>The count of failures for each address, with more addresses than it keeps apart.</summary>
public sealed class FailedSignInsTests : IDisposable
{
    private const int Allowed = 5, Many = 20_000;

    // Neither store nor ledger: nothing is written before a window ends.
    private readonly FailedSignIns _failures = new(
        new ApiOptions { ImagesDirectory = "/", FailuresAllowed = Allowed }, TimeProvider.System, null!, null!, NullLogger<FailedSignIns>.Instance);

    public void Dispose() => _failures.Dispose();

    [Fact]
    public void However_many_addresses_fail_each_of_them_waits()
    {
        var attacker = IPAddress.Parse("198.51.100.1");
        Fail(attacker, Allowed);
        for (var i = 0; i < Many; i++)
        {
            Fail(Other(i), Allowed - 1);
            Assert.False(i < 1000 && _failures.MustWait(Other(i)));
        }

        // Neither has anybody's own count been forgotten, nor is there an address so late that it counts for nothing.
        Assert.True(_failures.MustWait(attacker));
        for (var i = 0; i < Many; i++)
        {
            Fail(Other(i), 1);
            Assert.True(_failures.MustWait(Other(i)), $"The address {i} goes on guessing.");
        }
    }

    [Fact]
    public void Who_has_not_failed_goes_on_however_many_others_have()
    {
        for (var i = 0; i < Many; i++)
        {
            Fail(Other(i), Allowed);
        }

        // Some share a place with one that has; where those are nobody can choose.
        Assert.InRange(Enumerable.Range(0, 500).Count(i => _failures.MustWait(Other(Many + i))), 0, 100);
    }

    [Fact]
    public void A_network_of_sixty_four_bits_is_one_address_and_a_mapped_one_is_the_same()
    {
        Fail(IPAddress.Parse("2001:db8:0:1::1"), Allowed - 1);
        Fail(IPAddress.Parse("2001:db8:0:1:ffff::2"), 1);
        Assert.True(_failures.MustWait(IPAddress.Parse("2001:db8:0:1:abcd::3")));
        Assert.False(_failures.MustWait(IPAddress.Parse("2001:db8:0:2::1")));
        Fail(IPAddress.Parse("::ffff:198.51.100.7"), Allowed);
        Assert.True(_failures.MustWait(IPAddress.Parse("198.51.100.7")));
        // Without a token nobody guesses.
        _failures.Count(IPAddress.Loopback, presentedToken: false);
        Assert.False(_failures.MustWait(IPAddress.Loopback));
    }

    private static IPAddress Other(int i) => new([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);

    private void Fail(IPAddress address, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _failures.Count(address, presentedToken: true);
        }
    }
}
