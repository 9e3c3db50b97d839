namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of what a form's choices come to.</summary>
internal sealed partial class ConsoleTexts
{
    public string PlanTitle => Say("What this comes to", "À quoi cela revient");

    public string PlanOne => Say("1 node", "1 nœud");

    public string PlanMany => Say("{0} nodes together", "{0} nœuds ensemble");

    public string PlanQuota => Say("Quota", "Quota");

    public string PlanLimit => Say("At most", "Au plus");

    public string PlanUsed => Say("Used now", "Utilisé");

    public string PlanLeft => Say("Left with this", "Restera");

    public string PlanOver => Say("too much", "trop");

    public string PlanOverQuota => Say("more than is left of a quota", "plus qu’il ne reste d’un quota");

    public string PlanOfSpace => Say("of the space", "de l’espace");

    public string PlanOfOrganization => Say("of the organization", "de l’organisation");

    public string PlanNoQuota => Say("Neither the space nor the organization has a quota.", "Ni l’espace ni l’organisation n’a de quota.");

    public string PlanCommand => Say("The same at the command line:", "La même chose en ligne de commande :");

    public string PlanRequest => Say("The same to the API", "La même chose à l’API");

    public string PlanWhat(string what) => what switch
    {
        "cpus" => Say("CPUs", "Processeurs"),
        "memory" => Memory,
        "storage" => Storage,
        "resources" => Databases,
        _ => what,
    };
}
