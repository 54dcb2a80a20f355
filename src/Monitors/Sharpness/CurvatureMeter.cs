using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>Measures the curvature at one step: the tracked eigenvalues, their audit, and the further measurements.</summary>
internal sealed class CurvatureMeter : IDisposable
{
    private readonly IObjective _objective;
    private readonly MiniBatches? _batches;
    private readonly MonitorOptions _options;
    private readonly Auditor _auditor;
    private EigenTracker _tracker;
    private IReadOnlyList<IStepMeasurement> _further;

    public CurvatureMeter(IObjective objective, MiniBatches? batches, MonitorOptions options)
    {
        (_objective, _batches, _options, _auditor) = (objective, batches, options, new Auditor(options));
        (_tracker, _further) = Create(objective, options);
    }

    /// <summary>All tracked eigenvalues of the last measurement, guards included.</summary>
    public IReadOnlyList<double> TrackedValues => _tracker.BlockValues;

    /// <summary>Their eigenvectors as rows, shape [k + guards, d]; valid until the next measurement. Owned by the meter.</summary>
    public Tensor TrackedVectors => _tracker.BlockVectors;

    /// <summary>The state that the next measurement needs, by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _further.Aggregate(
        _tracker.State.AsEnumerable(), (all, measurement) => all.Concat(NamedState.Add(Prefix(measurement), measurement.State)));

    /// <summary>The columns of a run under this edge.</summary>
    public MeasurementSchema Schema(StabilityEdge edge) => MeasurementSchema.Of(
        _options.Eigenvalues,
        [
            .. _batches is null ? [] : BatchColumns.Of(edge.Preconditioner is not null),
            .. _further.Where(m => m.Applies(edge)).SelectMany(m => m.Columns),
        ],
        _options.Explain ? _options.Guards : null,
        batches: _batches is not null);

    /// <summary>Adds the curvature to a measurement. Cost: see <see cref="CurvatureMonitor"/>; an audit costs 15–30 HVPs more.</summary>
    /// <param name="seen">The measurement so far.</param>
    /// <param name="derivatives">At θ_t, with curvature.</param>
    /// <param name="edge">The stability edge of the update about to be made.</param>
    /// <param name="update">That update, shape [d], or null.</param>
    /// <returns>
    /// The measurement, where it was made, the audit if one was due, and why the eigenvalues did not converge, as a sentence, or null.
    /// </returns>
    public (Measurement Seen, MeasurementPoint Point, AuditEvent? Audit, string? Doubt) Measure(
        Measurement seen, IDerivatives derivatives, StabilityEdge edge, Tensor? update)
    {
        var matrix = edge.Matrix(new HessianOperator(derivatives));
        var parameters = _objective.GetParameters();
        var pairs = _tracker.Update(matrix, parameters);
        var products = pairs.MatVecs;
        AuditEvent? audit = null;
        if (_auditor.IsDue)
        {
            var cold = _tracker.FromScratch(matrix, _options.Seed + seen.Step);
            audit = _auditor.Compare(seen.Step, pairs, cold);
            products += cold.MatVecs;
            pairs = audit.Adopted ? _tracker.Adopt(cold, matrix, parameters) : pairs;
        }

        var directions = edge.Directions(pairs.Vectors);
        var dots = directions.mv(derivatives.Gradient).to(ScalarType.Float64).cpu();
        var accepted = Eigenpairs.Accepted(_options.Tolerance, pairs.Values[0], pairs.Norm, matrix.DataType);
        var (error, asymmetric) = (derivatives.ProductError * edge.LargestScale, pairs.Asymmetry > accepted);
        seen = seen with
        {
            Eigenvalues = pairs.Values,
            GradientDots = [.. dots.data<double>()],
            Residual = (asymmetric ? Math.Max(pairs.Residuals.Max(), pairs.Asymmetry) : pairs.Residuals.Max()) + error,
            Converged = pairs.Converged.All(c => c) && !asymmetric && error <= accepted,
            HessianProducts = products,
        };
        var doubt = seen.Converged ? null
            : asymmetric && edge.Preconditioner is not null
                ? "the products with P⁻¹H are not symmetric: small entries of P enlarge the rounding (a larger ε or float64 helps), the loss is noisy, "
                    + "or libtorch's second derivative of it is wrong"
            : asymmetric ? "the Hessian–vector products are not symmetric: the loss is noisy, or libtorch's second derivative of it is wrong"
            : error > accepted ? "the error of Hessian–vector products by differences exceeds the tolerance; see the residual"
            : "not every eigenvalue met the tolerance; see the residual";
        var point = new MeasurementPoint(derivatives, edge, parameters, FromScratch: audit is not null)
        {
            Objective = _objective,
            Directions = directions,
            Update = update,
            Batches = _batches,
        };
        seen = MeasureFurther(seen, point, last: false);
        return (seen, point, audit, doubt ?? (seen.Converged ? null : "not every eigenvalue met the tolerance; see the residual"));
    }

    /// <summary>Adds the measurements that come after the explanation.</summary>
    /// <param name="seen">The measurement so far.</param>
    /// <param name="point">The point of <see cref="Measure"/>.</param>
    public Measurement MeasureLast(Measurement seen, MeasurementPoint point) => MeasureFurther(seen, point, last: true);

    /// <summary>Forgets what was tracked: θ has other components than before.</summary>
    public void Restart()
    {
        Dispose();
        (_tracker, _further) = Create(_objective, _options);
    }

    /// <summary>Calls for an early audit.</summary>
    public void RequestAudit() => _auditor.Request();

    /// <summary>Replays an audit of an interrupted run.</summary>
    public void AuditMade(bool found) => _auditor.Made(found);

    /// <summary>Takes note of a step that is complete.</summary>
    public void Observe(Measurement seen) => _auditor.Observe(seen);

    /// <summary>Continues from a <see cref="State"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _tracker.Restore(state);
        foreach (var measurement in _further)
        {
            measurement.Restore(NamedState.Part(Prefix(measurement), state));
        }
    }

    public void Dispose()
    {
        _tracker.Dispose();
        foreach (var measurement in _further)
        {
            measurement.Dispose();
        }
    }

    private Measurement MeasureFurther(Measurement seen, MeasurementPoint point, bool last) => _further
        .Where(m => m.IsLast == last && m.Applies(point.Edge))
        .Aggregate(seen, (measured, measurement) => measurement.Measure(measured, point));

    // An explanation needs the value of every guard evaluated, not predicted.
    private static (EigenTracker Tracker, IReadOnlyList<IStepMeasurement> Further) Create(IObjective objective, MonitorOptions options) => (
        new EigenTracker(options.Eigenvalues, options.Guards, options.Tolerance, lazyGuards: !options.Explain),
        [
            new HessianSharpness(options),
            .. options.Layers is null ? [] : (IStepMeasurement[])[new LayerCurvature(ParameterBlock.Of(objective.Parts, options.Layers), options)],
            .. options.Measurements.Select(create => create()),
        ]);

    private static string Prefix(IStepMeasurement measurement) => measurement.Name + ".";
}
