using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;

namespace Beffroi.Hosts.Server;

/// <summary>
/// What passes over a connection, a password to an agent or in an answer, lies in buffers that the web server uses again and again. Here each is overwritten when it is given back, so that
/// nothing stays in one of a connection that is idle or over. Safe for concurrent use.
/// </summary>
/// <param name="inner">Where the buffers are from.</param>
internal sealed class ClearedBuffers(IMemoryPoolFactory<byte> inner) : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool(inner.Create(options));

    /// <summary>Puts itself before what the web server would take its buffers from.</summary>
    public static void Use(IServiceCollection services)
    {
        var replaced = services.Last(s => s.ServiceType == typeof(IMemoryPoolFactory<byte>));
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => new ClearedBuffers(
            (IMemoryPoolFactory<byte>)(replaced.ImplementationInstance ?? replaced.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, replaced.ImplementationType!))));
    }

    private sealed class Pool(MemoryPool<byte> inner) : MemoryPool<byte>
    {
        public override int MaxBufferSize => inner.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Buffer(inner.Rent(minBufferSize));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }
        }
    }

    private sealed class Buffer(IMemoryOwner<byte> inner) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => inner.Memory;

        public void Dispose()
        {
            CryptographicOperations.ZeroMemory(inner.Memory.Span);
            inner.Dispose();
        }
    }
}
