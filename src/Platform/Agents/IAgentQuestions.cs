using Beffroi.Contracts.Agents;

namespace Beffroi.Platform.Agents;

/// <summary>
/// Asks agents what they keep in their instances and the platform does not. Nothing is stored on the way, neither the question nor the answer. Safe for concurrent use.
/// </summary>
public interface IAgentQuestions
{
    /// <summary>
    /// The agent's answer; null where the agent is not connected to this process, has too much to answer already, or takes longer than five seconds. An answer is what an agent says: the caller
    /// takes of it only what it asked for.
    /// </summary>
    /// <param name="instanceId">Whose agent.</param>
    /// <param name="question">Its id is given here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<AgentAnswer?> AskAsync(Guid instanceId, AgentQuestion question, CancellationToken cancellationToken);
}
