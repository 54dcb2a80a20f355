namespace LossSpikes.Lab.Trajectories;

/// <summary>The path of gradient descent at one learning rate. Every array is a series over the steps t = 0…n.</summary>
/// <param name="LearningRate">η.</param>
/// <param name="Parameters">θ_t, shape [d][n + 1]; all NaN from the step on at which one of them would not be finite.</param>
/// <param name="Loss">f(θ_t), shape [n + 1]; infinite where it overflows, NaN where θ is.</param>
internal sealed record Trajectory(double LearningRate, double[][] Parameters, double[] Loss);
