namespace LossSpikes.Lab.Checks;

/// <summary>All checks, in the order in which they are run.</summary>
internal static class TheoryChecks
{
    public static IReadOnlyList<ITheoryCheck> All { get; } =
    [
        new ThresholdCheck(), new TaylorCheck(), new FlowCheck(), new HoveringCheck(),
        new InterventionCheck(), new CatapultCheck(), new MinimalExampleCheck(),
    ];
}
