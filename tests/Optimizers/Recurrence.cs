namespace LossSpikes.Tests.Optimizers;

/// <summary>
/// PyTorch's updates of one parameter, transcribed in plain doubles from the pseudocode of its documentation
/// (torch.optim.SGD, RMSprop and Adam), independent of the lab.
/// </summary>
internal sealed class Recurrence(double weightDecay)
{
    private double _buffer, _v;
    private int _t;

    public double Sgd(double theta, double gradient, double learningRate, double momentum, double dampening, bool nesterov)
    {
        gradient += weightDecay * theta;
        if (momentum != 0)
        {
            _buffer = ++_t > 1 ? momentum * _buffer + (1 - dampening) * gradient : gradient;
            gradient = nesterov ? gradient + momentum * _buffer : _buffer;
        }

        return theta - learningRate * gradient;
    }

    public double RmsProp(double theta, double gradient, double learningRate, double alpha, double epsilon)
    {
        gradient += weightDecay * theta;
        _v = alpha * _v + (1 - alpha) * gradient * gradient;
        return theta - learningRate * gradient / (Math.Sqrt(_v) + epsilon);
    }

    public double Adam(double theta, double gradient, double learningRate, double beta1, double beta2, double epsilon)
    {
        gradient += weightDecay * theta;
        _t++;
        _buffer = beta1 * _buffer + (1 - beta1) * gradient;
        _v = beta2 * _v + (1 - beta2) * gradient * gradient;
        var (m, v) = (_buffer / (1 - Math.Pow(beta1, _t)), _v / (1 - Math.Pow(beta2, _t)));
        return theta - learningRate * m / (Math.Sqrt(v) + epsilon);
    }
}
