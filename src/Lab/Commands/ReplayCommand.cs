using System.CommandLine;
using LossSpikes.Lab.Replays;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab replay DIR --spike ID --change CHANGE</c>.</summary>
internal static class ReplayCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "The folder of a finished run." };
        var spike = new Option<int>("--spike") { Description = "The spike's number: id in events.jsonl.", HelpName = "ID", Required = true };
        var change = new Option<string[]>("--change")
        {
            Description = $"What is different: {ChangeText.Forms}.",
            HelpName = "CHANGE",
            Required = true,
            Arity = new ArgumentArity(1, 2),
            AllowMultipleArgumentsPerToken = true, // --change dtype float64
        };
        var at = new Option<long?>("--at") { Description = "The step of the change. Default: the spike's onset for learning_rate and remove-unstable-component, the checkpoint for dtype and perturb.", HelpName = "STEP" };
        var steps = new Option<int?>("--steps") { Description = "The last step of the counterfactual run. Default: half the spike's length after its end.", HelpName = "N" };
        var output = new Option<string?>("--out") { Description = "The folder of the counterfactual run, which must not exist. Default: runs/NAME-spike-ID-CHANGE.", HelpName = "DIR2" };
        var json = new Option<bool>("--json") { Description = "Print the comparison and the folder's path on standard output, and nothing else." };
        var command = new Command("replay", """
            Counterfactual replay: re-run from the checkpoint before a spike with one change, and compare both runs.

            A run keeps the checkpoint before its first and its last spikes (checkpoint.spikes in the experiment file; the nearer to
            the spike, the smaller checkpoint.every). Up to the change both runs are identical, bit for bit.

            Example: would the spike have come with half the learning rate?
              lab run experiments/chebyshev.yaml --out runs/chebyshev
              lab replay runs/chebyshev --spike 1 --change learning_rate*0.5

            The changes:
              learning_rate*0.5           the step size times a factor, from the onset on (1: no change)
              remove-unstable-component   at the onset, move to the bottom of the valley along the unstable eigenvectors
              dtype float64               from the checkpoint on, in another precision (also dtype=float64)
              perturb                     at the checkpoint, every parameter one rounding up or down (perturb=7: other ones)
            """)
        { folder, spike, change, at, steps, output, json };
        command.SetAction((parsed, cancellation) =>
        {
            var different = ChangeText.Parse(string.Join(' ', parsed.GetValue(change)!));
            var origin = SpikeOrigin.Open(parsed.GetValue(folder)!, parsed.GetValue(spike));
            var replay = Replay.Of(origin, different, parsed.GetValue(at), parsed.GetValue(steps));
            return Task.FromResult(ExitCode.Of(replay.Run(parsed.GetValue(output), terminal, parsed.GetValue(json), cancellation)));
        });
        return command;
    }
}
