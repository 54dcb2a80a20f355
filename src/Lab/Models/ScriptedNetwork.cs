using System.Runtime.InteropServices;
using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Native;
using LossSpikes.TensorFiles.Messages;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A program of TorchScript as a network: parameters, buffers and parts are the program's, under its names.</summary>
internal sealed class ScriptedNetwork : nn.Module<Tensor, Tensor>
{
    private readonly jit.ScriptModule<Tensor, Tensor> _script;
    private readonly bool _rows;

    // Kept, so that no dispose scope takes them.
    private readonly (string Name, Parameter Parameter)[] _named;
    private readonly (string Name, Tensor Buffer)[] _states;

    private ScriptedNetwork(jit.ScriptModule<Tensor, Tensor> script, IReadOnlyDictionary<string, Tensor> replaced, bool rows) : base(nameof(ScriptedNetwork))
    {
        (_script, _rows, _named) = (script, rows, [.. script.named_parameters()]);
        _states = [.. script.named_buffers().Select(b => (b.name, replaced.GetValueOrDefault(b.name, b.buffer)))];
        foreach (var tensor in _named.Select(p => (Tensor)p.Parameter).Concat(_states.Select(b => b.Buffer)))
        {
            tensor.DetachFromDisposeScope();
        }
    }

    public override bool training => _script.training;

    /// <summary>Loads a program with its parameters and buffers; those that are floats are converted.</summary>
    /// <param name="file">The file.</param>
    /// <param name="type">The dtype of the floats.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="rows">Whether outputs are wanted as [n, outputs]; a program may give one number for each example as [n], and several in any shape.</param>
    /// <exception cref="InputException">There is no such file, it is not whole, or no program that libtorch can load and train.</exception>
    public static ScriptedNetwork Load(string file, ScalarType type, Device device, bool rows)
    {
        WeightsFile.RequireTorchScript(file);
        try
        {
            var script = jit.load<Tensor, Tensor>(file, device);
            var replaced = Convert(script, type);
            return script.parameters().Any(p => p.requires_grad)
                ? new ScriptedNetwork(script, replaced, rows)
                : throw new InputException($"{file}: the network has no parameters to train");
        }
        catch (ExternalException e)
        {
            throw new InputException($"{file}: libtorch cannot load the program (“{Excerpt.Of(e.Message.Split('\n')[0], 200)}”)", e);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidCastException">The program gives something else than one tensor.</exception>
    public override Tensor forward(Tensor input)
    {
        ScriptOptimizer.SwitchOff();
        var outputs = Call(input) ?? throw new InvalidCastException("the program gives None");
        return !_rows ? outputs : outputs.dim() < 2 ? outputs.reshape(-1, 1) : outputs.flatten(1);
    }

    public override IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) => _named;

    public override IEnumerable<Parameter> parameters(bool recurse = true) => _named.Select(p => p.Parameter);

    public override IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) => _states;

    public override IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) => _states.Select(b => b.Buffer);

    public override IEnumerable<(string name, nn.Module module)> named_modules() => _script.named_modules();

    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
    {
        destination ??= [];
        foreach (var (name, tensor) in _named.Select(p => (p.Name, (Tensor)p.Parameter)).Concat(_states))
        {
            destination.Add(prefix is null ? name : $"{prefix}.{name}", tensor);
        }

        return destination;
    }

    public override void train(bool on = true) => _script.train(on);

    public override void eval() => _script.eval();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing); // which asks for the parts
        if (disposing)
        {
            foreach (var tensor in state_dict().Values)
            {
                tensor.Dispose();
            }

            _script.Dispose();
        }
    }

    private Tensor? Call(Tensor input)
    {
        try
        {
#pragma warning disable RS0030 // it makes numbers of arguments that are numbers, and this one is a tensor
            return _script.call(input);
#pragma warning restore RS0030
        }
        catch (Exception e) when (e is not (ExternalException or OutOfMemoryException))
        {
            // Errors of the program are libtorch's. What TorchSharp throws itself, of several types, is that it cannot read a dict or a string.
            throw new InvalidCastException("the program gives something else than a tensor", e);
        }
    }

    /// <summary>
    /// Converts floats. The conversion of libtorch makes floats of masks and counters too, so copies of these replace them; TorchSharp does not see that.
    /// </summary>
    private static Dictionary<string, Tensor> Convert(jit.ScriptModule<Tensor, Tensor> script, ScalarType type)
    {
        if (script.parameters().Concat(script.buffers()).All(t => !t.is_floating_point() || t.dtype == type))
        {
            return [];
        }

        var parts = script.named_modules().ToDictionary(m => m.name, m => (jit.ScriptModule)m.module);
        parts[""] = script;
        var others = script.named_buffers().Where(b => !b.buffer.is_floating_point()).ToDictionary(b => b.name, b => b.buffer.clone());
        script.to(type);
        foreach (var (name, buffer) in others)
        {
            var dot = name.LastIndexOf('.');
            parts[name[..Math.Max(0, dot)]].set_attribute(name[(dot + 1)..], buffer);
        }

        return others;
    }
}
