using System.Buffers;
using System.Net;
using Beffroi.Testing;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>What passed over a connection is not left in the buffers that it passed through.</summary>
public sealed class BufferTests(PostgresServer postgres)
{
    [Fact]
    public async Task Each_buffer_is_overwritten_before_it_is_used_again()
    {
        var watched = new Watched();
        await using (var server = await TestServer.StartAsync(postgres, change: services => services.AddSingleton<IMemoryPoolFactory<byte>>(watched)))
        {
            var created = await server.Alice.PutAsync(TestServer.Postgres + "/db", TestServer.Json("""{ "spec": {} }"""));
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await server.Alice.GetAsync(TestServer.Postgres)).StatusCode);
        }

        Assert.True(watched.Given > 10, $"Only {watched.Given} buffers were used.");
        Assert.Equal((watched.Given, 0), (watched.Returned, watched.Dirty));
    }

    /// <summary>Buffers that are looked at when they come back.</summary>
    private sealed class Watched : IMemoryPoolFactory<byte>
    {
        private int _given, _returned, _dirty;

        public int Given => _given;

        public int Returned => _returned;

        public int Dirty => _dirty;

        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool(this);

        private sealed class Pool(Watched watched) : MemoryPool<byte>
        {
            public override int MaxBufferSize => 4096;

            public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
            {
                Interlocked.Increment(ref watched._given);
                return new Buffer(watched);
            }

            protected override void Dispose(bool disposing)
            {
            }
        }

        private sealed class Buffer(Watched watched) : IMemoryOwner<byte>
        {
            private readonly byte[] _bytes = GC.AllocateArray<byte>(4096, pinned: true);

            public Memory<byte> Memory => _bytes;

            public void Dispose()
            {
                Interlocked.Increment(ref watched._returned);
                if (_bytes.AsSpan().ContainsAnyExcept((byte)0))
                {
                    Interlocked.Increment(ref watched._dirty);
                }
            }
        }
    }
}
