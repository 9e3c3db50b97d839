using Beffroi.Hosts.Cli;
using Beffroi.Hosts.Cli.Output;

return await Invocation.RunAsync(args, Terminal.OfProcess());
