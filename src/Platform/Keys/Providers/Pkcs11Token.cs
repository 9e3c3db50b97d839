using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>
/// Logged-in sessions with one token, found by its label. A session serves one thread at a time; up to <see cref="Sessions"/> are kept. A token that went
/// away and came back is noticed: the module is loaded anew and the work is tried once more. Safe for concurrent use.
/// </summary>
internal sealed class Pkcs11Token(string provider, Pkcs11Module module, string label, string pinFile) : IDisposable
{
    private const int Sessions = 8;
    private const int LabelLength = 32;
    private readonly SemaphoreSlim _room = new(Sessions);
    private readonly ConcurrentBag<(ISession Session, long Loading)> _idle = [];
    private readonly Lock _login = new();
    private byte[]? _refusedPin;

    /// <summary>Whether the token does AES-GCM; known once there was a session.</summary>
    public bool OffersGcm { get; private set; }

    /// <summary>Runs <paramref name="work"/> on a session. What the token says is turned into words.</summary>
    /// <exception cref="KeyUnavailableException">The token is away, refuses, or failed.</exception>
    public async Task<T> UseAsync<T>(Func<ISession, T> work, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        try
        {
            // Off the caller's thread: a token at the other end of a network may take its time.
            return await Task.Run(() => Twice(work), cancellationToken);
        }
        catch (Pkcs11Exception e)
        {
            throw ForPeople(e);
        }
        catch (TokenAbsentException e)
        {
            throw new KeyRefusedException($"The token '{label}' of the key provider {provider} is not there: it was removed, its module is told to look elsewhere, or the other end doesn't answer.", e);
        }
        catch (Exception e) when (e is UnmanagedException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new KeyUnavailableException($"The PKCS#11 module of the key provider {provider} can't be loaded: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyUnavailableException($"The PIN of the key provider {provider} can't be read: {e.Message}", e);
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>
    /// Makes the token in the module's first free slot (PKCS#11 2.40, section 5.5), unless there is one of this label. The file's PIN becomes the user's and
    /// the security officer's: who reads it can use the token, and may as well wipe it. One that was interrupted is made whole. Not while another process does it.
    /// </summary>
    /// <returns>Whether it made one.</returns>
    /// <exception cref="KeyUnavailableException">The module has no free slot, or fails.</exception>
    public bool Initialize()
    {
        try
        {
            var pin = Encoding.UTF8.GetBytes(File.ReadAllText(pinFile).Trim());
            return module.Use((library, _) => Initialize(library, pin));
        }
        catch (Pkcs11Exception e)
        {
            throw ForPeople(e);
        }
    }

    private bool Initialize(IPkcs11Library library, byte[] pin)
    {
        var slots = library.GetSlotList(SlotsType.WithTokenPresent);
        var present = slots.FirstOrDefault(IsOurs);
        if (present?.GetTokenInfo().TokenFlags.UserPinInitialized == true)
        {
            return false;
        }

        var slot = present ?? slots.FirstOrDefault(s => !s.GetTokenInfo().TokenFlags.TokenInitialized)
            ?? throw new KeyUnavailableException($"The module of the key provider {provider} has no free slot for a token.");
        if (present is null)
        {
            slot.InitToken(pin, Encoding.UTF8.GetBytes(label.PadRight(LabelLength)));
        }

        using var session = slot.OpenSession(SessionType.ReadWrite);
        session.Login(CKU.CKU_SO, pin);
        session.InitPin(pin);
        session.Logout();
        return true;
    }

    public void Dispose() => _room.Dispose();

    private bool IsOurs(ISlot slot) => slot.GetTokenInfo() is var token && token.TokenFlags.TokenInitialized && token.Label.Trim() == label;

    private T Twice<T>(Func<ISession, T> work)
    {
        long loading = 0;
        try
        {
            return Once(work, ref loading);
        }
        catch (Exception e) when (e is TokenAbsentException || (e is Pkcs11Exception failure && MayBeAway(failure.RV)))
        {
            // A module looks for its tokens when it is loaded.
            module.Unload(loading);
            return Once(work, ref loading);
        }
    }

    private T Once<T>(Func<ISession, T> work, ref long loading)
    {
        var (result, used) = module.Use((library, now) =>
        {
            ISession? session = null;
            try
            {
                session = Session(library, now);
                var done = work(session);
                _idle.Add((session, now));
                return (Done: (Ok: true, Value: done, Failure: (Exception?)null), now);
            }
            catch (KeyUnavailableException e)
            {
                // What was asked for isn't there or isn't right; the session is.
                if (session is not null)
                {
                    _idle.Add((session, now));
                }

                return (Done: (Ok: false, Value: default(T)!, Failure: e), now);
            }
            catch (Exception e) when (e is Pkcs11Exception or TokenAbsentException)
            {
                Close(session);
                return (Done: (Ok: false, Value: default(T)!, Failure: e), now);
            }
        });
        loading = used;
        return result.Ok ? result.Value : throw result.Failure!;
    }

    private ISession Session(IPkcs11Library library, long loading)
    {
        while (_idle.TryTake(out var idle))
        {
            if (idle.Loading == loading)
            {
                return idle.Session;
            }
        }

        var slot = library.GetSlotList(SlotsType.WithTokenPresent).FirstOrDefault(IsOurs)
            ?? throw new TokenAbsentException();
        OffersGcm = slot.GetMechanismList().Contains(CKM.CKM_AES_GCM);
        var session = slot.OpenSession(SessionType.ReadWrite);
        try
        {
            Login(session);
            return session;
        }
        catch
        {
            Close(session);
            throw;
        }
    }

    private static void Close(ISession? session)
    {
        try
        {
            session?.Dispose();
        }
        catch (Pkcs11Exception)
        {
            // Its token is away, and it with it.
        }
    }

    // One at a time; a PIN that was refused is not tried again, as a token locks itself after a few wrong ones.
    private void Login(ISession session)
    {
        var pin = Encoding.UTF8.GetBytes(File.ReadAllText(pinFile).Trim());
        var hash = SHA256.HashData(pin);
        try
        {
            lock (_login)
            {
                if (_refusedPin is not null && _refusedPin.AsSpan().SequenceEqual(hash))
                {
                    throw new KeyRefusedException($"The token '{label}' of the key provider {provider} refused the PIN in {pinFile}. It is not tried again before the file changes.");
                }

                try
                {
                    session.Login(CKU.CKU_USER, pin);
                }
                catch (Pkcs11Exception e) when (e.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
                {
                    // Another session of this process did it.
                }
                catch (Pkcs11Exception e) when (e.RV is CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_LOCKED or CKR.CKR_PIN_EXPIRED or CKR.CKR_PIN_LEN_RANGE)
                {
                    _refusedPin = hash;
                    throw;
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }
    }

    private static bool MayBeAway(CKR code) => code is
        CKR.CKR_SESSION_HANDLE_INVALID or CKR.CKR_SESSION_CLOSED or CKR.CKR_USER_NOT_LOGGED_IN or CKR.CKR_DEVICE_ERROR or CKR.CKR_DEVICE_REMOVED
        or CKR.CKR_TOKEN_NOT_PRESENT or CKR.CKR_TOKEN_NOT_RECOGNIZED or CKR.CKR_KEY_HANDLE_INVALID or CKR.CKR_OBJECT_HANDLE_INVALID
        or CKR.CKR_CRYPTOKI_NOT_INITIALIZED or CKR.CKR_SLOT_ID_INVALID;

    private KeyUnavailableException ForPeople(Pkcs11Exception e) => e.RV switch
    {
        CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_LEN_RANGE => new KeyRefusedException($"The token '{label}' of the key provider {provider} refuses the PIN in {pinFile}.", e),
        CKR.CKR_PIN_LOCKED or CKR.CKR_PIN_EXPIRED or CKR.CKR_USER_PIN_NOT_INITIALIZED or CKR.CKR_KEY_FUNCTION_NOT_PERMITTED
            or CKR.CKR_TOKEN_NOT_PRESENT or CKR.CKR_DEVICE_REMOVED or CKR.CKR_TOKEN_NOT_RECOGNIZED or CKR.CKR_ACTION_PROHIBITED =>
            new KeyRefusedException($"The token '{label}' of the key provider {provider} refuses ({e.RV}).", e),
        _ => new KeyUnavailableException($"The token '{label}' of the key provider {provider} failed ({e.RV})."),
    };

    /// <summary>No token of this label is there, as far as the module knows.</summary>
    private sealed class TokenAbsentException : Exception;
}
