using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Detection;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// Keeps the parameters of every sixteenth step, and those from before a spike while it is open. It evaluates the spike's batch and others there
/// and at the present parameters.
/// Cost of an examination with 16 others: 33 evaluations of a batch, and a gradient and an HVP of the measured objective.
/// </summary>
internal sealed class BatchExaminer(MiniBatches batches, int others) : IBatchExaminer, IDisposable
{
    // The newest copy may be too near to the opening, and the one before it is far enough.
    private const int Kept = 3;

    // Of a deep network, so many parameters say where its second moments are stale.
    private const int Stalest = 3;

    private const string PointPrefix = "point.", NumbersPrefix = "numbers.", LastKey = "last";

    private readonly UpdateMeter _meter = new(batches.Whole);
    private readonly List<Copy> _copies = [];
    private (BatchStep Batch, Tensor Update, StabilityEdge Edge)? _now;

    public BatchExamination? Last { get; private set; }

    /// <summary>The state that the next step needs, by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
    [
        .. _copies.SelectMany((copy, i) => new[]
        {
            KeyValuePair.Create($"{PointPrefix}{i}", copy.Point),
            KeyValuePair.Create($"{NumbersPrefix}{i}", NamedState.Exact([copy.Step, .. copy.UpdateLengths])),
        }),
        .. Last is null ? [] : (KeyValuePair<string, Tensor>[])[KeyValuePair.Create(LastKey, NamedState.Exact(Numbers(Last)))],
    ];

    /// <summary>Measures the update of a step, and remembers it until the next one.</summary>
    /// <param name="seen">The row.</param>
    /// <param name="batch">Its batch.</param>
    /// <param name="update">d, shape [d].</param>
    /// <param name="edge">The threshold and what scales the matrix.</param>
    /// <param name="open">The step at which the present spike opened; null where none is open.</param>
    public Measurement Observe(Measurement seen, BatchStep batch, Tensor update, StabilityEdge edge, long? open)
    {
        _now = (batch, update, edge);
        if (seen.Step % IBatchExaminer.Interval == 0 || _copies.Count == 0)
        {
            _copies.Add(new Copy(seen.Step, batches.Whole.GetParameters().DetachFromDisposeScope(), _meter.Lengths(update)));
            if (_copies.Count > Kept)
            {
                var oldest = open is { } opened && _copies[1].Step > IBatchExaminer.Before(opened) ? 1 : 0;
                _copies[oldest].Point.Dispose();
                _copies.RemoveAt(oldest);
            }
        }

        return seen with { Further = _meter.Measure(batch, update, edge).Concat(seen.Further).ToDictionary() };
    }

    /// <summary>The step is over: its tensors are no longer valid.</summary>
    public void Forget() => _now = null;

    public void Examine(long step, long before)
    {
        if (_now is not { } now || (_copies.FindLast(c => c.Step <= before) ?? _copies.FirstOrDefault(c => c.Step < step)) is not { } copy)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var compared = batches.Sampler.Draw(RandomPurpose.Others, step, others).ToList();
        var point = batches.Whole.GetParameters();
        var curvature = Curvature(now.Update);
        var after = compared.ConvertAll(Loss);
        try
        {
            batches.Whole.SetParameters(copy.Point);
            var growth = _meter.Lengths(now.Update).Zip(copy.UpdateLengths, (a, b) => a / b).ToArray();
            var grown = growth.Index().Where(g => double.IsFinite(g.Item)).Select(g => ((double, int)?)(g.Item, g.Index)).MaxBy(g => g!.Value.Item1);
            Last = Examination(
                step,
                Loss(now.Batch.Examples),
                compared.ConvertAll(Loss),
                after,
                curvature,
                grown,
                Stale(now.Batch.Gradient, now.Edge, growth),
                Math.Log(2) / (1 - now.Edge.SecondMomentDecay));
        }
        finally
        {
            batches.Whole.SetParameters(point);
        }
    }

    /// <summary>Continues from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        for (var i = 0; state.TryGetValue($"{PointPrefix}{i}", out var point); i++)
        {
            var numbers = NamedState.Numbers(state[$"{NumbersPrefix}{i}"]);
            _copies.Add(new Copy((long)numbers[0], point.clone().DetachFromDisposeScope(), numbers[1..]));
        }

        if (state.TryGetValue(LastKey, out var last))
        {
            double[] numbers = NamedState.Numbers(last);
            var (count, stale) = ((int)numbers[1], (int)numbers[7]);
            var losses = numbers[(8 + 3 * stale)..];
            Last = Examination(
                (long)numbers[0],
                numbers[2],
                losses[..count],
                losses[count..],
                double.IsNaN(numbers[3]) ? null : numbers[3],
                double.IsNaN(numbers[4]) ? null : (numbers[4], (int)numbers[5]),
                stale == 0 ? null : [.. numbers[8..(8 + 3 * stale)].Chunk(3).Select(s => new StaleParameter(_meter.Names[(int)s[0]], s[1], s[2]))],
                double.IsNaN(numbers[6]) ? null : numbers[6]);
        }
    }

    public void Dispose() => _copies.ForEach(c => c.Point.Dispose());

    private double[] Numbers(BatchExamination last) =>
    [
        last.Step,
        last.OthersBefore.Count,
        last.ThisBefore,
        last.UpdateCurvature ?? double.NaN,
        last.GrownParameter?.Factor ?? double.NaN,
        Place(last.GrownParameter?.Name),
        last.HalfLife ?? double.NaN,
        last.StaleParameters?.Count ?? 0,
        .. (last.StaleParameters ?? []).SelectMany(s => (double[])[Place(s.Name), s.Staleness, s.StepGrowth]),
        .. last.OthersBefore,
        .. last.OthersNow,
    ];

    private double Place(string? parameter) => parameter is null ? double.NaN : _meter.Names.Index().First(n => n.Item == parameter).Index;

    private BatchExamination Examination(
        long step,
        double thisBefore,
        IReadOnlyList<double> before,
        IReadOnlyList<double> now,
        double? curvature,
        (double Factor, int Index)? growth,
        IReadOnlyList<StaleParameter>? stale,
        double? halfLife)
    {
        var sampler = batches.Sampler;
        var addressed = sampler.Order != BatchOrder.WithReplacement;
        return new BatchExamination(
            step,
            (addressed ? step / sampler.PerEpoch : null, addressed ? step % sampler.PerEpoch : null, sampler.At(step)),
            thisBefore,
            before,
            now,
            curvature,
            growth is { } g ? (_meter.Names[g.Index], g.Factor) : null,
            stale,
            halfLife);
    }

    private IReadOnlyList<StaleParameter>? Stale(Tensor gradient, StabilityEdge edge, double[] growth) => edge.Preconditioner is not { } p ? null :
    [
        .. _meter.Staleness(gradient, p).Index().OrderByDescending(s => s.Item).Take(Stalest)
            .Select(s => new StaleParameter(_meter.Names[s.Index], s.Item, growth[s.Index])),
    ];

    private double? Curvature(Tensor update)
    {
        try
        {
            using var derivatives = batches.Measured.Evaluate(curvature: true);
            return UpdateCurvature.Of(derivatives, update);
        }
        catch (Autograd.DifferentiationException)
        {
            return null; // the evidence does without it
        }
    }

    private double Loss(IReadOnlyList<long> examples)
    {
        using var scope = NewDisposeScope();
        using var batch = batches.Whole.Over(examples);
        return batch.EvaluateLoss();
    }

    private sealed record Copy(long Step, Tensor Point, double[] UpdateLengths);
}
