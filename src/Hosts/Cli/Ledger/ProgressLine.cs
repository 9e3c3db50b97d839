using System.Globalization;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>One line that counts, where a person watches; it is gone at the end.</summary>
internal sealed class ProgressLine(Terminal terminal, string done, long all) : IProgress<long>, IDisposable
{
    private long _shownAt;
    private bool _shown;

    public void Report(long value)
    {
        // Ten times a second is enough.
        if (terminal.ErrorInteractive && Environment.TickCount64 - _shownAt > 100)
        {
            (_shownAt, _shown) = (Environment.TickCount64, true);
            terminal.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{value:N0} of {all:N0} entries {done}\e[K"));
        }
    }

    public void Dispose()
    {
        if (_shown)
        {
            terminal.Error.Write("\r\e[K");
            _shown = false;
        }
    }
}
