using System.Collections.Frozen;

namespace Beffroi.Platform.Sovereignty;

/// <summary>Countries by their code (ISO 3166-1 alpha-2).</summary>
internal static class Countries
{
    public const string Form = "a country's code of two capital letters (ISO 3166-1 alpha-2), e.g. FR";

    private static readonly FrozenSet<string> All = Split(
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
        + "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ "
        + "LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA "
        + "RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW");

    // The 27 of the Union with Iceland, Liechtenstein and Norway; and France's parts that have a code of their own and are in it (article 355 of the Treaty on the Functioning of the European Union).
    private static readonly FrozenSet<string> Eea = Split(
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO GF GP MQ RE YT MF AX");

    private static readonly FrozenSet<string> EeaBesideEu = Split("IS LI NO");

    public static bool Exists(string? code) => code is not null && All.Contains(code);

    /// <summary>Whether it is in the European Economic Area.</summary>
    public static bool InEea(string code) => Eea.Contains(code);

    /// <summary>Whether it is in the European Union.</summary>
    public static bool InEu(string code) => InEea(code) && !EeaBesideEu.Contains(code);

    private static FrozenSet<string> Split(string codes) => codes.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
