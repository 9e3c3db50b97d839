namespace Beffroi.Agent;

/// <summary>Lines for the instance's journal. Never a secret, and nothing of the customer's data.</summary>
internal static class Log
{
    internal static void Write(string line) => Console.Error.WriteLine(line);
}
