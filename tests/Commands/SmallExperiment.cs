namespace LossSpikes.Tests.Commands;

/// <summary>A run that takes a second and reaches the edge of stability: 310 parameters, 60 images, float64.</summary>
internal static class SmallExperiment
{
    public const string Yaml = """
        name: small
        dtype: float64
        objective:
          kind: network
          data: { kind: digits, examples: 60 }
          model: { kind: mlp, hidden: [4], activation: tanh }
          loss: mse
        optimizer: { kind: gd, learning_rate: 0.35 }
        steps: 150
        monitor: { eigenvalues: 3, audit_every: 20 }

        """;
}
