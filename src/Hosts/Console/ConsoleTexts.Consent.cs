namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on keys that approve say, and those that sign with passkeys.</summary>
internal sealed partial class ConsoleTexts
{
    public string ApproverKeys => Say("Keys that approve", "Clés qui approuvent");

    public string ApproverKey => Say("Key that approves", "Clé qui approuve");

    public string ApproverKeysLead => Say(
        "What the operator asks to see opens only by a signature of one of these keys. Whoever audits keeps each line as its holder gave it, by another way than this server.",
        "Ce que l’opérateur demande à voir ne s’ouvre que par une signature de l’une de ces clés. Qui contrôle garde chaque ligne telle que son détenteur l’a remise, par une autre voie que ce serveur.");

    public string NoApproverKeys => Say("Nobody has a key to approve with.", "Personne n’a de clé pour approuver.");

    public string KeepYourKey => Say(
        "This is yours. Keep the line, and give it to those who audit: compare it now and then, it must never change by itself.",
        "C’est la vôtre. Gardez la ligne et remettez-la à qui contrôle ; comparez-la de temps en temps : elle ne doit jamais changer d’elle-même.");

    public string RemoveYourKey => Say("Remove your key", "Supprimer votre clé");

    public string Passkey => Say("passkey", "clé d’accès");

    public string ApproveByPasskey => Say("Approve with a passkey", "Approuver avec une clé d’accès");

    public string ApproveWithPasskey => Say("Approve with my passkey", "Approuver avec ma clé d’accès");

    public string RegisterPasskey => Say("Register this passkey", "Enregistrer cette clé d’accès");

    public string PasskeyRegistered => Say("It is registered to approve with.", "Elle est enregistrée pour approuver.");

    public string PasskeyWorth => Say(
        "A passkey proves that you were asked by a page of this server, and that your device signed exactly this text. That the page showed you this text it can’t prove: if you don’t trust this server for it, use the command line, which shows what it signs.",
        "Une clé d’accès prouve qu’une page de ce serveur vous a sollicité et que votre appareil a signé exactement ce texte. Que la page vous l’ait montré, elle ne peut le prouver : si vous ne vous fiez pas à ce serveur pour cela, servez-vous de la ligne de commande, qui montre ce qu’elle signe.");

    public string PasskeysApproveNothing => Say(
        "Your organization takes signatures of keys on people’s own machines alone.",
        "Votre organisation n’accepte que les signatures de clés gardées sur les postes des siens.");

    public string NoPasskeyHere => Say(
        "You have none that this page could ask for: passkeys are tied to the name under which this server is opened.",
        "Vous n’en avez aucune que cette page puisse solliciter : une clé d’accès est liée au nom sous lequel ce serveur est ouvert.");

    public string PasskeySynced => Say("Synced between your devices: as safe as the account that syncs it.", "Synchronisée entre vos appareils : aussi sûre que le compte qui la synchronise.");

    public string PasskeyBound => Say("On one device only.", "Sur un seul appareil.");

    public string PasskeyNeedsScript => Say("This takes a browser that knows passkeys, with JavaScript.", "Il faut un navigateur qui connaît les clés d’accès, avec JavaScript.");

    public string PasskeyCancelled => Say(
        "Nothing was signed: you cancelled, it took too long, or this device doesn’t have the passkey. Try again.",
        "Rien n’a été signé : vous avez annulé, le temps est écoulé, ou cet appareil n’a pas la clé d’accès. Recommencez.");

    public string PasskeyInsecure => Say(
        "Nothing was signed: browsers use passkeys only under the installation’s name, with a certificate that they trust.",
        "Rien n’a été signé : les navigateurs n’utilisent les clés d’accès que sous le nom de l’installation, avec un certificat auquel ils se fient.");

    public string PasskeyElsewhere => Say(
        "Nothing was signed: your key was registered at another address of this installation. Open the console there, or register the passkey again here.",
        "Rien n’a été signé : votre clé a été enregistrée à une autre adresse de cette installation. Ouvrez la console à celle-là, ou enregistrez de nouveau la clé d’accès ici.");

    public string PasskeyFailed => Say("Nothing was signed: that didn’t work. Try again.", "Rien n’a été signé : cela n’a pas marché. Recommencez.");

    public string KeyKindOf(string kind) => kind == "passkey" ? Passkey : Say("key on a machine of their own", "clé gardée sur un poste");
}
