#:project ../src/Monitors/Monitors.csproj
#:package TorchSharp-cpu
#:property RestorePackagesWithLockFile=false

// The sharpness monitor in a training loop of your own: dotnet run experiments/custom-loop.cs
// A tanh network learns the Chebyshev polynomial T₃ by full-batch gradient descent. The three lines marked with a star are
// all that the monitor needs.

using LossSpikes.Monitors;
using static TorchSharp.torch;

const double LearningRate = 0.085;

set_num_threads(1);
manual_seed(0);
var x = linspace(-1, 1, 20, ScalarType.Float64).unsqueeze(1);
var y = 4 * x.pow(3) - 3 * x;
var model = nn.Sequential(
    nn.Linear(1, 100, dtype: ScalarType.Float64),
    nn.Tanh(),
    nn.Linear(100, 1, dtype: ScalarType.Float64));
var optimizer = optim.SGD(model.parameters(), LearningRate);

Tensor Loss() => (model.call(x) - y).square().mean() * 0.5;

/* ★ */ using var monitor = SharpnessMonitor.Watch(model.parameters(), Loss, StabilityThreshold.GradientDescent(LearningRate), sinks: new ConsoleSink());

for (var step = 0; step <= 1600; step++)
{
    using var scope = NewDisposeScope();
    optimizer.zero_grad();
    Loss().backward();
    /* ★ */ monitor.Observe(step);
    optimizer.step();
}

/* ★ */ monitor.Finish();
