using System.Diagnostics.CodeAnalysis;

namespace Beffroi.Kernel;

/// <summary>Either a value or the <see cref="Kernel.Problem"/> that kept it from being.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T>
{
    private Result(T? value, Problem? problem) => (Value, Problem) = (value, problem);

    /// <summary>The value; meaningful only when <see cref="Ok"/>.</summary>
    public T? Value { get; }

    /// <summary>Why there is no value; null when <see cref="Ok"/>.</summary>
    public Problem? Problem { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value)), MemberNotNullWhen(false, nameof(Problem))]
    public bool Ok => Problem is null;

    /// <summary>A success.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A refusal.</summary>
    public static implicit operator Result<T>(Problem problem) => new(default, problem);
}
