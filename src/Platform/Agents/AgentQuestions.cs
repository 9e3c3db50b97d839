using System.Collections.Concurrent;
using System.Threading.Channels;
using Beffroi.Contracts.Agents;
using Grpc.Core;

namespace Beffroi.Platform.Agents;

/// <summary>The agents that wait for questions in this process.</summary>
internal sealed class AgentQuestions(TimeProvider time) : IAgentQuestions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<Guid, Respondent> _respondents = new();

    public async Task<AgentAnswer?> AskAsync(Guid instanceId, AgentQuestion question, CancellationToken cancellationToken)
    {
        if (!_respondents.TryGetValue(instanceId, out var respondent))
        {
            return null;
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await respondent.AskAsync(question, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>An agent's call, for as long as it lasts. The newest of an agent's is asked: one that it lost may linger.</summary>
    internal async Task RunAsync(Guid instanceId, IAsyncStreamReader<AgentAnswer> answers, IServerStreamWriter<AgentQuestion> questions, CancellationToken cancellationToken)
    {
        var respondent = new Respondent();
        _respondents[instanceId] = respondent;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task[] both = [respondent.SendAsync(questions, ended.Token), respondent.ReceiveAsync(answers, ended.Token)];
            await Task.WhenAny(both);
            await ended.CancelAsync();
            foreach (var task in both)
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            _respondents.TryRemove(KeyValuePair.Create(instanceId, respondent));
            respondent.Leave();
        }
    }

    /// <summary>One agent on one call.</summary>
    private sealed class Respondent
    {
        private const int MostWaiting = 16;
        private readonly Channel<AgentQuestion> _questions = Channel.CreateBounded<AgentQuestion>(MostWaiting);
        private readonly ConcurrentDictionary<long, TaskCompletionSource<AgentAnswer?>> _waiting = new();
        private long _last;

        public async Task<AgentAnswer?> AskAsync(AgentQuestion question, CancellationToken cancellationToken)
        {
            var asked = new AgentQuestion(question) { Id = Interlocked.Increment(ref _last) };
            var answer = new TaskCompletionSource<AgentAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[asked.Id] = answer;
            try
            {
                // False where too many wait, or the agent has left meanwhile.
                return _questions.Writer.TryWrite(asked) ? await answer.Task.WaitAsync(cancellationToken) : null;
            }
            finally
            {
                _waiting.TryRemove(asked.Id, out _);
            }
        }

        public async Task SendAsync(IServerStreamWriter<AgentQuestion> questions, CancellationToken cancellationToken)
        {
            await foreach (var question in _questions.Reader.ReadAllAsync(cancellationToken))
            {
                await questions.WriteAsync(question, cancellationToken);
            }
        }

        public async Task ReceiveAsync(IAsyncStreamReader<AgentAnswer> answers, CancellationToken cancellationToken)
        {
            while (await answers.MoveNext(cancellationToken))
            {
                // One that nobody waits for any more is let go.
                if (_waiting.TryGetValue(answers.Current.Id, out var waiting))
                {
                    waiting.TrySetResult(answers.Current);
                }
            }
        }

        public void Leave()
        {
            _questions.Writer.TryComplete();
            foreach (var waiting in _waiting.Values)
            {
                waiting.TrySetResult(null);
            }
        }
    }
}
