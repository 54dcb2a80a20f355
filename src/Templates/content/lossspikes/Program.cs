// Why did my loss spike? A tanh network learns the Chebyshev polynomial T₃ by full-batch gradient descent. The monitor measures the
// sharpness at each step and reports when it passes the threshold 2/η, and what the loss does then. Put your own network, data and
// optimizer in their places.
//
//     dotnet run             trains, and saves model.pt
//     dotnet run model.pt    starts from the weights of a file that this program or PyTorch saved

using LossSpikes.Monitors;
using LossSpikes.TensorFiles.PyTorch;
using static TorchSharp.torch;

manual_seed(0);
var x = linspace(-1, 1, 20, ScalarType.Float64).unsqueeze(1);
var y = 4 * x.pow(3) - 3 * x;
var model = nn.Sequential(
    nn.Linear(1, 100, dtype: ScalarType.Float64),
    nn.Tanh(),
    nn.Linear(100, 1, dtype: ScalarType.Float64));
var optimizer = optim.SGD(model.parameters(), 0.085);

if (args is [var file])
{
    Console.WriteLine($"loaded {string.Join(", ", model.load_py(file))} from {file}");
}

Tensor Loss() => (model.call(x) - y).square().mean() * 0.5;

using var monitor = SharpnessMonitor.Watch(optimizer, Loss, sinks: new ConsoleSink());
monitor.Spiked += spike => model.save_py($"after-spike-{spike.Id}.pt");

for (var step = 0; step <= 1600; step++)
{
    using var scope = NewDisposeScope();
    optimizer.zero_grad();
    Loss().backward();
    monitor.Observe(step);
    optimizer.step();
}

monitor.Finish();
model.save_py("model.pt");
Console.WriteLine("""saved model.pt; in Python: torch.load("model.pt", weights_only=True)""");
