namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on the organization's own identity providers say.</summary>
internal sealed partial class ConsoleTexts
{
    public string IdentityProviders => Say("Identity providers", "Fournisseurs d’identité");

    public string IdentityProvidersLead => Say(
        "By which your organization’s people sign in, once they have linked their account: any that speaks OpenID Connect.",
        "Par lesquels se connectent les membres de votre organisation, une fois leur compte lié : tout ce qui parle OpenID Connect.");

    public string NoIdentityProviders => Say("Your organization has registered none: its people sign in by password or passkey.", "Votre organisation n’en a pas enregistré : ses membres se connectent par mot de passe ou clé d’accès.");

    public string NewIdentityProvider => Say("Register one", "En enregistrer un");

    public string NewIdentityProviderMore => Say(
        "First register this installation there as a confidential client, with this redirect address:",
        "Enregistrez d’abord cette installation chez lui comme client confidentiel, avec cette adresse de retour :");

    public string IdentityProviderExists => Say("There is one of this name:", "Il y en a un de ce nom :");

    public string Issuer => Say("Issuer", "Émetteur");

    public string IssuerHelp => Say("An address with https, exactly as the provider has it.", "Une adresse en https, exactement telle que le fournisseur l’a.");

    public string ClientId => Say("Client identifier", "Identifiant du client");

    public string ClientIdHelp => Say("As the provider gave it.", "Tel que le fournisseur l’a donné.");

    public string ClientSecret => Say("Client secret", "Secret du client");

    public string ClientSecretHelp => Say("As the provider gave it. It is kept under your organization’s key and never shown.", "Tel que le fournisseur l’a donné. Il est gardé sous la clé de votre organisation et jamais montré.");

    public string AcrValues => Say("Context classes asked for (acr)", "Classes de contexte demandées (acr)");

    public string AcrValuesHelp => Say("One of which a sign-in there has to have, such as eidas1; with spaces between them, or nothing for any.", "Une connexion là-bas doit avoir l’une d’elles, par exemple eidas1 ; séparées par des espaces, ou rien pour n’importe laquelle.");

    public string SecondFactorAcr => Say("Context classes that mean a second factor", "Classes de contexte qui valent second facteur");

    public string SecondFactorAcrHelp => Say("After a sign-in there with any other, the code of the person’s authenticator is asked for here.", "Après une connexion là-bas avec toute autre, le code de l’application d’authentification est demandé ici.");

    public string SecondFactorAmr => Say("Methods that mean a second factor (amr)", "Méthodes qui valent second facteur (amr)");

    public string SecondFactorAmrHelp => Say("The same by method, such as mfa.", "De même par la méthode, par exemple mfa.");

    public string ProviderRequired => Say("Members other than owners begin no session without it", "Les membres autres que les propriétaires ne commencent aucune session sans lui");

    public string ProviderRequiredHelp => Say("Sessions that they have begun otherwise end at once.", "Leurs sessions commencées autrement finissent aussitôt.");

    public string ProviderMore => Say("Scopes, the longest time since the sign-in there, the claim that people see themselves by, and an authority of your own are set at the command line.", "Les portées, l’ancienneté maximale de la connexion là-bas, l’attribut montré aux personnes et une autorité de certification propre se choisissent en ligne de commande.");

    public string LinkedMembers => Say("Linked members", "Membres liés");

    public string IsRequired => Say("Required", "Exigé");

    public string RequiredForAll => Say("yes, but for owners", "oui, sauf des propriétaires");

    public string NotRequired => Say("no", "non");

    public string AnyClass => Say("any", "n’importe laquelle");

    public string AskedHere => Say("always asked for here", "toujours demandé ici");

    public string SecondFactor => Say("Second factor there", "Second facteur là-bas");

    public string RedirectAddress => Say("Redirect address", "Adresse de retour");

    public string SignInAddress => Say("Address to sign in at", "Adresse de connexion");

    public string LinkAddress => Say("Where members link their account", "Où les membres lient leur compte");

    public string IdentityProviderTitle => Say("Identity provider {0}", "Fournisseur d’identité {0}");

    public string RemoveIdentityProvider => Say("Remove it", "Le retirer");

    public string RemoveIdentityProviderTitle => Say("Remove the identity provider {0}", "Retirer le fournisseur d’identité {0}");

    public string RemoveIdentityProviderMore => Say(
        "Whoever is linked there no longer is, and the sessions that began by it end at once. If it is required, members begin sessions by password or passkey again.",
        "Qui y est lié ne l’est plus, et les sessions commencées par lui finissent aussitôt. S’il est exigé, les membres commencent de nouveau des sessions par mot de passe ou clé d’accès.");
}
