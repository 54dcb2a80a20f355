using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>Writes tensors and plain data as a pickle of protocol 2, in the few instructions that PyTorch's restricted reader knows.</summary>
/// <param name="storages">Collects the storages of the tensors.</param>
internal sealed class PickleWriter(StorageSet storages)
{
    private readonly ArrayBufferWriter<byte> _pickle = new();
    private readonly Dictionary<Tensor, (Tensor Data, int Storage)> _placed = new(ReferenceEqualityComparer.Instance);

    /// <summary>The pickle of a value of the kinds that <see cref="PickleReader.Read"/> gives.</summary>
    /// <exception cref="NotSupportedException">A value is of another kind.</exception>
    public byte[] Write(object? value)
    {
        Place(value);
        Put(Opcode.Proto);
        Put(PickleReader.Protocol);
        Value(value);
        Put(Opcode.Stop);
        return _pickle.WrittenSpan.ToArray();
    }

    /// <summary>Collects all storages first: a tensor's description has the length of its storage, which a later tensor can extend.</summary>
    private void Place(object? value)
    {
        if (value is Tensor tensor)
        {
            var data = tensor.detach().cpu();
            _placed[tensor] = (data, storages.Add(data));
            return;
        }

        foreach (var inner in value switch
        {
            PickleDict dictionary => dictionary.Items.Select(i => i.Value),
            List<object?> list => list,
            object?[] tuple => tuple,
            _ => [],
        })
        {
            Place(inner);
        }
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null: Put(Opcode.None); break;
            case bool truth: Put(truth ? Opcode.NewTrue : Opcode.NewFalse); break;
            case long number: Number(number); break;
            case double number: Number(number); break;
            case string text: Text(text); break;
            case PickleDict dictionary: Dictionary(dictionary); break;
            case List<object?> list: Put(Opcode.EmptyList); Values(list); Put(Opcode.Appends); break;
            case object?[] tuple: Values(tuple); Put(Opcode.Tuple); break;
            case Tensor tensor: Tensor(tensor); break;
            case PickleGlobal name: Global(name); break;
            default: throw new NotSupportedException($"a {value.GetType().Name} cannot be written to a PyTorch file");
        }
    }

    private void Values(IEnumerable<object?> values)
    {
        Put(Opcode.Mark);
        foreach (var value in values)
        {
            Value(value);
        }
    }

    private void Dictionary(PickleDict dictionary)
    {
        if (dictionary.IsOrderedDict)
        {
            OrderedDict();
        }
        else
        {
            Put(Opcode.EmptyDict);
        }

        Values(dictionary.Items.SelectMany(item => new[] { item.Key, item.Value }));
        Put(Opcode.SetItems);
    }

    private void OrderedDict()
    {
        Global(PickleGlobal.OrderedDict);
        Put(Opcode.EmptyTuple);
        Put(Opcode.Reduce);
    }

    /// <summary><c>torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, OrderedDict())</c>.</summary>
    private void Tensor(Tensor tensor)
    {
        var (data, index) = _placed[tensor];
        Global(PickleGlobal.RebuildTensor2);
        Put(Opcode.Mark);
        Put(Opcode.Mark);
        Text("storage");
        Global(PickleGlobal.Storage(TensorType.Of(tensor.dtype)));
        Text(index.ToString(CultureInfo.InvariantCulture));
        Text("cpu");
        Number(storages.Length(index));
        Put(Opcode.Tuple);
        Put(Opcode.BinPersId);
        Number(data.numel() == 0 ? 0 : data.storage_offset());
        Value(data.shape.Cast<object?>().ToArray());
        Value(data.stride().Cast<object?>().ToArray());
        Value(tensor.requires_grad);
        OrderedDict();
        Put(Opcode.Tuple);
        Put(Opcode.Reduce);
    }

    private void Global(PickleGlobal name)
    {
        Put(Opcode.Global);
        _pickle.Write(Encoding.ASCII.GetBytes($"{name.Module}\n{name.Name}\n"));
    }

    private void Number(long number)
    {
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            Put(Opcode.BinInt);
            BinaryPrimitives.WriteInt32LittleEndian(Next(4), (int)number);
        }
        else
        {
            Put(Opcode.Long1);
            Put(8);
            BinaryPrimitives.WriteInt64LittleEndian(Next(8), number);
        }
    }

    private void Number(double number)
    {
        Put(Opcode.BinFloat);
        BinaryPrimitives.WriteDoubleBigEndian(Next(8), number);
    }

    private void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Put(Opcode.BinUnicode);
        BinaryPrimitives.WriteInt32LittleEndian(Next(4), bytes.Length);
        _pickle.Write(bytes);
    }

    private void Put(Opcode opcode) => Put((byte)opcode);

    private void Put(byte value) => _pickle.Write([value]);

    private Span<byte> Next(int count)
    {
        var next = _pickle.GetSpan(count)[..count];
        _pickle.Advance(count);
        return next;
    }
}
