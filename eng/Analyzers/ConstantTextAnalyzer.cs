using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Beffroi.Analyzers;

/// <summary>
/// SQL is constant text and takes values as parameters (BFR0001); a program's arguments are a list, never one string that something
/// splits (BFR0002). What breaks these rules does not compile.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ConstantTextAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor Sql = new(
        "BFR0001", "SQL must be constant", "SQL must be a constant; pass values as parameters", "Security", DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor CommandLine = new(
        "BFR0002", "Arguments must be a list", "Pass a program's arguments as a list (ArgumentList), not as one string", "Security", DiagnosticSeverity.Error, true);

    private static readonly ImmutableHashSet<string> SqlParameters = ImmutableHashSet.Create("sql", "commandText", "cmdText");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Sql, CommandLine);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(CheckArgument, OperationKind.Argument);
        context.RegisterOperationAction(CheckAssignment, OperationKind.SimpleAssignment);
    }

    private static void CheckArgument(OperationAnalysisContext context)
    {
        var argument = (IArgumentOperation)context.Operation;
        if (argument.Parameter is not { Type.SpecialType: SpecialType.System_String } parameter)
        {
            return;
        }

        var owner = parameter.ContainingType;
        if (SqlParameters.Contains(parameter.Name))
        {
            RequireConstant(context, argument.Value);
        }
        else if (parameter.Name == "arguments" && owner.Name is "ProcessStartInfo" or "Process"
            && owner.ContainingNamespace.ToDisplayString() == "System.Diagnostics")
        {
            context.ReportDiagnostic(Diagnostic.Create(CommandLine, argument.Syntax.GetLocation()));
        }
    }

    private static void CheckAssignment(OperationAnalysisContext context)
    {
        var assignment = (ISimpleAssignmentOperation)context.Operation;
        if (assignment.Target is not IPropertyReferenceOperation { Property: { } property })
        {
            return;
        }

        if (property.Name == "CommandText" && property.ContainingNamespace.ToDisplayString() is "Npgsql" or "System.Data.Common")
        {
            RequireConstant(context, assignment.Value);
        }
        else if (property.Name == "Arguments" && property.ContainingType.Name == "ProcessStartInfo")
        {
            context.ReportDiagnostic(Diagnostic.Create(CommandLine, assignment.Syntax.GetLocation()));
        }
    }

    private static void RequireConstant(OperationAnalysisContext context, IOperation value)
    {
        // A parameter called sql is held to the rule where it is passed.
        var forwarded = value is IParameterReferenceOperation { Parameter.Name: { } name } && SqlParameters.Contains(name);
        if (value.Kind is not OperationKind.DefaultValue && !value.ConstantValue.HasValue && !forwarded)
        {
            context.ReportDiagnostic(Diagnostic.Create(Sql, value.Syntax.GetLocation()));
        }
    }
}
