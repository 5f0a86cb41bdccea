using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Training.RowTables;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>
/// x·Wᵀ + b as a network's first layer, for rows most of whose values are 0. Wᵀ, inputs × outputs, lies row by row, so that an input's weights are
/// read together; W, as it is saved, is a view of it.
/// </summary>
internal sealed unsafe class SparseLinearLayer : Layer
{
    /// <summary>Rows that another device scores at once: their columns are copied out together.</summary>
    private const int DeviceRows = 128;

    /// <summary>Outputs that are best set at once: as many as share a line of the processor's cache.</summary>
    public const int OutputsAtOnce = 16;

    private readonly Tensor _weight;
    private readonly Parameter? _bias;
    private readonly Tensor? _biasGradient;
    private readonly int _width;
    private readonly float* _weights;
    private readonly float* _biasValues;
    private float* _outputValues;
    private Tensor? _ones;
    private Tensor? _output;
    private Tensor? _dense;
    private SparseBatch? _input;
    private DistinctColumns? _distinct;
    private RowTable? _table;

    /// <param name="weight">W, outputs × inputs, a view of Wᵀ.</param>
    /// <param name="bias">b, or null.</param>
    public SparseLinearLayer(Tensor weight, Tensor? bias)
        : base("linear")
    {
        (_weight, _bias, _width) = (weight, (Parameter?)bias, (int)weight.shape[0]);
        register_parameter("weight", (Parameter)weight);
        if (_bias is not null)
            register_parameter("bias", _bias);
        Turned = _weight.t().DetachFromDisposeScope();
        _biasGradient = _bias?.grad?.DetachFromDisposeScope();
        if (_weight.device.type != TorchSharp.DeviceType.CPU)
            return;
        _weights = HostReads.Address<float>(Turned);
        _biasValues = _bias is null ? null : HostReads.Address<float>(_bias);
    }

    /// <summary>Wᵀ, inputs × outputs, contiguous.</summary>
    public Tensor Turned { get; }

    /// <summary>Sets the weights of some outputs, on the CPU.</summary>
    /// <param name="first">The first output.</param>
    /// <param name="values">Outputs × inputs, contiguous.</param>
    public void SetOutputs(long first, Tensor values)
    {
        var (outputs, inputs) = (values.shape[0], values.shape[1]);
        var source = HostReads.Address<float>(values);
        for (long input = 0; input < inputs; input++)
        {
            var target = _weights + (input * _width) + first;
            for (long output = 0; output < outputs; output++)
                target[output] = source[(output * inputs) + input];
        }
    }

    /// <summary>Takes the table that has the weights' optimizer: before the first training step.</summary>
    public void TrainWith(RowTable table) => (_table, _distinct) = (table, new DistinctColumns((int)_weight.shape[1]));

    public override Tensor forward(Tensor input) => nn.functional.linear(input, _weight, _bias);

    /// <summary>The layer's output, n × outputs, for sparse rows.</summary>
    public Tensor Forward(SparseBatch rows)
    {
        if (_weight.device.type != TorchSharp.DeviceType.CPU)
            return OnDevice(rows);
        var output = empty([rows.Rows, _width], dtype: float32);
        SparseProduct.Forward(rows, _weights, _biasValues, _width, HostReads.Address<float>(output));
        return output;
    }

    public override void Resize(long rows)
    {
        Forget();
        _ones = ones([rows], dtype: float32, device: _weight.device).DetachFromDisposeScope();
        _output = zeros([rows, _width], dtype: float32, device: _weight.device).DetachFromDisposeScope();
        if (_weights is not null)
            _outputValues = HostReads.Address<float>(_output);
    }

    public override Tensor StepForward(Tensor input) => throw new NotSupportedException("A layer that is trained on sparse rows takes no dense ones.");

    /// <summary>As <see cref="StepForward(Tensor)"/>, for sparse rows.</summary>
    public Tensor StepForward(SparseBatch rows)
    {
        _input = rows;
        _distinct!.Of(rows);
        _table!.Touch(_distinct.Columns);
        if (_table.OnHost)
            SparseProduct.Forward(rows, _weights, _biasValues, _width, _outputValues);
        else
            Multiply(_dense = Compact(rows, _distinct, _weight.device), _table.TouchedValues, _output!);
        if (!IsLast)
            return _output!;
        // Logits lie by columns (see Softmax), and outlive the step.
        return empty([_width, rows.Rows], dtype: float32, device: _weight.device).copy_(_output!.t()).t();
    }

    public override Tensor? StepBackward(Tensor gradient)
    {
        using var rows = gradient.contiguous();
        _biasGradient?.addmv_(rows.t(), _ones!, beta: 0);
        if (_table!.OnHost)
            SparseProduct.Backward(_input!, _distinct!.Numbers, HostReads.Address<float>(rows), _width, _table.HostGradients);
        else
            _table.Gradients.addmm_(_dense!.t(), rows, beta: 0);

        return null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
            Turned.Dispose();
            _biasGradient?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Forget()
    {
        _ones?.Dispose();
        _output?.Dispose();
    }

    /// <summary>Rows × weights on another device: there a product with the columns that occur, zeros and all, is the fastest.</summary>
    internal Tensor OnDevice(SparseBatch rows)
    {
        var output = empty([rows.Rows, _width], dtype: float32, device: _weight.device);
        var distinct = new DistinctColumns((int)_weight.shape[1]);
        for (var first = 0; first < rows.Rows; first += DeviceRows)
        {
            using var scope = NewDisposeScope();
            var part = rows.Of(first, Math.Min(DeviceRows, rows.Rows - first));
            distinct.Of(part);
            var columns = tensor(Array.ConvertAll(distinct.Columns.ToArray(), column => (long)column)).to(_weight.device);
            Multiply(Compact(part, distinct, _weight.device), Turned.index_select(0, columns), output.narrow(0, first, part.Rows));
        }

        return output;
    }

    private void Multiply(Tensor rows, Tensor weights, Tensor output)
    {
        if (_bias is null)
            output.addmm_(rows, weights, beta: 0);
        else
            output.copy_(_bias).addmm_(rows, weights);
    }

    /// <summary>The rows without the columns in which none of them has a value, rows × distinct columns.</summary>
    private static Tensor Compact(SparseBatch rows, DistinctColumns distinct, Device device)
    {
        var columns = (long)distinct.Columns.Length;
        var count = (int)rows.NonZeros;
        var (places, values) = (new long[count], new float[count]);
        var next = 0;
        for (var row = 0; row < rows.Rows; row++)
        {
            foreach (var value in rows.Table.ValuesOf(rows.Id(row)))
            {
                places[next] = (row * columns) + distinct.Numbers[next];
                values[next++] = value;
            }
        }

        return zeros([rows.Rows * columns], dtype: float32, device: device).index_copy_(0, tensor(places).to(device), tensor(values).to(device)).view(rows.Rows, columns);
    }
}
