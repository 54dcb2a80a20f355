namespace LossSpikes.Tests.Flows;

/// <summary>A central flow that takes a second: 13 parameters, 12 points, float64; it reaches the edge from below and is held there.</summary>
internal static class TinyFlow
{
    public const string Yaml = """
        name: tiny
        dtype: float64
        objective:
          kind: network
          data: { kind: chebyshev, degree: 3, points: 12 }
          model: { kind: mlp, hidden: [4], activation: tanh }
          loss: mse
        optimizer: { kind: gd, learning_rate: 1.5 }
        steps: 40

        """;
}
