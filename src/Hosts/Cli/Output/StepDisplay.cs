using System.Diagnostics;
using System.Globalization;

namespace Beffroi.Hosts.Cli.Output;

/// <summary>
/// Shows steps as they go: on a terminal the running one on a moving line, elsewhere a line for each that ended and a sign of
/// life every 15 s. One step at a time; safe for concurrent <see cref="Note"/>.
/// </summary>
internal sealed class StepDisplay : IDisposable
{
    private static readonly string[] Frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    private readonly TextWriter _writer;
    private readonly bool _live;
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private string? _title;
    private string _note = "";
    private long _started;
    private TimeSpan _spoken;
    private int _frame;

    public StepDisplay(TextWriter writer, bool live)
    {
        (_writer, _live) = (writer, live);
        _timer = new Timer(_ => Tick(), null, TimeSpan.FromMilliseconds(120), TimeSpan.FromMilliseconds(120));
    }

    /// <summary>A step begins.</summary>
    public void Begin(string title)
    {
        lock (_gate)
        {
            (_title, _note, _started, _spoken) = (title, "", Stopwatch.GetTimestamp(), TimeSpan.Zero);
            Draw();
        }
    }

    /// <summary>What the running step is doing just now.</summary>
    public void Note(string text)
    {
        lock (_gate)
        {
            _note = text.ReplaceLineEndings(" ").Trim();
        }
    }

    /// <summary>The running step ended well.</summary>
    public void Done(string? detail = null, TimeSpan? took = null) => End("✓", "\e[32m", detail, took);

    /// <summary>The running step failed.</summary>
    public void Fail(string? detail = null) => End("✗", "\e[31m", detail, null);

    /// <summary>A line of its own, above the running step's.</summary>
    public void Say(string line)
    {
        lock (_gate)
        {
            Erase();
            _writer.WriteLine(line);
            Draw();
        }
    }

    /// <summary>e.g. <c>0.4 s</c>, <c>12 s</c>, <c>2 min 05 s</c>.</summary>
    public static string Elapsed(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 60 => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:00} s"),
    };

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            Erase();
            _title = null;
        }
    }

    private void End(string sign, string color, string? detail, TimeSpan? took)
    {
        lock (_gate)
        {
            if (_title is null)
            {
                return;
            }

            Erase();
            var elapsed = Elapsed(took ?? Stopwatch.GetElapsedTime(_started));
            var mark = _live ? color + sign + "\e[0m" : sign;
            _writer.WriteLine($"{mark} {_title}{(detail is null ? "" : ": " + detail)} ({elapsed})");
            _writer.Flush();
            _title = null;
        }
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_title is null)
            {
                return;
            }

            _frame++;
            if (_live)
            {
                Draw();
            }
            else if (Stopwatch.GetElapsedTime(_started) is var elapsed && elapsed - _spoken > SignOfLife)
            {
                _spoken = elapsed;
                _writer.WriteLine($"… {_title} ({Elapsed(elapsed)}){(_note is "" ? "" : ": " + _note)}");
                _writer.Flush();
            }
        }
    }

    private void Draw()
    {
        if (!_live || _title is null)
        {
            return;
        }

        var line = $"{Frames[_frame % Frames.Length]} {_title} {Elapsed(Stopwatch.GetElapsedTime(_started))}{(_note is "" ? "" : "  " + _note)}";
        var width = Math.Max(20, Width() - 1);
        _writer.Write("\r\e[2K" + (line.Length > width ? line[..(width - 1)] + "…" : line));
        _writer.Flush();
    }

    private void Erase()
    {
        if (_live && _title is not null)
        {
            _writer.Write("\r\e[2K");
        }
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
