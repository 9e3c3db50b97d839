namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of pages that keep up to date.</summary>
internal sealed partial class ConsoleTexts
{
    public string LiveEnded => Say("Your session has ended: what you see is no longer kept up to date. Load the page again to sign in.", "Votre session est terminée : ce que vous voyez n’est plus tenu à jour. Rechargez la page pour vous connecter.");

    public string LiveGone => Say("What this page showed is gone, or you have no access to it any more.", "Ce que montrait cette page n’existe plus, ou vous n’y avez plus accès.");

    public string LiveAway => Say("The server doesn’t answer: what you see may be old. It is tried again.", "Le serveur ne répond pas : ce que vous voyez est peut-être ancien. De nouveaux essais suivent.");

    public string Progress => Say("Under way", "En cours");

    public string StepOf => Say("step {0} of {1}:", "étape {0} sur {1} :");

    public string StepsDone => Say("Steps done", "Étapes faites");

    public string StepStateOf(string state) => state switch
    {
        "pending" => Say("to come", "à venir"),
        "running" => Say("under way", "en cours"),
        "retrying" => Say("tried again", "nouvel essai"),
        "done" => Say("done", "faite"),
        _ => state,
    };
}
