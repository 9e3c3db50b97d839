namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of pictures.</summary>
internal sealed partial class ConsoleTexts
{
    public string TimelineLabel => Say("Backups between {1} and {2}: {0}", "Sauvegardes entre le {1} et le {2} : {0}");

    public string RestoreToHere => Say("Restore to this moment", "Restaurer à ce moment");

    public string RestorePoint => Say("Restore", "Restaurer");
}
