using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>The PKCS#11 modules of this process: C_Initialize is once a process and module (PKCS#11 2.40, section 5.4), however many tokens are used. Safe for concurrent use.</summary>
internal sealed partial class Pkcs11Modules : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Pkcs11Module> _modules = new(StringComparer.Ordinal);

    static Pkcs11Modules() => NativeLibrary.SetDllImportResolver(typeof(Pkcs11InteropFactories).Assembly, Resolve);

    /// <summary>The module at this path, which finds these variables when it is loaded. Not while another thread may load one.</summary>
    /// <exception cref="ArgumentException">The kernel takes no variable of such a name.</exception>
    public Pkcs11Module Get(string path, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment)
        {
            // Modules read the process's own environment, not .NET's copy of it.
            if (SetEnvironment(name, value, 1) != 0)
            {
                throw new ArgumentException($"'{name}' is no name of an environment variable.", nameof(environment));
            }
        }

        return _modules.GetOrAdd(path, p => new Pkcs11Module(p));
    }

    public ValueTask DisposeAsync()
    {
        foreach (var module in _modules.Values)
        {
            module.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    // The wrapper asks for "libdl", a name that only development packages bring.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name is "libdl" && NativeLibrary.TryLoad("libdl.so.2", out var handle) ? handle : nint.Zero;
}

/// <summary>One loaded module, which can be loaded anew when it has lost its device. Safe for concurrent use.</summary>
internal sealed class Pkcs11Module(string path) : IDisposable
{
    private readonly ReaderWriterLockSlim _use = new();
    private readonly Lock _load = new();
    private IPkcs11Library? _library;

    /// <summary>Grows with each loading; handles of an earlier one mean nothing.</summary>
    public long Loading { get; private set; }

    /// <summary>Works with the module while nobody unloads it.</summary>
    public T Use<T>(Func<IPkcs11Library, long, T> work)
    {
        _use.EnterReadLock();
        try
        {
            return work(Loaded(), Loading);
        }
        finally
        {
            _use.ExitReadLock();
        }
    }

    /// <summary>Unloads it, unless that was done since <paramref name="loading"/>; the next use loads it again.</summary>
    public void Unload(long loading)
    {
        _use.EnterWriteLock();
        try
        {
            if (Loading == loading)
            {
                Release();
            }
        }
        finally
        {
            _use.ExitWriteLock();
        }
    }

    public void Dispose()
    {
        Release();
        _use.Dispose();
    }

    private void Release()
    {
        try
        {
            _library?.Dispose();
        }
        catch (Pkcs11Exception)
        {
            // It was finalized already, or its device is away: then there is nothing to give back.
        }
        finally
        {
            _library = null;
        }
    }

    private IPkcs11Library Loaded()
    {
        lock (_load)
        {
            if (_library is null)
            {
                var factories = new Pkcs11InteropFactories();
                _library = factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, path, AppType.MultiThreaded);
                Loading++;
            }

            return _library;
        }
    }
}
