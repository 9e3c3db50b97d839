namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of an entry of the ledger and its proof.</summary>
internal sealed partial class ConsoleTexts
{
    public string EntryTitle => Say("Entry {0} of the ledger", "Écriture {0} du registre");

    public string EntryText => Say("As it was hashed", "Telle qu’elle a été hachée");

    public string ProveTitle => Say("Is it in the log?", "Est-elle bien dans le registre ?");

    public string ProveMore => Say(
        "Your browser computes it itself: it fetches the entry, the log’s hashes and its signed checkpoint, verifies the signature, and follows the hashes from the entry to the signed root. It also holds the log to what it verified here before.",
        "Votre navigateur le calcule lui-même : il va chercher l’écriture, les empreintes du registre et son point de contrôle signé, vérifie la signature, et remonte les empreintes de l’écriture jusqu’à la racine signée. Il compare aussi le registre à ce qu’il y a vérifié auparavant.");

    public string ProveScript => Say("Your browser runs no script here; the commands below do more.", "Votre navigateur n’exécute pas de script ici ; les commandes ci-dessous font davantage.");

    public string VerifyHere => Say("Verify in this browser", "Vérifier dans ce navigateur");

    public string ProveAlone => Say(
        "What your browser runs comes from the server that it checks. Who distrusts the server verifies on a machine of their own, with a command that it didn’t deliver: Debian’s package, or one that you built. The first prints the key to compare; keep it.",
        "Ce que votre navigateur exécute vient du serveur qu’il contrôle. Qui se méfie du serveur vérifie sur sa propre machine, avec une commande qui n’en vient pas : le paquet Debian, ou celle que vous avez compilée. La première montre la clé à comparer ; gardez-la.");

    /// <summary>What the script says, each by its word.</summary>
    public IReadOnlyList<(string Word, string Text)> ProofWords =>
    [
        ("good", Say("holds", "tenu")),
        ("bad", Say("fails", "échoue")),
        ("running", Say("Verifying…", "Vérification en cours…")),
        ("verified", Say("Verified in this browser: the entry is in the log, as it is shown here.", "Vérifié dans ce navigateur : l’écriture est dans le registre, telle qu’elle est montrée ici.")),
        ("not-verified", Say(
            "This is not proved. Keep this page as it is, and verify with the command below on a machine of your own.",
            "Ce n’est pas prouvé. Gardez cette page telle quelle, et vérifiez avec la commande ci-dessous sur une machine à vous.")),
        ("key-new", Say(
            "This browser sees the log’s key for the first time and will hold the log to it from now on. Compare it with what “beffroi ledger key” prints on your own machine:",
            "Ce navigateur voit la clé du registre pour la première fois et s’y tiendra désormais. Comparez-la avec ce que montre « beffroi ledger key » sur votre propre machine :")),
        ("key-known", Say("The log’s key is the one that this browser remembers:", "La clé du registre est celle que ce navigateur a retenue :")),
        ("signed", Say("This key signed that there are {0} entries, with this root:", "Cette clé a signé qu’il y a {0} écritures, avec cette racine :")),
        ("first", Say("No earlier state of the log is remembered here to compare with.", "Aucun état antérieur du registre n’est retenu ici pour comparer.")),
        ("continues", Say(
            "The log begins with all of the {0} entries that this browser verified before; none was changed or removed. Their root was:",
            "Le registre commence par la totalité des {0} écritures que ce navigateur a vérifiées auparavant ; aucune n’a été changée ni retirée. Leur racine était :")),
        ("leaf", Say("The entry has {0} bytes, and this page shows it as it is in the log. Its hash:", "L’écriture a {0} octets, et cette page la montre telle qu’elle est dans le registre. Son empreinte :")),
        ("path", Say("From it, the log’s hashes lead to the signed root in this number of steps: {0}", "De là, les empreintes du registre mènent à la racine signée en ce nombre d’étapes : {0}")),
        ("unsupported", Say(
            "This browser can’t verify Ed25519 signatures. Chromium 137, Firefox 129, Safari 17 and later can.",
            "Ce navigateur ne sait pas vérifier les signatures Ed25519. Chromium 137, Firefox 129, Safari 17 et les suivants le savent.")),
        ("memory", Say(
            "What this browser remembers of the log can’t be read or written. Allow this site to store data, or clear what it has stored to begin anew.",
            "Ce que ce navigateur a retenu du registre ne peut être lu ou écrit. Autorisez ce site à enregistrer des données, ou effacez les siennes pour recommencer.")),
        ("key", Say("What should be the log’s key isn’t one.", "Ce qui devrait être la clé du registre n’en est pas une.")),
        ("other-key", Say(
            "The log’s key is another than this browser remembers: someone else signs, or the installation was set up anew. If you know why, clear this site’s data in the browser to begin with the new one. The new key, and the one that is remembered:",
            "La clé du registre n’est pas celle que ce navigateur a retenue : quelqu’un d’autre signe, ou l’installation a été refaite. Si vous savez pourquoi, effacez les données de ce site dans le navigateur pour partir de la nouvelle. La nouvelle clé, et celle qui est retenue :")),
        ("checkpoint", Say("What should be a signed checkpoint isn’t one.", "Ce qui devrait être un point de contrôle signé n’en est pas un.")),
        ("not-signed", Say("The checkpoint has no signature of the log’s key.", "Le point de contrôle ne porte pas de signature de la clé du registre.")),
        ("forged", Say("The checkpoint’s signature isn’t that of the log’s key: the checkpoint was changed, or someone else signed.", "La signature du point de contrôle n’est pas celle de la clé du registre : il a été changé, ou quelqu’un d’autre a signé.")),
        ("other-log", Say("The checkpoint is another log’s: {0}", "Le point de contrôle est celui d’un autre registre : {0}")),
        ("smaller", Say("The log ends after {0} entries, but this browser has seen {1}: the rest was removed.", "Le registre finit après {0} écritures, alors que ce navigateur en a vu {1} : le reste a été retiré.")),
        ("forked", Say(
            "The log of {0} entries doesn’t continue the one of {1} that this browser has seen: its past was rewritten, or another is shown to others.",
            "Le registre de {0} écritures ne continue pas celui de {1} que ce navigateur a vu : son passé a été réécrit, ou un autre est montré à d’autres.")),
        ("beyond", Say("The signed log has {0} entries, and not yet this one. Wait a second and verify again.", "Le registre signé a {0} écritures, et pas encore celle-ci. Attendez une seconde et vérifiez de nouveau.")),
        ("missing", Say("The server can’t show what its checkpoint promises: {0} is missing.", "Le serveur ne peut montrer ce que promet son point de contrôle : {0} manque.")),
        ("tile", Say("What the server shows as {0} has another form than it must have.", "Ce que le serveur montre comme {0} n’a pas la forme voulue.")),
        ("other-entry", Say("This page shows another entry than the log has at this number.", "Cette page montre une autre écriture que celle du registre à ce numéro.")),
        ("changed", Say("The hashes don’t lead from this entry, as number {0}, to the signed root: the entry or the hashes were changed.", "Les empreintes ne mènent pas de cette écriture, comme numéro {0}, à la racine signée : l’écriture ou les empreintes ont été changées.")),
        ("away", Say("The server doesn’t answer. Try again in a moment.", "Le serveur ne répond pas. Recommencez dans un moment.")),
        ("signed-out", Say("Your session has ended. Sign in again.", "Votre session est terminée. Connectez-vous de nouveau.")),
    ];
}
