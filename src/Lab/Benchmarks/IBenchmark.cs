namespace LossSpikes.Lab.Benchmarks;

/// <summary>One group of rows of <c>lab bench</c>.</summary>
internal interface IBenchmark
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>What is measured, in a sentence.</summary>
    string Description { get; }

    /// <summary>Whether it takes so long that it runs only when it is named.</summary>
    bool OnRequest => false;

    /// <summary>Measures. Cost: seconds to two minutes, or some minutes on request.</summary>
    IEnumerable<BenchRow> Run();
}
