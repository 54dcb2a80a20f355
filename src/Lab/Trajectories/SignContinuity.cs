namespace LossSpikes.Lab.Trajectories;

/// <summary>An eigenvector is known up to its sign; here the sign is continued from step to step, so that g·v is continuous.</summary>
internal static class SignContinuity
{
    /// <summary>Turns vectors, shape [d][n + 1], and what was measured along them, shape [n + 1], in place.</summary>
    public static void Apply(double[][] vectors, double[] along)
    {
        for (var step = 0; step < along.Length; step++)
        {
            var overlap = step == 0 ? vectors.Select(v => v[0]).MaxBy(Math.Abs) : vectors.Sum(v => v[step] * v[step - 1]);
            if (overlap < 0)
            {
                along[step] = -along[step];
                foreach (var component in vectors)
                {
                    component[step] = -component[step];
                }
            }
        }
    }
}
