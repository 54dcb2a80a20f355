using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>
/// The archives of <c>numpy.savez</c>: a zip archive with an array in each entry <c>NAME.npy</c>, which is a header in Python's notation, of which
/// only the form that numpy writes is accepted, and the elements. Arrays of objects are pickles, and refused.
/// </summary>
internal static partial class Npz
{
    private const string Ending = ".npy";
    private const int LongestHeader = 4096, Deepest = 32;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Whether an archive is one of numpy.</summary>
    public static bool Is(CheckedZip zip) => zip.Names.All(name => name.EndsWith(Ending, StringComparison.Ordinal));

    /// <summary>All arrays, contiguous and on the CPU, by their names.</summary>
    /// <exception cref="InvalidDataException">One is damaged, or holds anything but little-endian numbers; the message is one sentence about "it".</exception>
    public static Dictionary<string, Tensor> Read(CheckedZip zip) => zip.Names.ToDictionary(name => name[..^Ending.Length], name => Array(zip, name));

    private static Tensor Array(CheckedZip zip, string name)
    {
        Tensor? result = null;
        zip.Unpack(name, (from, seen) =>
        {
            var (type, shape, columnsFirst) = Header(from, seen, name, zip.LengthOf(name)!.Value);
            var stored = empty(columnsFirst ? [.. shape.Reverse()] : shape, type.Scalar);
            TensorBytes.Read(from, stored, seen);
            result = columnsFirst ? stored.permute([.. Enumerable.Range(0, shape.Length).Select(d => (long)d).Reverse()]).contiguous() : stored;
        });
        return result!;
    }

    /// <summary>What the header says, where the bytes that follow are as many.</summary>
    private static (TensorType Type, long[] Shape, bool ColumnsFirst) Header(Stream from, Action<byte[]> seen, string name, long length)
    {
        var start = Bytes(8);
        if (!start.AsSpan().StartsWith(Magic))
        {
            throw new InvalidDataException($"{Excerpt.Of(name)} is not an array of numpy");
        }

        var size = Bytes(start[6] == 1 ? 2 : 4);
        var count = size.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        var header = count <= LongestHeader
            ? Encoding.Latin1.GetString(Bytes((int)count))
            : throw new InvalidDataException($"the header of {Excerpt.Of(name)} claims {count} bytes, and {LongestHeader} are read");
        if (Form().Match(header) is not { Success: true } form)
        {
            throw new InvalidDataException($"{Excerpt.Of(name)} has a header that is not read: arrays of numbers are");
        }

        if (form.Groups["dtype"].Value == "|O")
        {
            throw new InvalidDataException($"{Excerpt.Of(name)} holds Python objects, which are not read");
        }

        var dtype = form.Groups["dtype"].Value;
        var type = Type(dtype) ?? throw new InvalidDataException($"{Excerpt.Of(name)} has the dtype {Excerpt.Of(dtype)}, which is not read");
        var shape = form.Groups["size"].Captures.Select(size => long.Parse(size.Value, CultureInfo.InvariantCulture)).ToArray();
        var announced = shape.Aggregate((UInt128)type.Size, (product, n) => product > ulong.MaxValue ? product : product * (ulong)n);
        var there = length - start.Length - size.Length - count;
        return announced == (UInt128)there && shape.Length <= Deepest && !shape.Contains(0)
            ? (type, shape, form.Groups["order"].Value == "True")
            : throw new InvalidDataException($"{Excerpt.Of(name)} is said to have the shape [{Excerpt.OfList(shape)}], but {there} bytes follow");

        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            from.ReadExactly(bytes);
            seen(bytes);
            return bytes;
        }
    }

    private static TensorType? Type(string dtype)
    {
        ScalarType? scalar = dtype switch
        {
            "<f8" => ScalarType.Float64,
            "<f4" => ScalarType.Float32,
            "<f2" => ScalarType.Float16,
            "<i8" => ScalarType.Int64,
            "<i4" => ScalarType.Int32,
            "<i2" => ScalarType.Int16,
            "|i1" => ScalarType.Int8,
            "|u1" => ScalarType.Byte,
            "|b1" => ScalarType.Bool,
            _ => null,
        };
        return scalar is { } found ? TensorType.Of(found) : null;
    }

    [GeneratedRegex(
        @"^\{'descr': '(?<dtype>[^']{1,16})', 'fortran_order': (?<order>True|False), 'shape': \(((?<size>[0-9]{1,18})(, |,|(?=\))))*\), ?\} *\n?\z")]
    private static partial Regex Form();
}
