using LossSpikes.Lab.Article;
using LossSpikes.Lab.Article.Sliders;

namespace LossSpikes.Lab.Playground;

/// <summary>The seven figures as the page asks for them. Their tensors live on one thread; the claims, which take seconds, have one of their own.</summary>
internal sealed class FigureSet : IDisposable
{
    private readonly HamletSweep _sweep = new();
    private readonly TensorThread _figures = new("figures"), _claims = new("claims");
    private readonly Lazy<Task<IReadOnlyList<ArticleClaim>>> _measured;

    public FigureSet()
    {
        All = [new Parabola(), new ParabolaDescent(), new LevelSets(), new QuadraticDescent(), new Landscape(_sweep), new SpikesPerStep(_sweep), new GradientComponents(_sweep)];
        _measured = new(() => _claims.Run(() => ArticleClaims.Measure(_sweep), CancellationToken.None));
    }

    /// <summary>In their order.</summary>
    public IReadOnlyList<ISliderFigure> All { get; }

    /// <summary>Draws each figure once, so that the first reader does not wait for the compiler: about a second.</summary>
    public Task WarmUp() => Task.WhenAll(All.Select(f => At(f, SliderValues.Defaults(f.Sliders), CancellationToken.None)));

    /// <summary>One figure where its sliders stand.</summary>
    public Task<FigureSlice> At(ISliderFigure figure, SliderValues values, CancellationToken cancellation) => _figures.Run(() => figure.At(values), cancellation);

    /// <summary>What lies behind one figure, if anything does.</summary>
    public Task<ArticleTable?> Backdrop(ISliderFigure figure, CancellationToken cancellation) => _figures.Run(() => figure.Backdrop, cancellation);

    /// <summary>The article's claims, measured once, when they are first asked for.</summary>
    public Task<IReadOnlyList<ArticleClaim>> Claims => _measured.Value;

    /// <summary>Ends both threads.</summary>
    public void Dispose()
    {
        _figures.Dispose();
        _claims.Dispose();
    }
}
