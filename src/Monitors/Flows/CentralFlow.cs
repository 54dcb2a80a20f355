using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Flows;

/// <summary>
/// The central flow of gradient descent or RMSProp: the time-averaged path through all oscillations and spikes, and the mean loss along it (Cohen 2024,
/// arXiv 2410.24206). Below the edge it is gradient flow; at the edge a penalty on the curvature keeps every eigenvalue at 2/η:
/// dw/dt = −ηP⁻¹[∇L + ½∇⟨H, Σ⟩], Σ = U·X·Uᵀ, with X ⪰ 0 orthogonal to (2/η)·UᵀPU − UᵀHU ⪰ 0.
/// </summary>
/// <remarks>
/// <para>U are the directions of the eigenvalues above 0.95·2/η, scaled so that UᵀPU = I. In a substep dt, explicit in w, the condition holds at its end to
/// first order: A = (2/η)I − Λ + dt·η·[G_ij·P⁻¹∇L], M = dt·(η/2)·[G_ij·P⁻¹G_kl], G_ij = ∇(u_iᵀHu_j); see <see cref="Complementarity"/>.</para>
/// <para>For RMSProp ν moves too, dν/dt = ((1−β₂)/β₂)·(∇L² + diag(HΣH) − ν), with HU = (2/η)PU; the change of P adds (2/η)·UᵀṖU to A and M.</para>
/// <para>Cost of a substep with k modes: a gradient, the HVPs of an <see cref="EigenTracker"/> of k + 1 pairs, and k(k+1)/2 third derivatives; of a step
/// 2k evaluations of the loss more.</para>
/// </remarks>
public sealed class CentralFlow : IFlow
{
    // An eigenvalue below this share of the threshold cannot reach it within a substep.
    private const double Near = 0.95;

    // The errors of eigenvalues stand in A next to the changes of a substep, far below 1e-3 of λ₁.
    private const double Tolerance = 1e-6;

    private const string TrackerPrefix = "tracker.", PairsKey = "pairs", MomentKey = "second_moment";

    private readonly IObjective _objective;
    private readonly FlowRule _rule;
    private readonly FlowOptions _options;
    private EigenTracker _tracker;
    private int _pairs;
    private Tensor? _secondMoment, _preconditioner;

    /// <summary>Starts where the objective stands.</summary>
    /// <param name="objective">It is moved along the flow; it stays the caller's.</param>
    /// <param name="rule">The optimizer.</param>
    /// <param name="options">How the flow is computed.</param>
    /// <param name="secondMoment">ν of RMSProp at the start, shape [d], which is copied; null for gradient descent.</param>
    /// <exception cref="ArgumentException">RMSProp has no ν.</exception>
    public CentralFlow(IObjective objective, FlowRule rule, FlowOptions? options = null, Tensor? secondMoment = null)
    {
        if (rule.SecondMomentDecay is not null != secondMoment is not null)
        {
            throw new ArgumentException("the central flow of RMSProp, and no other, begins with a second moment", nameof(secondMoment));
        }

        (_objective, _rule, _options) = (objective, rule, options ?? new FlowOptions());
        (_tracker, _pairs) = (NewTracker(1), 1);
        SetMoment(secondMoment?.clone());
    }

    /// <inheritdoc/>
    public Tensor? Preconditioner => _preconditioner;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State
    {
        get
        {
            var state = _tracker.State.ToDictionary(t => TrackerPrefix + t.Key, t => t.Value);
            state[PairsKey] = tensor((long)_pairs);
            if (_secondMoment is not null)
            {
                state[MomentKey] = _secondMoment;
            }

            return state;
        }
    }

    /// <inheritdoc/>
    public FlowStep Advance()
    {
        var first = Substep(measured: true);
        List<double> residuals = [.. first.Residuals];
        var (products, cubics, crowded) = (first.HessianProducts, first.ThirdDerivatives, first.IsCrowded);
        for (var i = 1; i < _options.Substeps; i++)
        {
            var next = Substep(measured: false);
            residuals.AddRange(next.Residuals);
            products += next.HessianProducts;
            cubics += next.ThirdDerivatives;
            crowded |= next.IsCrowded;
        }

        return first with { Residuals = residuals, HessianProducts = products, ThirdDerivatives = cubics, IsCrowded = crowded };
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _tracker.Dispose();
        _pairs = (int)state[PairsKey].item<long>();
        _tracker = NewTracker(_pairs);
        _tracker.Restore(state.Where(t => t.Key.StartsWith(TrackerPrefix, StringComparison.Ordinal))
            .ToDictionary(t => t.Key[TrackerPrefix.Length..], t => t.Value));
        SetMoment(state.GetValueOrDefault(MomentKey)?.clone());
    }

    /// <summary>Releases the tracked vectors; the objective is the caller's.</summary>
    public void Dispose()
    {
        _tracker.Dispose();
        SetMoment(null);
    }

    private static EigenTracker NewTracker(int pairs) => new(pairs, tolerance: Tolerance);

    private void SetMoment(Tensor? moment)
    {
        _secondMoment?.Dispose();
        _preconditioner?.Dispose();
        _secondMoment = moment?.DetachFromDisposeScope();
        _preconditioner = moment is null ? null : Monitors.Preconditioner.RmsProp(moment, _rule.Epsilon).DetachFromDisposeScope();
    }

    /// <summary>One substep.</summary>
    /// <param name="measured">Whether the loss beyond its quadratic part is evaluated.</param>
    private FlowStep Substep(bool measured)
    {
        using var scope = NewDisposeScope();
        var (dt, eta, threshold) = (1.0 / _options.Substeps, _rule.LearningRate, _rule.Threshold);
        var point = _objective.GetParameters();
        using var derivatives = _objective.Evaluate(curvature: true);
        var (values, directions, products, crowded) = Edge(derivatives, point);
        var modes = values.Length;
        var velocity = Preconditioned(derivatives.Gradient) * Scalar(-eta);
        var moment = _secondMoment is null ? null : Rate(derivatives.Gradient.Squared() - _secondMoment);
        double[] x = [];
        var residual = 0.0;
        if (modes > 0)
        {
            var cubics = Cubics(derivatives, directions);
            var scaled = Preconditioned(cubics);
            var a = Complementarity.Pack(Matrix.Diagonal([.. values.Select(v => threshold - v)]));
            Add(a, Numbers(scaled.mv(derivatives.Gradient)), dt * eta);
            var m = Scalar(dt * eta / 2) * scaled.mm(cubics.t()).to(ScalarType.Float64);
            Tensor? noise = null;
            if (_secondMoment is not null)
            {
                // diag(HΣH) = (2/η)²·P·diag(Σ)·P, and Ṗ = ν̇/(2√ν).
                var squares = Products(directions);
                var slope = (_secondMoment.sqrt() * Scalar(2)).reciprocal();
                noise = Rate(squares * (_preconditioner! * Scalar(threshold)).Squared());
                Add(a, Numbers(squares.mv(slope * moment!)), dt * threshold);
                m = m.Plus(Scalar(dt * threshold) * (squares * slope).mm(noise.t()).to(ScalarType.Float64));
            }

            (x, residual) = Complementarity.Solve(a, Matrix.From(m.Plus(m.t()) * Scalar(0.5)));
            var weights = tensor(x).to(point.dtype).to(point.device);
            velocity = velocity - scaled.t().mv(weights) * Scalar(eta / 2);
            moment = noise is null ? moment : moment!.Plus(noise.t().mv(weights));
        }

        var trace = modes > 0 ? Complementarity.Pairs(modes).Zip(x).Where(p => p.First.I == p.First.J).Sum(p => p.Second) : 0;
        var predicted = derivatives.Loss + trace / eta;
        var beyond = measured && trace > 0 ? Beyond(derivatives.Loss, point, directions, values, x) / Math.Abs(predicted) : (double?)null;
        _objective.SetParameters(point.Plus(velocity * Scalar(dt)));
        if (moment is not null)
        {
            SetMoment(_secondMoment!.Plus(moment * Scalar(dt)).clamp_min(Scalar(0.0)));
        }

        return new FlowStep
        {
            Loss = derivatives.Loss,
            PredictedLoss = predicted,
            Trace = trace,
            Modes = modes,
            IsCrowded = crowded,
            BeyondQuadratic = beyond,
            Residuals = [residual],
            HessianProducts = products,
            ThirdDerivatives = modes * (modes + 1) / 2,
        };
    }

    /// <summary>The eigenvalues near the edge, and the directions u_i = P^(−½)y_i, shape [k, d]: one pair more is tracked than is near it.</summary>
    private (double[] Values, Tensor Directions, int Products, bool Crowded) Edge(IDerivatives derivatives, Tensor point)
    {
        var hessian = new HessianOperator(derivatives);
        var scale = _preconditioner?.rsqrt();
        ILinearOperator matrix = scale is null ? hessian : new ScaledOperator(hessian, scale);
        var products = 0;
        while (true)
        {
            var pairs = _tracker.Update(matrix, point);
            products += pairs.MatVecs;
            var near = pairs.Values.Count(v => v > Near * _rule.Threshold);
            if (near == _pairs && _pairs < Math.Min(_options.Modes + 1, matrix.Dimension))
            {
                _tracker.Dispose();
                _tracker = NewTracker(++_pairs);
                continue;
            }

            var kept = Math.Min(near, _options.Modes);
            var vectors = pairs.Vectors.narrow(0, 0, kept);
            return ([.. pairs.Values.Take(kept)], scale is null ? vectors : vectors * scale, products, near > kept);
        }
    }

    /// <summary>G_ij, i ≤ j, with √2 at i ≠ j, shape [n, d]: by ∇((u_i+u_j)ᵀH(u_i+u_j)) = G_ii + 2G_ij + G_jj.</summary>
    private static Tensor Cubics(IDerivatives derivatives, Tensor directions)
    {
        Tensor[] u = [.. Enumerable.Range(0, (int)directions.shape[0]).Select(i => directions[i])];
        Tensor[] own = [.. u.Select(derivatives.SharpnessGradient)];
        return stack([.. Complementarity.Pairs(u.Length).Select(p => p.I == p.J
            ? own[p.I]
            : (derivatives.SharpnessGradient(u[p.I].Plus(u[p.J])) - own[p.I] - own[p.J]) * Scalar(Math.Sqrt(0.5)))]);
    }

    /// <summary>u_i∘u_j, i ≤ j, with √2 at i ≠ j, shape [n, d].</summary>
    private static Tensor Products(Tensor directions) => stack([.. Complementarity.Pairs((int)directions.shape[0]).Select(
        p => directions[p.I] * directions[p.J] * Scalar(p.I == p.J ? 1 : Math.Sqrt(2)))]);

    /// <summary>The mean loss at w ± √x_i·u_i, without L(w) and the quadratic part ½Σx_i·λ_i.</summary>
    private double Beyond(double loss, Tensor point, Tensor directions, double[] values, double[] packed)
    {
        var eigen = new SymmetricEigen(Complementarity.Unpack(packed));
        var beyond = 0.0;
        for (var i = 0; i < values.Length && eigen.Values[i] > 1e-6 * eigen.Values[0]; i++)
        {
            var row = eigen.Vectors.Row(i).ToArray();
            var shift = directions.t().mv(tensor(row).to(directions.dtype).to(directions.device)) * Scalar(Math.Sqrt(eigen.Values[i]));
            var quadratic = 0.5 * eigen.Values[i] * row.Zip(values, (r, v) => r * r * v).Sum();
            beyond += (At(point.Plus(shift)) + At(point - shift)) / 2 - loss - quadratic;
        }

        return beyond;

        double At(Tensor there)
        {
            _objective.SetParameters(there);
            return _objective.EvaluateLoss();
        }
    }

    private Tensor Preconditioned(Tensor vectors) => _preconditioner is null ? vectors : vectors / _preconditioner;

    private Tensor Rate(Tensor difference) => difference * Scalar((1 - _rule.SecondMomentDecay!.Value) / _rule.SecondMomentDecay.Value);

    private static double[] Numbers(Tensor vector) => [.. vector.to(ScalarType.Float64).cpu().data<double>()];

    private static void Add(double[] to, double[] numbers, double factor)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += factor * numbers[i];
        }
    }
}
