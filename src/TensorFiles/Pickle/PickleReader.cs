using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>
/// Reads the tensors and plain data of a pickle. A pickle is a program; this interpreter knows only the instructions that build such data, so a
/// file cannot execute anything. What is of another type becomes a <see cref="PickleOpaque"/>, whatever the file does with it.
/// </summary>
/// <param name="pickle">The bytes.</param>
/// <param name="rebuild">Makes the tensors.</param>
internal sealed class PickleReader(byte[] pickle, TensorRebuilder rebuild)
{
    /// <summary>The version of the pickle format that <c>torch.save</c> uses by default.</summary>
    public const byte Protocol = 2;

    private const byte NewestProtocol = 5;

    // Under this key a dictionary says that it has others than text and whole numbers, such as tuples.
    private const string OtherKeys = "<other keys>";

    private readonly PickleBytes _bytes = new(pickle);
    private readonly PickleStack _stack = new();

    /// <summary>
    /// The value: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <see cref="Tensor"/>,
    /// <see cref="PickleGlobal"/>, <see cref="PickleOpaque"/>, a list as <see cref="List{T}"/>, a tuple as an array, or a dictionary as
    /// <see cref="PickleDict"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">The pickle is damaged; the message is one sentence about "it".</exception>
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
            case Opcode.Long1: PushNumber(_bytes.Long(_bytes.Byte())); break;
            case Opcode.Long4: PushNumber(_bytes.Long(_bytes.UInt32())); break;
            case Opcode.BinFloat: _stack.Push(_bytes.Double()); break;
            case Opcode.ShortBinUnicode: _stack.Push(_bytes.Text(_bytes.Byte())); break;
            case Opcode.BinUnicode: _stack.Push(_bytes.Text(_bytes.UInt32())); break;
            case Opcode.BinUnicode8: _stack.Push(_bytes.Text(_bytes.Length())); break;
            case Opcode.ShortBinBytes: PushBytes(_bytes.Byte(), PickleOpaque.Bytes); break;
            case Opcode.BinBytes: PushBytes(_bytes.UInt32(), PickleOpaque.Bytes); break;
            case Opcode.BinBytes8: PushBytes(_bytes.Length(), PickleOpaque.Bytes); break;
            case Opcode.ByteArray8: PushBytes(_bytes.Length(), PickleOpaque.ByteArray); break;
            case Opcode.Global: _stack.Push(PickleGlobal.Named(_bytes.Line(), _bytes.Line())); break;
            case Opcode.StackGlobal: StackGlobal(); break;
            case Opcode.Frame: _bytes.Require(_bytes.Length()); break;
            case Opcode.Memoize: _stack.Memoize(); break;
            case Opcode.Pop: _stack.Pop(); break;
            case Opcode.PopMark: _stack.PopMark(); break;
            case Opcode.Duplicate: _stack.Push(_stack.Peek()); break;
            case Opcode.EmptySet: _stack.Push(PickleOpaque.Set); break;
            case Opcode.AddItems: Append(_stack.PopMark()); break;
            case Opcode.FrozenSet: _stack.PopMark(); _stack.Push(PickleOpaque.FrozenSet); break;
            case Opcode.NewObject: NewObject(_stack.Pop(1)); break;
            case Opcode.NewObjectEx: NewObject(_stack.Pop(2)); break;
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
            case Opcode.BinPersId: Storage(_stack.Pop<object?[]>("the description of a storage")); break;
            case Opcode.Reduce: Reduce(); break;
            case Opcode.Build: Build(); break;
            default: throw new InvalidDataException($"its pickle has the instruction 0x{(byte)opcode:X2}, which tensors and plain data do not need");
        }
    }

    private static void RequireProtocol(byte protocol)
    {
        if (protocol is < Protocol or > NewestProtocol)
        {
            throw new InvalidDataException($"it was saved with pickle protocol {protocol}, and {Protocol} to {NewestProtocol} are read");
        }
    }

    private void PushNumber(long? value) => _stack.Push(value ?? (object)PickleOpaque.LargeInteger);

    private void PushBytes(long length, PickleOpaque value)
    {
        var bytes = _bytes.Bytes(length);
        _stack.Push(length <= NumpyScalar.Longest && value == PickleOpaque.Bytes ? new ShortBytes(bytes.ToArray()) : value);
    }

    private void Storage(object?[] id) => _stack.Push(id is ["storage", PickleOpaque type, ..] ? type : TensorRebuilder.Storage(id));

    private void StackGlobal()
    {
        var name = _stack.Pop<string>("a name");
        _stack.Push(PickleGlobal.Named(_stack.Pop<string>("a module"), name));
    }

    /// <summary>An object of a class: opaque, unless it is an empty OrderedDict.</summary>
    private void NewObject(object?[] arguments)
    {
        _stack.Push(_stack.Pop() switch
        {
            PickleOpaque type => type,
            PickleGlobal type when type == PickleGlobal.OrderedDict && arguments is [object?[] and []] => new PickleDict { IsOrderedDict = true },
            _ => throw new InvalidDataException("its pickle has something else where a class is expected"),
        });
    }

    private void Append(object?[] values)
    {
        if (_stack.Peek() is not PickleOpaque)
        {
            _stack.Peek<List<object?>>("a list").AddRange(values);
        }
    }

    private void Set(object?[] pairs)
    {
        if (_stack.Peek() is PickleOpaque)
        {
            return;
        }

        var dictionary = _stack.Peek<PickleDict>("a dictionary");
        if (pairs.Length % 2 != 0)
        {
            throw new InvalidDataException("its pickle has a dictionary's key without a value");
        }

        for (var i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] is string or long)
            {
                dictionary[pairs[i]!] = pairs[i + 1];
            }
            else
            {
                dictionary[OtherKeys] = new PickleOpaque("values under other keys");
            }
        }
    }

    private void Reduce()
    {
        var arguments = _stack.Pop<object?[]>("arguments");
        if (_stack.Peek() is PickleOpaque opaque)
        {
            _stack.Pop();
            _stack.Push(NumpyScalar.Called(opaque, arguments) ?? opaque); // what it would make is as opaque as it is
            return;
        }

        var callable = _stack.Pop<PickleGlobal>("a name to call");
        _stack.Push((callable, arguments) switch
        {
            _ when callable == PickleGlobal.OrderedDict && arguments is [] or [object?[] and []] => new PickleDict { IsOrderedDict = true },
            _ when callable == PickleGlobal.Size && arguments is [object?[] sizes] => sizes,
            _ when callable == PickleGlobal.RebuildParameter && arguments is [Tensor data, bool gradient, _] => TensorRebuilder.WithGradient(data, gradient),
            _ when callable == PickleGlobal.RebuildParameterWithState && arguments is [Tensor data, bool gradient, ..] =>
                TensorRebuilder.WithGradient(data, gradient),
            _ when callable == PickleGlobal.RebuildFromType && arguments is [PickleGlobal inner, _, object?[] of, _] => rebuild.Tensor(inner, of),
            _ when arguments.OfType<PickleOpaque>().FirstOrDefault() is { } notRead => notRead, // of a dtype that TorchSharp lacks, for one
            _ => rebuild.Tensor(callable, arguments),
        });
    }

    /// <summary>Ignores state that is set on an OrderedDict, the version numbers of a state_dict's modules, and on most opaque values.</summary>
    private void Build()
    {
        var state = _stack.Pop();
        if (_stack.Peek() is NumpyDtype dtype)
        {
            dtype.Build(state);
        }
        else if (_stack.Peek() is not PickleOpaque && !_stack.Peek<PickleDict>("an OrderedDict").IsOrderedDict)
        {
            throw new InvalidDataException("its pickle sets the state of something that has none");
        }
    }
}
