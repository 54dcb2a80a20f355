using System.Runtime.InteropServices;
using LossSpikes.Lab.Models;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>Tries a network on its data before a run begins, so that what does not fit is said at once and in one sentence.</summary>
internal static class NetworkTrial
{
    /// <summary>Passes some examples through the network, twice; random state and buffers stay as they are. Cost: two evaluations.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">The examples.</param>
    /// <param name="task">What the network should take and give.</param>
    /// <param name="model">The settings it was built by, which phrase the error.</param>
    /// <exception cref="InputException">The network cannot take the examples, gives something else, or something else each time.</exception>
    public static void Pass(nn.Module<Tensor, Tensor> network, Tensor inputs, NetworkTask task, ModelSettings model)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var random = KeepAlive.DefaultGenerator.get_state();
        var buffers = network.buffers().Select(b => (Buffer: b, Copy: b.clone())).ToList();
        try
        {
            var (first, second) = (network.call(inputs), network.call(inputs));
            Check(first, inputs, task, model);
            if (!first.allclose(second, equal_nan: true))
            {
                throw model.Misfit("the network is random, since its outputs differ from pass to pass, and the sharpness would be that of one draw; "
                    + "use eval mode, or leave dropout out");
            }
        }
        catch (Exception e) when (e is ExternalException or InvalidCastException or NotSupportedException)
        {
            throw model.Misfit(
                e is InvalidCastException
                    ? "the network must take one tensor and give one"
                    : $"the network cannot take inputs of shape {Shape(inputs)}, {inputs.dtype.ToString().ToLowerInvariant()}",
                e is InvalidCastException ? null : e);
        }
        finally
        {
            KeepAlive.DefaultGenerator.set_state(random);
            foreach (var (buffer, copy) in buffers)
            {
                buffer.copy_(copy);
            }
        }
    }

    private static void Check(Tensor outputs, Tensor inputs, NetworkTask task, ModelSettings model)
    {
        long[] expected = [inputs.shape[0], .. task.Positions, task.Outputs];
        var fits = outputs.dim() == expected.Length && outputs.shape.SkipLast(1).SequenceEqual(expected.SkipLast(1))
            && (outputs.shape[^1] == task.Outputs || (task.Classes && outputs.shape[^1] > task.Outputs));
        if (!fits)
        {
            throw model.Misfit($"for inputs of shape {Shape(inputs)} the network gives outputs of shape {Shape(outputs)}, and loss and targets need "
                + $"[{string.Join(", ", expected)}]{(task.Classes ? " (the last, the number of classes, may be larger)" : "")}");
        }

        if (outputs.dtype != (inputs.is_floating_point() ? inputs.dtype : outputs.dtype) || !outputs.is_floating_point())
        {
            throw model.Misfit($"the network gives {outputs.dtype.ToString().ToLowerInvariant()} for {inputs.dtype.ToString().ToLowerInvariant()}");
        }
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
