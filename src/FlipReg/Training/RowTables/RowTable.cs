using FlipReg.Data;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Training.RowTables;

/// <summary>
/// A parameter of many rows, of which a step uses few: the optimizer's work, too, is on those alone. A row that steps did not use is brought up to date
/// when it is next used: what the optimizer would have done to it meanwhile is known in closed form (<see cref="RowRule"/>), so that the result is
/// that of steps over all rows, but for rounding. A step calls <see cref="Touch"/>, fills <see cref="Gradients"/> and calls <see cref="Step"/>.
/// </summary>
internal sealed unsafe class RowTable : IDisposable
{
    /// <summary>Rows that are brought up to date at once on a device.</summary>
    private const int ChunkRows = 1 << 14;

    private const int NotChecked = -1;

    private readonly RowRule _rule;
    private readonly Counter _steps;
    private readonly Func<long, StepRates> _rates;
    private readonly Tensor?[] _tensors;
    private readonly List<(string Name, Tensor Value)> _state = [];
    private readonly Tensor _lastSteps;
    private readonly long* _last;
    private readonly bool _onHost;
    private readonly HostRow _origin;
    private readonly int _width;
    private readonly long _rows;
    private Tensor _gradientRoom;
    private float* _gradients;
    private int _checked = NotChecked;
    private int[] _touched = [];
    private int _touchedCount;
    private DeviceRows? _gathered;
    private Tensor? _gatheredIds;

    /// <param name="rule">The optimizer.</param>
    /// <param name="values">The parameter, rows × width, contiguous.</param>
    /// <param name="averages">Its average over the steps, of the same shape, or null.</param>
    /// <param name="steps">Steps taken; the caller counts them.</param>
    /// <param name="rates">The rates of a step, by its number from 1: a function of the options alone.</param>
    /// <param name="onHost">Whether rows are worked on in place by the processor; null: where they lie in its memory.</param>
    public RowTable(RowRule rule, Tensor values, Tensor? averages, Counter steps, Func<long, StepRates> rates, bool? onHost = null)
    {
        (_rule, _steps, _rates) = (rule, steps, rates);
        (_rows, _width) = (values.shape[0], (int)values.shape[1]);
        _onHost = onHost ?? values.device.type == TorchSharp.DeviceType.CPU;
        foreach (var name in rule.StateNames)
            _state.Add((name, zeros_like(values).DetachFromDisposeScope()));
        _lastSteps = zeros([_rows], dtype: int64).DetachFromDisposeScope();
        _last = HostReads.Address<long>(_lastSteps);
        _tensors = [values, _state.ElementAtOrDefault(0).Value, _state.ElementAtOrDefault(1).Value, averages];
        _state.Add(("last_step", _lastSteps));
        if (_onHost)
            _origin = new HostRow(Start(0), Start(1), Start(2), Start(3));
        _gradientRoom = empty([0, _width], dtype: float32, device: values.device).DetachFromDisposeScope();

        float* Start(int i) => _tensors[i] is { } tensor ? HostReads.Address<float>(tensor) : null;
    }

    /// <summary>The parameter, rows × width. Only the rows that were brought up to date are.</summary>
    public Tensor Values => _tensors[0]!;

    /// <summary>Whether rows are worked on in place by the processor.</summary>
    public bool OnHost => _onHost;

    /// <summary>Named state tensors: with the values and the averages all that the table remembers.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => _state;

    /// <summary>Gradients of the touched rows, in the order in which they were touched, touched rows × width: to be written over.</summary>
    public Tensor Gradients => _gradientRoom.narrow(0, 0, _touchedCount);

    /// <summary><see cref="Gradients"/> in host memory. Only where <see cref="OnHost"/> is true.</summary>
    public Span<float> HostGradients => new(_gradients, checked(_touchedCount * _width));

    /// <summary>Values of the touched rows, touched rows × width. Only where <see cref="OnHost"/> is false.</summary>
    public Tensor TouchedValues => _gathered!.Value;

    /// <summary>Brings the rows that a step uses up to date.</summary>
    /// <param name="rows">The rows, each once.</param>
    public void Touch(ReadOnlySpan<int> rows)
    {
        if (_touched.Length < rows.Length)
            _touched = new int[Math.Max(rows.Length, 2 * _touched.Length)];
        rows.CopyTo(_touched);
        _touchedCount = rows.Length;
        if (_gradientRoom.shape[0] < rows.Length)
        {
            _gradientRoom.Dispose();
            _gradientRoom = empty([_touched.Length, _width], dtype: float32, device: Values.device).DetachFromDisposeScope();
            if (_onHost)
                _gradients = HostReads.Address<float>(_gradientRoom);
        }

        FollowSteps();
        if (_onHost)
            CatchUpOnHost(rows);
        else
            Gather(rows);
    }

    /// <summary>The optimizer's step of the touched rows; of all others it is owed. The step counts as taken already. May overwrite the gradients.</summary>
    public void Step()
    {
        var step = _steps.Value;
        var touched = _touched.AsSpan(0, _touchedCount);
        var rates = _rates(step);
        if (_onHost)
            StepOnHost(step, rates, touched);
        else
            StepOnDevice(step, rates);
        _rule.Add(step, rates);
        foreach (var row in touched)
            _last[row] = _rule.Now;
        if (_rule.Now == RowHistory.Window)
        {
            CatchUpAllNow();
            _rule.Clear();
            _lastSteps.zero_();
            _checked = NotChecked;
        }
    }

    /// <summary>Brings some rows up to date, each given once.</summary>
    public void CatchUp(ReadOnlySpan<int> rows)
    {
        FollowSteps();
        CatchUpNow(rows);
    }

    /// <summary>Brings all rows up to date.</summary>
    public void CatchUp()
    {
        FollowSteps();
        CatchUpAllNow();
    }

    /// <summary>A scalar that is finite where the values of all rows are, as far as they are up to date.</summary>
    public Tensor Finiteness()
    {
        if (!_onHost)
            return stack([Values.amin(), Values.amax()]).mul(Keep(0.0)).sum();
        var sum = 0f;
        for (long row = 0; row < _rows; row++)
        {
            // The others are as they were at the last look, and were finite then.
            if (_last[row] > _checked)
                sum += RowKernels.TimesZero(_origin.Value + (row * _width), _width);
        }

        _checked = _rule.Now;
        return tensor(sum, device: Values.device);
    }

    public void Dispose()
    {
        foreach (var (_, value) in _state)
            value.Dispose();
        _gradientRoom.Dispose();
    }

    /// <summary>Brings the history to the steps taken: after a checkpoint was read, it begins with that one's window of steps.</summary>
    private void FollowSteps()
    {
        var inWindow = (int)(_steps.Value % RowHistory.Window);
        if (_rule.Now > inWindow)
            _rule.Clear();
        while (_rule.Now < inWindow)
        {
            var step = _steps.Value - inWindow + _rule.Now + 1;
            _rule.Add(step, _rates(step));
        }
    }

    private void CatchUpAllNow()
    {
        var rows = new int[Math.Min(ChunkRows, _rows)];
        for (long start = 0; start < _rows; start += rows.Length)
        {
            var count = (int)Math.Min(rows.Length, _rows - start);
            for (var i = 0; i < count; i++)
                rows[i] = (int)start + i;
            CatchUpNow(rows.AsSpan(0, count));
        }
    }

    private void CatchUpNow(ReadOnlySpan<int> rows)
    {
        if (_onHost)
        {
            CatchUpOnHost(rows);
            return;
        }

        for (var start = 0; start < rows.Length; start += ChunkRows)
        {
            using var scope = NewDisposeScope();
            var chunk = rows.Slice(start, Math.Min(ChunkRows, rows.Length - start));
            Gather(chunk);
            Scatter();
            foreach (var row in chunk)
                _last[row] = _rule.Now;
        }
    }

    private void CatchUpOnHost(ReadOnlySpan<int> rows)
    {
        var now = _rule.Now;
        foreach (var row in rows)
        {
            if (_last[row] == now)
                continue;
            _rule.CatchUp(At(row), _width, (int)_last[row]);
            _last[row] = now;
        }
    }

    private void StepOnHost(long step, StepRates rates, ReadOnlySpan<int> touched)
    {
        var gradient = _gradients;
        foreach (var row in touched)
        {
            _rule.Step(At(row), gradient, _width, step, rates);
            gradient += _width;
        }
    }

    private void StepOnDevice(long step, StepRates rates)
    {
        _rule.Step(_gathered!, Gradients, step, rates);
        Scatter();
    }

    /// <summary>Copies rows out, up to date.</summary>
    private void Gather(ReadOnlySpan<int> rows)
    {
        var (ids, then) = (new long[rows.Length], new int[rows.Length]);
        for (var i = 0; i < ids.Length; i++)
            (ids[i], then[i]) = (rows[i], (int)_last[rows[i]]);
        _gatheredIds = tensor(ids).to(Values.device);
        var parts = Array.ConvertAll(_tensors, t => t?.index_select(0, _gatheredIds));
        _gathered = new DeviceRows(parts[0]!, parts[1], parts[2], parts[3]);
        _rule.CatchUp(_gathered, then);
    }

    private void Scatter()
    {
        Tensor?[] parts = [_gathered!.Value, _gathered.First, _gathered.Second, _gathered.Average];
        foreach (var (target, part) in _tensors.Zip(parts))
            target?.index_copy_(0, _gatheredIds!, part!);
    }

    private HostRow At(long row)
    {
        var offset = row * _width;
        return new HostRow(Of(_origin.Value), Of(_origin.First), Of(_origin.Second), Of(_origin.Average));
        float* Of(float* start) => start is null ? null : start + offset;
    }
}
