using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>
/// Reads a pickle of tensors and plain data. A pickle is a program; this interpreter knows only the instructions that build such
/// data, so a file cannot execute anything.
/// </summary>
/// <param name="pickle">The bytes.</param>
/// <param name="rebuild">Makes the tensors.</param>
internal sealed class PickleReader(byte[] pickle, TensorRebuilder rebuild)
{
    /// <summary>The version of the pickle format that <c>torch.save</c> uses by default.</summary>
    public const byte Protocol = 2;

    private readonly PickleBytes _bytes = new(pickle);
    private readonly PickleStack _stack = new();

    /// <summary>
    /// The value: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <see cref="Tensor"/>,
    /// <see cref="PickleGlobal"/>, a list as <see cref="List{T}"/>, a tuple as an array, or a dictionary as <see cref="PickleDict"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">The pickle is damaged, or builds anything else; the message is one sentence about "it".</exception>
    public object? Read()
    {
        while ((Opcode)_bytes.Byte() is var opcode && opcode != Opcode.Stop)
        {
            Execute(opcode);
        }

        return _bytes.IsAtEnd ? _stack.Result() : throw new InvalidDataException("its pickle goes on after its end");
    }

    private void Execute(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Proto: RequireProtocol(_bytes.Byte()); break;
            case Opcode.Mark: _stack.Mark(); break;
            case Opcode.None: _stack.Push(null); break;
            case Opcode.NewTrue: _stack.Push(true); break;
            case Opcode.NewFalse: _stack.Push(false); break;
            case Opcode.BinInt: _stack.Push((long)_bytes.Int32()); break;
            case Opcode.BinInt1: _stack.Push((long)_bytes.Byte()); break;
            case Opcode.BinInt2: _stack.Push((long)_bytes.UInt16()); break;
            case Opcode.Long1: _stack.Push(_bytes.Long()); break;
            case Opcode.BinFloat: _stack.Push(_bytes.Double()); break;
            case Opcode.BinUnicode: _stack.Push(_bytes.Text()); break;
            case Opcode.Global: _stack.Push(PickleGlobal.Named(_bytes.Line(), _bytes.Line())); break;
            case Opcode.EmptyTuple: _stack.Push(Array.Empty<object?>()); break;
            case Opcode.Tuple1: _stack.Push(_stack.Pop(1)); break;
            case Opcode.Tuple2: _stack.Push(_stack.Pop(2)); break;
            case Opcode.Tuple3: _stack.Push(_stack.Pop(3)); break;
            case Opcode.Tuple: _stack.Push(_stack.PopMark()); break;
            case Opcode.EmptyList: _stack.Push(new List<object?>()); break;
            case Opcode.Append: Append(_stack.Pop(1)); break;
            case Opcode.Appends: Append(_stack.PopMark()); break;
            case Opcode.EmptyDict: _stack.Push(new PickleDict()); break;
            case Opcode.SetItem: Set(_stack.Pop(2)); break;
            case Opcode.SetItems: Set(_stack.PopMark()); break;
            case Opcode.BinPut: _stack.Put(_bytes.Byte()); break;
            case Opcode.LongBinPut: _stack.Put(_bytes.UInt32()); break;
            case Opcode.BinGet: _stack.Get(_bytes.Byte()); break;
            case Opcode.LongBinGet: _stack.Get(_bytes.UInt32()); break;
            case Opcode.BinPersId: _stack.Push(TensorRebuilder.Storage(_stack.Pop<object?[]>("the description of a storage"))); break;
            case Opcode.Reduce: Reduce(); break;
            case Opcode.Build: Build(); break;
            default: throw new InvalidDataException($"its pickle has the instruction 0x{(byte)opcode:X2}, which tensors and plain data do not need");
        }
    }

    private static void RequireProtocol(byte protocol)
    {
        if (protocol != Protocol)
        {
            throw new InvalidDataException($"it was saved with pickle protocol {protocol}; save it with the one that torch.save uses by itself, {Protocol}");
        }
    }

    private void Append(object?[] values) => _stack.Peek<List<object?>>("a list").AddRange(values);

    private void Set(object?[] pairs)
    {
        var dictionary = _stack.Peek<PickleDict>("a dictionary");
        if (pairs.Length % 2 != 0)
        {
            throw new InvalidDataException("its pickle has a dictionary's key without a value");
        }

        for (var i = 0; i < pairs.Length; i += 2)
        {
            dictionary[Key(pairs[i])] = pairs[i + 1];
        }
    }

    private static object Key(object? key) =>
        key is string or long ? key : throw new InvalidDataException("a dictionary in it has a key that is neither text nor a whole number");

    private void Reduce()
    {
        var arguments = _stack.Pop<object?[]>("arguments");
        var callable = _stack.Pop<PickleGlobal>("a name to call");
        _stack.Push((callable, arguments) switch
        {
            _ when callable == PickleGlobal.OrderedDict && arguments.Length == 0 => new PickleDict { IsOrderedDict = true },
            _ when callable == PickleGlobal.Size && arguments is [object?[] sizes] => sizes,
            _ when callable == PickleGlobal.RebuildParameter && arguments is [Tensor data, bool gradient, _] => TensorRebuilder.WithGradient(data, gradient),
            _ => rebuild.Tensor(callable, arguments),
        });
    }

    /// <summary>Ignores state that is set on an OrderedDict: the version numbers of a state_dict's modules.</summary>
    private void Build()
    {
        _stack.Pop();
        if (!_stack.Peek<PickleDict>("an OrderedDict").IsOrderedDict)
        {
            throw new InvalidDataException("its pickle sets the state of something that has none");
        }
    }
}
