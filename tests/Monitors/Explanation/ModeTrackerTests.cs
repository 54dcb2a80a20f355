using LossSpikes.Monitors.Explanation;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Explanation;

/// <summary>The numbers that modes keep from step to step.</summary>
public sealed class ModeTrackerTests
{
    [Fact]
    public void A_number_stays_with_its_direction_when_eigenvalues_change_places_and_signs()
    {
        using var modes = new ModeTracker();
        using var basis = linalg.qr(randn([7, 4], dtype: ScalarType.Float64)).Q.t();

        Assert.Equal([1, 2, 3, 4], modes.Follow(basis));
        Assert.Equal([3, 1, 4, 2], modes.Follow(stack([-basis[2], basis[0], basis[3], -basis[1]])));
    }

    [Fact]
    public void A_new_direction_gets_a_new_number()
    {
        using var modes = new ModeTracker();
        using var all = eye(5, dtype: ScalarType.Float64);

        Assert.Equal([1, 2], modes.Follow(all.narrow(0, 0, 2)));
        Assert.Equal([3, 2], modes.Follow(stack([all[4], all[1]])));
        Assert.Equal([4, 3], modes.Follow(stack([all[0], all[4]])));
    }

    [Fact]
    public void A_restored_tracker_continues_from_its_state()
    {
        using var modes = new ModeTracker();
        using var all = eye(5, dtype: ScalarType.Float64);
        modes.Follow(all.narrow(0, 0, 2));
        using var again = new ModeTracker();
        again.Restore(modes.State.ToDictionary());

        Assert.Equal([2, 3], again.Follow(stack([all[1], all[3]])));
    }
}
