using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// What an evaluation of a loss may change apart from the parameters and their gradients: libtorch's random state, the buffers of
/// modules (running statistics and counters of BatchNorm) and the variables that the loss function assigns. A snapshot puts them back, so
/// that every evaluation of a step draws the same random numbers and none disturbs the training.
/// </summary>
/// <remarks>The random state is that of the CPU: TorchSharp 0.107 gives no access to the generators of other devices.</remarks>
internal sealed class Surroundings(Func<IEnumerable<nn.Module>> modules, CapturedState? captured = null)
{
    /// <summary>The random state alone.</summary>
    public static Surroundings RandomState { get; } = new(() => []);

    /// <summary>The surroundings of a loss function: the modules that it captures, and those that are given.</summary>
    public static Surroundings Of(Delegate loss, params IReadOnlyList<nn.Module> modules)
    {
        var captured = new CapturedState(loss);
        return new Surroundings(() => modules.Concat(captured.Modules), captured);
    }

    /// <summary>A snapshot of the present state. Cost: a copy of the random state (5 kB) and of the buffers.</summary>
    public Snapshot Save() => new(modules().SelectMany(m => m.buffers()), captured?.Save());

    /// <summary>Whether all numbers are the same; NaN is the same as NaN.</summary>
    public static bool Same(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return a.is_floating_point() ? allclose(a, b, rtol: 0, atol: 0, equal_nan: true) : a.equal(b).all().item<bool>();
    }

    /// <summary>A state to return to.</summary>
    internal sealed class Snapshot : IDisposable
    {
        private readonly Tensor _random;
        private readonly (Tensor Buffer, Tensor Copy)[] _buffers;
        private readonly Action? _variables;

        public Snapshot(IEnumerable<Tensor> buffers, Action? variables)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            _random = KeepAlive.DefaultGenerator.get_state().DetachFromDisposeScope();
            _buffers = [.. buffers.Where(b => !b.IsInvalid).DistinctBy(b => b.Handle).Select(b => (b, b.detach().clone().DetachFromDisposeScope()))];
            _variables = variables;
        }

        /// <summary>Returns to the state.</summary>
        public void Restore()
        {
            using var _ = no_grad();
            KeepAlive.DefaultGenerator.set_state(_random);
            foreach (var (buffer, copy) in _buffers)
            {
                // Only what has changed: graphs of earlier evaluations may hold the buffer, and a write would make them unusable.
                if (!buffer.IsInvalid && !Same(buffer, copy))
                {
                    buffer.copy_(copy);
                }
            }

            _variables?.Invoke();
        }

        public void Dispose()
        {
            _random.Dispose();
            foreach (var (_, copy) in _buffers)
            {
                copy.Dispose();
            }
        }
    }
}
