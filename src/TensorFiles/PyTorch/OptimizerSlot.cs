using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>One entry of an optimizer's state or options, under PyTorch's name.</summary>
/// <param name="Name">The key in the file.</param>
/// <param name="Value">The present value in the form that files have; null where there is none.</param>
/// <param name="Plan">Checks a value from a file (null where it has none) and returns the action that sets it.</param>
internal sealed record OptimizerSlot(string Name, object? Value, Func<object?, Action> Plan)
{
    /// <summary>A setting that is a number; a file without it leaves it as it is.</summary>
    public static OptimizerSlot Number(string name, double? value, Action<double> set) => new(name, value, given =>
    {
        var number = given is null ? value : Number(name, given);
        return number is null ? Nothing : () => set(number.Value);
    });

    /// <summary>A setting that is true or false; a file without it leaves it as it is.</summary>
    public static OptimizerSlot Flag(string name, bool? value, Action<bool> set) => new(name, value, given => given switch
    {
        null => Nothing,
        bool flag => () => set(flag),
        _ => throw Wrong(name, "true or false"),
    });

    /// <summary>A setting that is a pair of numbers.</summary>
    public static OptimizerSlot Pair(string name, double? first, double? second, Action<double, double> set) =>
        new(name, new object?[] { first, second }, given => given switch
        {
            null => Nothing,
            object?[] and [{ } a, { } b] when (Number(name, a), Number(name, b)) is var (x, y) => () => set(x, y),
            _ => throw Wrong(name, "a pair of numbers"),
        });

    /// <summary>The count of steps, which PyTorch keeps as a float32 tensor without dimensions.</summary>
    public static OptimizerSlot Step(long value, Action<long> set) => new("step", tensor((float)value), given =>
    {
        var step = given is null ? 0 : SavedNumber.Count(given) ?? throw Wrong("step", "a whole number");
        return () => set(step);
    });

    /// <summary>A tensor like the parameter.</summary>
    /// <param name="name">The key in the file.</param>
    /// <param name="parameter">The parameter, whose shape the tensor must have.</param>
    /// <param name="value">The present tensor.</param>
    /// <param name="set">Sets a new tensor.</param>
    /// <param name="begins">The buffer before the first step: zeros, or nothing.</param>
    public static OptimizerSlot Buffer(string name, Tensor parameter, Tensor? value, Action<Tensor?> set, Beginning begins = Beginning.Zeros)
    {
        return new(name, value, given => given switch
        {
            null => () => Replace(value is not null && begins == Beginning.Zeros ? zeros_like(parameter) : null),
            Tensor source when !source.shape.SequenceEqual(parameter.shape) =>
                throw Wrong(name, $"of shape [{string.Join(", ", parameter.shape)}], and is of shape [{Excerpt.OfList(source.shape)}]"),
            Tensor source when TensorType.Of(source.dtype).IsFloating => () => Replace(empty_like(parameter).copy_(source)),
            _ => throw Wrong(name, "a tensor of floating-point numbers"),
        });

        void Replace(Tensor? next)
        {
            value?.Dispose();
            set(next?.DetachFromDisposeScope());
        }
    }

    private static void Nothing()
    {
    }

    private static double Number(string name, object given) => SavedNumber.Of(given) ?? throw Wrong(name, "a number");

    private static InvalidDataException Wrong(string name, string expected) => new($"{name} in its optimizer must be {expected}");
}

/// <summary>An optimizer's buffer before the first step.</summary>
internal enum Beginning
{
    Nothing,
    Zeros,
}
