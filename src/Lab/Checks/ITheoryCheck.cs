using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Checks;

/// <summary>Something the theory predicts and the lab can measure.</summary>
internal interface ITheoryCheck
{
    /// <summary>What <c>lab check</c> calls it.</summary>
    string Name { get; }

    /// <summary>What is checked, in a sentence.</summary>
    string Description { get; }

    /// <summary>Measures. Cost: seconds.</summary>
    IReadOnlyList<CheckRow> Run();

    /// <summary>A figure of what <see cref="Run"/> measured, or null.</summary>
    IImage? Figure => null;
}
