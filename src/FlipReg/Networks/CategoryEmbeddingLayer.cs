using FlipReg.Data;
using FlipReg.Training.RowTables;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>Ordinary values as they are, then each category's row of its table.</summary>
internal sealed unsafe class CategoryEmbeddingLayer : Layer
{
    /// <summary>Category numbers above this, and below <see cref="High"/>, are looked up.</summary>
    internal const float Low = -0.5f;

    private readonly int _numeric;
    private readonly List<Parameter> _tables = [];
    private readonly List<Tensor?> _gradients = [];
    private readonly Tensor _limits;
    private readonly CategoryHostTable[]? _hostTables;
    private readonly int _outputWidth;
    private Tensor? _indices;
    private Tensor? _output;
    private float* _outputValues;
    private int _rows;

    public CategoryEmbeddingLayer(int numeric, IReadOnlyList<Tensor> tables)
        : base("embedding")
    {
        _numeric = numeric;
        for (var i = 0; i < tables.Count; i++)
        {
            var table = (Parameter)tables[i];
            register_parameter(FormattableString.Invariant($"table{i}"), table);
            _tables.Add(table);
            _gradients.Add(table.grad?.DetachFromDisposeScope());
        }

        // Single has every number up to 2^24, and halves up to 2^23; beyond, a half is rounded to the number above.
        _limits = tensor(tables.Select(table => High(table.shape[0] - 1)).ToArray(), device: tables[0].device).DetachFromDisposeScope();
        _outputWidth = numeric + (int)tables.Sum(table => table.shape[1]);
        if (_limits.device.type == TorchSharp.DeviceType.CPU)
            _hostTables = [.. tables.Zip(_gradients, (table, gradient) => new CategoryHostTable(table, gradient))];
    }

    /// <summary>The tables, rows × width.</summary>
    public IReadOnlyList<Tensor> Tables => _tables;

    /// <summary>Takes the tables that have the values' optimizer, one for each: before the first training step, on the CPU.</summary>
    public void TrainWith(IReadOnlyList<RowTable> tables)
    {
        for (var i = 0; i < tables.Count; i++)
            _hostTables![i].TrainWith(tables[i]);
    }

    public override bool IsContinuous => false;

    public override IReadOnlyList<int> SourceColumns =>
        [.. Enumerable.Range(0, _numeric), .. _tables.SelectMany((table, i) => Enumerable.Repeat(_numeric + i, (int)table.shape[1]))];

    /// <summary>The number that the categories of a table are below.</summary>
    internal static float High(long categories) => categories < 1 << 23 ? categories + 0.5f : categories + 1;

    public override Tensor forward(Tensor input)
    {
        var indices = IndicesOf(input);
        var parts = _tables.Select((table, i) => table.index_select(0, indices[i]));
        return cat([input.narrow(1, 0, _numeric), .. parts], 1);
    }

    public override void Resize(long rows)
    {
        _output?.Dispose();
        _output = zeros([rows, _outputWidth], device: _limits.device).DetachFromDisposeScope();
        if (_hostTables is not null)
            _outputValues = HostReads.Address<float>(_output);
    }

    public override Tensor StepForward(Tensor input)
    {
        if (_hostTables is not null)
            return HostForward(input);
        _indices = IndicesOf(input);
        if (_numeric > 0)
            _output!.narrow(1, 0, _numeric).copy_(input.narrow(1, 0, _numeric));
        foreach (var (i, place) in Places(_output!))
            place.copy_(_tables[i].index_select(0, _indices[i]));
        return _output!;
    }

    // A table's gradient: each row's, added to the row of its category; a category that occurs twice gets both.
    public override Tensor? StepBackward(Tensor gradient)
    {
        if (_hostTables is not null)
        {
            HostBackward(gradient);
            return null;
        }

        foreach (var (i, place) in Places(gradient))
            _gradients[i]!.zero_().index_add_(0, _indices![i], place, Keep(1));
        return null;
    }

    /// <summary>Row 0 that no step has changed becomes the mean of the other rows.</summary>
    public override void Complete()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var table in _tables)
        {
            var first = table.narrow(0, 0, 1);
            var mean = table.narrow(0, 1, table.shape[0] - 1).mean([0], keepdim: true);
            first.copy_(where(first.abs().sum().eq(Keep(0.0)), mean, first));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _output?.Dispose();
            _limits.Dispose();
            _gradients.ForEach(gradient => gradient?.Dispose());
        }

        base.Dispose(disposing);
    }

    /// <summary>Brings the rows of tables that are trained by rows up to date which a forward pass beside the step reads.</summary>
    public void Touch(Tensor input)
    {
        using var rows = input.contiguous();
        var values = HostReads.Address<float>(rows);
        for (var i = 0; i < _hostTables!.Length; i++)
            _hostTables[i].CatchUp(values + _numeric + i, _numeric + _tables.Count, (int)rows.shape[0]);
    }

    private Tensor HostForward(Tensor input)
    {
        using var rows = input.contiguous();
        var values = HostReads.Address<float>(rows);
        var width = _numeric + _tables.Count;
        _rows = (int)rows.shape[0];
        for (var row = 0; row < _rows; row++)
            new ReadOnlySpan<float>(values + ((long)row * width), _numeric).CopyTo(new Span<float>(_outputValues + ((long)row * _outputWidth), _numeric));
        var place = _numeric;
        for (var i = 0; i < _hostTables!.Length; i++)
        {
            _hostTables[i].Forward(values + _numeric + i, width, _rows, _outputValues + place, _outputWidth);
            place += (int)_tables[i].shape[1];
        }

        return _output!;
    }

    private void HostBackward(Tensor gradient)
    {
        using var rows = gradient.contiguous();
        var values = HostReads.Address<float>(rows) + _numeric;
        for (var i = 0; i < _hostTables!.Length; i++)
        {
            _hostTables[i].Backward(values, _outputWidth, _rows);
            values += _tables[i].shape[1];
        }
    }

    /// <summary>Row numbers in the tables, tables × rows; 0 for what is no category.</summary>
    private Tensor IndicesOf(Tensor input)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var numbers = input.narrow(1, _numeric, _tables.Count);
        var known = numbers.gt(Keep(Low)).logical_and_(numbers.lt(_limits));
        return where(known, numbers, zeros_like(numbers)).to(int64).t().contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Where the tables' rows stand in a tensor of this layer's width.</summary>
    private IEnumerable<(int Table, Tensor Place)> Places(Tensor tensor)
    {
        var start = (long)_numeric;
        for (var i = 0; i < _tables.Count; i++)
        {
            var width = _tables[i].shape[1];
            yield return (i, tensor.narrow(1, start, width));
            start += width;
        }
    }
}
