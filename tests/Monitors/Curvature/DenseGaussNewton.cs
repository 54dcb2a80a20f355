using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Curvature;

/// <summary>The Gauss–Newton matrix as Σ JᵀL″J/n, from the Jacobian row by row and L″ written out: nothing of the library is used.</summary>
internal static class DenseGaussNewton
{
    /// <summary>The matrix, shape [d, d].</summary>
    /// <param name="module">The network.</param>
    /// <param name="inputs">n examples.</param>
    /// <param name="crossEntropy">L″ = diag(p) − ppᵀ, p the softmax of the outputs; else that of ½e², 1.</param>
    public static Tensor Of(nn.Module<Tensor, Tensor> module, Tensor inputs, bool crossEntropy)
    {
        var outputs = module.call(inputs).reshape(inputs.shape[0], -1);
        var parameters = module.parameters().ToArray();
        List<Tensor> rows = [];
        for (var i = 0; i < outputs.numel(); i++)
        {
            foreach (var parameter in parameters)
            {
                parameter.grad = null;
            }

            outputs.flatten()[i].backward(retain_graph: true);
            rows.Add(cat([.. parameters.Select(p => p.grad!.flatten())]).clone());
        }

        foreach (var parameter in parameters)
        {
            parameter.grad = null;
        }

        var jacobian = stack(rows).reshape(outputs.shape[0], outputs.shape[1], -1);
        var p = outputs.detach().softmax(1);
        var second = crossEntropy
            ? diag_embed(p) - p.unsqueeze(2) * p.unsqueeze(1)
            : eye(outputs.shape[1], dtype: ScalarType.Float64).expand(outputs.shape[0], -1, -1);
        return einsum("nai,nab,nbj->ij", jacobian, second, jacobian) / outputs.shape[0];
    }
}
