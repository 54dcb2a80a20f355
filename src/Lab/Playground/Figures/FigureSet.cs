using LossSpikes.Lab.Article;
using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Playground.Requests;

namespace LossSpikes.Lab.Playground.Figures;

/// <summary>
/// The seven figures as the page asks for them. Figures 1 to 4 do not wait for those of Hamlet, whose learning rates are first walked,
/// nor these for the claims, which take seconds: each of the three has a thread for its tensors.
/// </summary>
internal sealed class FigureSet : IDisposable
{
    private readonly HamletSweep _sweep = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TensorThread _plain = new("figures"), _hamlet = new("hamlet"), _claims = new("claims");
    private readonly Dictionary<ISliderFigure, TensorThread> _threads;
    private readonly Lazy<Task<IReadOnlyList<ArticleClaim>>> _measured;

    public FigureSet()
    {
        ISliderFigure[] plain = [new Parabola(), new ParabolaDescent(), new LevelSets(), new QuadraticDescent()];
        ISliderFigure[] hamlet = [new Landscape(_sweep), new SpikesPerStep(_sweep), new GradientComponents(_sweep)];
        All = [.. plain, .. hamlet];
        _threads = All.ToDictionary(f => f, f => plain.Contains(f) ? _plain : _hamlet);
        _measured = new(() => _claims.Run(Measure, _end.Token));
    }

    /// <summary>In their order.</summary>
    public IReadOnlyList<ISliderFigure> All { get; }

    /// <summary>
    /// Draws each figure once, so that a reader does not wait for the compiler and for the walk: about a second and a half on two cores,
    /// from the start of the program on.
    /// </summary>
    public Task WarmUp() =>
        Task.WhenAll(All.SelectMany(f => (Task[])[Backdrop(f, _end.Token), At(f, SliderValues.Defaults(f.Sliders), _end.Token)]));

    /// <summary>One figure where its sliders stand.</summary>
    public Task<FigureSlice> At(ISliderFigure figure, SliderValues values, CancellationToken cancellation) =>
        _threads[figure].Run(() => figure.At(values), cancellation);

    /// <summary>What lies behind one figure, if anything does.</summary>
    public Task<ArticleTable?> Backdrop(ISliderFigure figure, CancellationToken cancellation) => _threads[figure].Run(() => figure.Backdrop, cancellation);

    /// <summary>The article's claims, measured once, when they are first asked for.</summary>
    public Task<IReadOnlyList<ArticleClaim>> Claims => _measured.Value;

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _plain.Dispose();
        _hamlet.Dispose();
        _claims.Dispose();
        _end.Dispose();
    }

    private IReadOnlyList<ArticleClaim> Measure()
    {
        var claims = ArticleClaims.Measure(_sweep, _end.Token);
        FreeMemory.Return();
        return claims;
    }
}
