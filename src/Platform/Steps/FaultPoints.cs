using System.Diagnostics;

namespace Beffroi.Platform.Steps;

/// <summary>
/// Where tests kill the process: between any two steps. A file named <c>VERB.STEP.before</c> or <c>VERB.STEP.after</c> in the
/// directory kills the process (SIGKILL) once, when it gets there; the file is removed first. After a step is before it is noted as done: whoever
/// comes next does not know of it. Without a directory, as in every installation but a test's, it does nothing. Safe for concurrent use.
/// </summary>
/// <param name="Directory">Absolute path, or null for none.</param>
public sealed record FaultPoints(string? Directory)
{
    /// <summary>Dies here if so ordered.</summary>
    public void Pass(string verb, string step, string side)
    {
        if (Directory is null)
        {
            return;
        }

        var order = Path.Combine(Directory, verb + "." + step + "." + side);
        if (File.Exists(order))
        {
            File.Delete(order);
            Process.GetCurrentProcess().Kill();
        }
    }
}
