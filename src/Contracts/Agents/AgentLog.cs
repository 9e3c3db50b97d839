namespace Beffroi.Contracts.Agents;

public sealed partial class AgentLog
{
    /// <summary>How many lines an agent keeps and gives out, at most.</summary>
    public const int MostLines = 500;

    /// <summary>How long a line is, at most, in UTF-16 code units; what is longer is cut.</summary>
    public const int LongestLine = 1000;
}
