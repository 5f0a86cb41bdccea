namespace FlipReg.Sweeps;

/// <summary>What has become of a trial.</summary>
public enum TrialState
{
    /// <summary>Nobody runs it: it was given back, or needs a worker with other resources.</summary>
    Waiting,

    /// <summary>A worker runs it.</summary>
    Running,

    /// <summary>It has its value.</summary>
    Finished,

    /// <summary>It was stopped early, as it did worse than others or reached its time limit.</summary>
    Pruned,

    /// <summary>It ended with an error.</summary>
    Failed,

    /// <summary>Training diverged: a result of its values, not an error.</summary>
    Diverged,
}

/// <summary>What is known of a study's trials.</summary>
internal sealed class StudyHistory(SweepSpace space, bool higherIsBetter, bool reportsHigherIsBetter)
{
    private readonly List<HistoryTrial> _trials = [];

    public SweepSpace Space => space;

    public bool HigherIsBetter => higherIsBetter;

    public bool ReportsHigherIsBetter => reportsHigherIsBetter;

    /// <summary>The trials by their numbers, 1 first.</summary>
    public IReadOnlyList<HistoryTrial> Trials => _trials;

    /// <summary>Places of the grid that trials have.</summary>
    public IndexSet GridIndices { get; } = new();

    /// <summary>Where reading goes on.</summary>
    public long Revision { get; set; }

    /// <summary>The trial of a number, added where it is new.</summary>
    public HistoryTrial Trial(int number, Func<SweepPoint> point)
    {
        while (_trials.Count < number)
            _trials.Add(new HistoryTrial(_trials.Count + 1));
        var trial = _trials[number - 1];
        trial.Point ??= point();
        return trial;
    }

    /// <summary>The best finished trial; the first of several.</summary>
    public HistoryTrial? Best => Finished.MinBy(trial => Loss(trial.Value!.Value));

    public IEnumerable<HistoryTrial> Finished => _trials.Where(trial => trial.State == TrialState.Finished && trial.Value is not null);

    /// <summary>A value turned so that lower is better.</summary>
    public double Loss(double value) => higherIsBetter ? -value : value;

    /// <summary>A reported value turned so that lower is better.</summary>
    public double ReportLoss(double value) => reportsHigherIsBetter ? -value : value;

    /// <summary>A parameter's value of a trial as a number: the choice's place, the value; NaN where it has no part.</summary>
    public static double Encode(SweepParameter parameter, SweepPoint? point) =>
        point is null || !point.TryGetValue(parameter.Name, out var value) ? double.NaN
        : parameter.Kind is SweepParameterKind.Choice ? IndexOf(parameter.Values, value)
        : value is long whole ? whole : value is double number ? number : double.NaN;

    private static double IndexOf(IReadOnlyList<object> values, object value)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Equals(value))
                return i;
        }

        return double.NaN;
    }
}

/// <summary>One trial, as far as samplers and pruners need it.</summary>
internal sealed class HistoryTrial(int number)
{
    private double[]? _encoded;

    public int Number => number;

    /// <summary>Its values; null for a trial that was not read yet.</summary>
    public SweepPoint? Point { get; set; }

    public TrialState State { get; set; } = TrialState.Waiting;

    public double? Value { get; set; }

    /// <summary>Reported values by their steps, ascending.</summary>
    public SortedList<int, double> Reports { get; } = [];

    /// <summary>Its values as numbers, in the order of the space's parameters.</summary>
    public double[] Encoded(SweepSpace space) => _encoded ??= [.. space.Parameters.Select(parameter => StudyHistory.Encode(parameter, Point))];
}

/// <summary>A set of numbers from 0, most of them from its start on.</summary>
internal sealed class IndexSet
{
    private readonly HashSet<long> _set = [];

    /// <summary>The least number that is not in it.</summary>
    public long FirstFree { get; private set; }

    public bool Contains(long index) => _set.Contains(index);

    public void Add(long index)
    {
        _set.Add(index);
        while (_set.Contains(FirstFree))
            FirstFree++;
    }
}
