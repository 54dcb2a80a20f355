using Google.Protobuf;
using LossSpikes.Monitors.Records;
using Tensorboard;
using Value = Tensorboard.Summary.Types.Value;

namespace LossSpikes.Monitors.Sinks;

/// <summary>
/// An events file that TensorBoard reads: a record per step with the numbers of metrics.csv under the names of its columns, in
/// single precision, and a text for everything a person wants to hear of: under <c>spikes</c> each spike's sentence, under
/// <c>events</c> the others'. Only the wall-clock times differ between two runs of the same experiment.
/// </summary>
/// <remarks>
/// TorchSharp's SummaryWriter opens and closes its file for every number, knows whole seconds only, and cannot go on with a
/// file that a resumed run cuts back; its protocol buffers are used here, its writer is not.
/// </remarks>
public sealed class TensorBoardSink : IMonitorSink, IDisposable
{
    private readonly AppendOnlyFile _file;
    private readonly TimeProvider _clock;

    /// <summary>Creates the file, which must not exist, or goes on with one.</summary>
    /// <param name="path">Where; TensorBoard finds it if its name contains <c>tfevents</c>.</param>
    /// <param name="keep">To go on with a file: the number of bytes that stay; null to create it.</param>
    /// <param name="clock">Gives the records their times.</param>
    /// <exception cref="IOException">The file exists, or is shorter than what should stay, or cannot be written.</exception>
    public TensorBoardSink(string path, long? keep = null, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _file = new AppendOnlyFile(path, keep);
        if (keep is null)
        {
            Append(new Event { FileVersion = "brain.Event:2" });
        }
    }

    /// <summary>Bytes written so far.</summary>
    public long Length => _file.Length;

    /// <summary>Waits until everything is on the disk.</summary>
    public void Flush() => _file.Flush();

    /// <inheritdoc/>
    public void Record(Measurement measurement) => Append(measurement.Step, Scalars(measurement)
        .Where(s => s.Number is not null)
        .Select(s => new Value { Tag = s.Name, SimpleValue = (float)s.Number!.Value }));

    /// <inheritdoc/>
    public void Record(MonitorEvent happened)
    {
        if (happened.IsNotable)
        {
            Append(happened.Step, [Text(happened is SpikeEvent ? "spikes" : "events", happened.Describe())]);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static IEnumerable<(string Name, double? Number)> Scalars(Measurement seen) =>
    [
        ("loss", seen.Loss),
        ("accuracy", seen.Accuracy),
        ("gradient_norm", seen.GradientNorm),
        ("sharpness", seen.Sharpness),
        .. seen.Eigenvalues.Skip(1).Select((value, i) => ($"lambda_{i + 2}", (double?)value)),
        ("threshold", seen.Threshold),
        .. seen.GradientDots.Select((value, i) => ($"gradient_dot_v{i + 1}", (double?)value)),
        ("raw_sharpness", seen.HessianSharpness),
        ("residual", seen.Residual),
        ("hvps", seen.Products),
    ];

    // As PyTorch writes texts: a list of one string, marked for the text plugin.
    private static Value Text(string tag, string sentence) => new()
    {
        Tag = tag,
        Metadata = new SummaryMetadata { PluginData = new SummaryMetadata.Types.PluginData { PluginName = "text" } },
        Tensor = new TensorProto
        {
            Dtype = DataType.DtString,
            TensorShape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dim { Size = 1 } } },
            StringVal = { ByteString.CopyFromUtf8(sentence) },
        },
    };

    private void Append(long step, IEnumerable<Value> values) => Append(new Event { Step = step, Summary = new Summary { Value = { values } } });

    private void Append(Event written)
    {
        written.WallTime = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        _file.Append(TfRecord.Frame(written.ToByteArray()));
    }
}
