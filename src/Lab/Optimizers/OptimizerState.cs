using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>What an update rule remembers of earlier steps. The tensors belong to the rule, not to the record.</summary>
internal sealed record OptimizerState
{
    private const string First = "first_moment", Second = "second_moment";

    /// <summary>Nothing, as before the first step.</summary>
    public static OptimizerState Empty { get; } = new();

    /// <summary>m, the sum or moving average of the gradients that drives the steps (momentum's buffer), shape [d]; null where there is none.</summary>
    public Tensor? FirstMoment { get; init; }

    /// <summary>v, the moving average of the squared gradients, shape [d]; null where there is none.</summary>
    public Tensor? SecondMoment { get; init; }

    /// <summary>Whatever else the rule remembers, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Others { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>A state of tensors with names, as a checkpoint holds them.</summary>
    public static OptimizerState FromTensors(IReadOnlyDictionary<string, Tensor> tensors) => new()
    {
        FirstMoment = tensors.GetValueOrDefault(First),
        SecondMoment = tensors.GetValueOrDefault(Second),
        Others = tensors.Where(t => t.Key is not (First or Second)).ToDictionary(),
    };

    /// <summary>All tensors by name, the same ones; <see cref="FromTensors"/> gives the state back.</summary>
    public IReadOnlyDictionary<string, Tensor> ToTensors()
    {
        var tensors = Others.ToDictionary();
        if (FirstMoment is not null)
        {
            tensors.Add(First, FirstMoment);
        }

        if (SecondMoment is not null)
        {
            tensors.Add(Second, SecondMoment);
        }

        return tensors;
    }

    /// <summary>The state whose tensors are what <paramref name="change"/> makes of these.</summary>
    public OptimizerState Map(Func<Tensor, Tensor> change) => new()
    {
        FirstMoment = FirstMoment is null ? null : change(FirstMoment),
        SecondMoment = SecondMoment is null ? null : change(SecondMoment),
        Others = Others.ToDictionary(t => t.Key, t => change(t.Value)),
    };
}
