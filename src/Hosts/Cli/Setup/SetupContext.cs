using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>What the steps of <c>up</c> and <c>down</c> share.</summary>
internal sealed class SetupContext
{
    private UpRecord _record;

    public SetupContext(Installation installation, UpRecord record, SetupLog log, StepDisplay display, TimeProvider time)
    {
        (Installation, _record, Log, Display, Time) = (installation, record, log, display, time);
        Processes = new ProcessRunner(log) { OnLine = display.Note };
    }

    public Installation Installation { get; }

    public SetupLog Log { get; }

    public StepDisplay Display { get; }

    public TimeProvider Time { get; }

    public ProcessRunner Processes { get; }

    /// <summary>Kept on disk with every change, so that a later run knows what an interrupted one did.</summary>
    public UpRecord Record
    {
        get => _record;
        set
        {
            _record = value;
            value.Save(Installation);
        }
    }

    /// <summary>The checkout.</summary>
    public string Sources => Record.Sources ?? throw new SetupException("The checkout isn't known.", advice: "Run ./beffroi up in the checkout.");

    /// <summary>The programs in use: a link that is moved to the newest build.</summary>
    public string Programs => Installation.Programs + "/current";

    /// <summary>Whether systemd is this machine's PID 1.</summary>
    public static bool HasSystemd => Directory.Exists("/run/systemd/system");
}
