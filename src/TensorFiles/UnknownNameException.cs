using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.TensorFiles;

/// <summary>
/// A group or a tensor is not there under the expected name. The message ends with the names that are there; a program can suggest
/// the nearest one instead.
/// </summary>
/// <param name="problem">The sentence without the names.</param>
/// <param name="name">The name that is not there.</param>
/// <param name="validNames">The names that are.</param>
/// <param name="introduction">The words before them.</param>
public sealed class UnknownNameException(string problem, string name, IReadOnlyCollection<string> validNames, string introduction)
    : WeightsMismatchException($"{problem}; {introduction}: {Excerpt.OfList(validNames)}")
{
    /// <summary>The sentence without the names that are there.</summary>
    public string Problem { get; } = problem;

    /// <summary>The name that is not there.</summary>
    public string Name { get; } = name;

    /// <summary>The names that are there, at least one.</summary>
    public IReadOnlyCollection<string> ValidNames { get; } = validNames;

    /// <summary>The words that introduce <see cref="ValidNames"/> in a sentence, such as "its groups are".</summary>
    public string Introduction { get; } = introduction;
}
