using System.Globalization;
using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of what was used and what it costs.</summary>
internal sealed partial class ConsoleTexts
{
    public string Usage => Say("Usage", "Consommation");

    public string UsageAndCost => Say("Usage and cost", "Consommation et coût");

    public string UsageLead => Say(
        "What your resources were to take, hour by hour, and what that costs by the operator’s price list. What is stopped takes storage only.",
        "Ce que vos ressources devaient prendre, heure par heure, et ce que cela coûte selon les tarifs de l’opérateur. Ce qui est arrêté ne prend que du stockage.");

    public string CostThisMonth => Say("Cost this month", "Coût ce mois-ci");

    public string CostOfMonth => Say("Cost", "Coût");

    public string NoPrice => Say("no price", "pas de prix");

    public string NoPriceList => Say("No price list is declared: nothing has a price.", "Aucun tarif n’est déclaré : rien n’a de prix.");

    public string NothingUsed => Say("Nothing was recorded in this month.", "Rien n’a été relevé ce mois-là.");

    public string ByDay => Say("By day", "Par jour");

    public string AsTable => Say("As a table", "En tableau");

    public string BySpace => Say("By space", "Par espace");

    public string ByResource => Say("By resource", "Par ressource");

    public string DayOfUsage => Say("Day", "Jour");

    public string SpaceOfUsage => Say("Space", "Espace");

    public string Resource => Say("Resource", "Ressource");

    public string CpuHours => Say("CPU hours", "Heures de processeur");

    public string MemoryHours => Say("Memory, GiB-hours", "Mémoire, Gio-heures");

    public string StorageHours => Say("Storage, GiB-hours", "Stockage, Gio-heures");

    public string BackupHours => Say("Backups, GiB-hours", "Sauvegardes, Gio-heures");

    public string StoppedHours => Say("Hours stopped", "Heures d’arrêt");

    public string Total => Say("Total", "Total");

    public string MonthBefore => Say("Month before", "Mois précédent");

    public string MonthAfter => Say("Month after", "Mois suivant");

    public string UsageRounding => Say(
        "Each cost is rounded for itself: a sum may differ from its parts by some cents. What backups take is the sum of what each added, as their repository said at each hour’s end.",
        "Chaque coût est arrondi pour lui-même : une somme peut différer de ses parties de quelques centimes. Les sauvegardes comptent pour ce que chacune a ajouté, selon leur dépôt à la fin de chaque heure.");

    public string Prices => Say("Prices", "Tarifs");

    public string PriceLists => Say("Price lists", "Tarifs");

    public string PricesLead => Say(
        "What an hour costs, as the operator declares it. One that holds is never changed.",
        "Ce que coûte une heure, tel que l’opérateur le déclare. Un tarif en vigueur n’est jamais changé.");

    public string OperatorPricesLead => Say(
        "What you declare here, every customer reads as it is, and usage is priced by it. A price list that has begun to hold is never changed: declare another for a later day.",
        "Ce que vous déclarez ici, chaque client le lit tel quel, et la consommation est chiffrée ainsi. Un tarif entré en vigueur n’est jamais changé : déclarez-en un autre pour un jour à venir.");

    public string PriceFrom => Say("From", "À partir du");

    public string CurrencyOfPrices => Say("Currency", "Devise");

    public string HoldsNow => Say("holds", "en vigueur");

    public string HoldsLater => Say("later", "à venir");

    public string HeldBefore => Say("no more", "échu");

    public string CpuHour => Say("1 CPU, an hour", "1 processeur, une heure");

    public string MemoryHour => Say("1 GiB of memory, an hour", "1 Gio de mémoire, une heure");

    public string StorageHour => Say("1 GiB of storage, an hour", "1 Gio de stockage, une heure");

    public string BackupHour => Say("1 GiB of backups, an hour", "1 Gio de sauvegardes, une heure");

    public string DeclarePrices => Say("Declare a price list", "Déclarer un tarif");

    public string DeclarePricesMore => Say("At the command line, from a file:", "En ligne de commande, depuis un fichier :");

    public string PriceFromHelp => Say("A day (UTC) after today, as 2027-01-01; today, if no price list holds yet.", "Un jour (UTC) après aujourd’hui, comme 2027-01-01 ; aujourd’hui si aucun tarif n’est en vigueur.");

    public string CurrencyHelp => Say("Three letters (ISO 4217), the same in all price lists.", "Trois lettres (ISO 4217), les mêmes dans tous les tarifs.");

    public string PriceHelp => Say("At most ten decimals; 0 for nothing.", "Dix décimales au plus ; 0 pour gratuit.");

    public string UsedByOrganizations => Say("Used this month, by organization", "Consommé ce mois-ci, par organisation");

    public string NothingUsedYet => Say("No hour with a resource in it was recorded this month.", "Aucune heure avec une ressource n’a été relevée ce mois-ci.");

    public string PlanPerMonth(string amount) => string.Format(
        CultureInfo.InvariantCulture, Say("{0} a month of 730 hours while it runs, without its backups", "{0} par mois de 730 heures en marche, hors sauvegardes"), amount);

    public string PlanPerMonthNow(string amount) => string.Format(CultureInfo.InvariantCulture, Say("(now {0})", "(aujourd’hui {0})"), amount);

    public string Recorded(DateTimeOffset from, DateTimeOffset until) => string.Format(
        CultureInfo.InvariantCulture,
        Say("Recorded from {0} up to {1}. Nothing is known of before, and the present hour follows when it is over.", "Relevé du {0} au {1}. Rien n’est connu d’avant, et l’heure en cours suivra une fois finie."),
        Time(from), Time(until));

    public string Unpriced(decimal hours) => string.Format(
        CultureInfo.InvariantCulture, Say("Hours of resources in which no price held: {0}. They are in no cost.", "Heures de ressources sans prix en vigueur : {0}. Elles ne sont dans aucun coût."), Amount(hours));

    public string BackupsUnknown(decimal hours) => string.Format(
        CultureInfo.InvariantCulture,
        Say("Hours of resources of which it is not known what their backups took: {0}. They are in no sum of backups.", "Heures de ressources dont on ne sait pas ce que prenaient les sauvegardes : {0}. Elles ne sont dans aucune somme de sauvegardes."),
        Amount(hours));

    public string BarsLabel(string most) => string.Format(CultureInfo.InvariantCulture, Say("Bars by day; the highest is {0}", "Barres par jour ; la plus haute vaut {0}"), most);

    /// <summary>An amount of hours: grouped by thousands, at most two decimals.</summary>
    public string Amount(decimal amount) => Grouped(amount.ToString("#,##0.##", CultureInfo.InvariantCulture));

    /// <summary>Money as the language has it: €1,234.50 and 1 234,50 €; of another currency than the euro, its letters.</summary>
    public string Money(decimal amount, string currency) => WithCurrency(Grouped(amount.ToString("#,##0.00", CultureInfo.InvariantCulture)), currency);

    /// <summary>A price of one thing, with all its decimals.</summary>
    public string Price(decimal price, string currency) => WithCurrency(Grouped(price.ToString("#,##0.00########", CultureInfo.InvariantCulture)), currency);

    /// <summary>A cost, or that there is none.</summary>
    public string CostOf(UsageAmounts amounts, string? currency) => amounts.Cost is { } cost && currency is not null ? Money(cost, currency) : NoPrice;

    /// <summary>A space's cost in a report by space: nothing recorded of it is a cost of nothing, where there are prices.</summary>
    public string CostOf(UsageReport report, string space) =>
        report.Parts.FirstOrDefault(p => p.Space == space) is { } part ? CostOf(part.Amounts, report.Currency) : report.Currency is { } currency ? Money(0, currency) : NoPrice;

    private string WithCurrency(string number, string currency) => (_french, currency) switch
    {
        (true, "EUR") => number + "\u00a0€",
        (true, _) => number + "\u00a0" + currency,
        (false, "EUR") => "€" + number,
        _ => currency + "\u00a0" + number,
    };

    private string Grouped(string number) => _french ? number.Replace(',', '\u202f').Replace('.', ',') : number;
}
