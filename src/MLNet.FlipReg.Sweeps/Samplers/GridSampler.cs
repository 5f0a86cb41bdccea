using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>Every combination once. A trial holds its place in the grid, which is unique in a study.</summary>
internal sealed class GridSampler() : Sampler(0)
{
    /// <summary>Combinations at most.</summary>
    internal const int MaximumSize = 1_000_000;

    private readonly Lock _lock = new();
    private (SweepSpace Space, List<SweepPoint> Points)? _grid;

    public override string Name => "grid";

    internal override long? Size(SweepSpace space) => Points(space).Count;

    internal override Proposal? Propose(SweepSpace space, StudyHistory history, int number, int salt)
    {
        var points = Points(space);
        var taken = history.GridIndices;
        for (var index = taken.FirstFree; index < points.Count; index++)
        {
            if (!taken.Contains(index))
                return new(points[(int)index], index);
        }

        return null;
    }

    private List<SweepPoint> Points(SweepSpace space)
    {
        lock (_lock)
        {
            if (_grid?.Space != space)
                _grid = (space, All(space));
            return _grid.Value.Points;
        }
    }

    /// <summary>All combinations; parameters without a part add none.</summary>
    private static List<SweepPoint> All(SweepSpace space)
    {
        var levels = space.Parameters.ToDictionary(p => p.Name, Levels, StringComparer.Ordinal);
        List<Dictionary<string, object>> partial = [new(StringComparer.Ordinal)];
        foreach (var parameter in space.Parameters)
        {
            var next = new List<Dictionary<string, object>>();
            foreach (var values in partial)
            {
                foreach (var value in SweepSpace.IsActive(parameter, values) ? levels[parameter.Name] : [null])
                    next.Add(value is null ? values : new(values, StringComparer.Ordinal) { [parameter.Name] = value });
                if (next.Count > MaximumSize)
                    throw new ArgumentException(Invariant($"A grid must have at most {MaximumSize} combinations. This one has more by parameter '{parameter.Name}'. Give fewer levels, or use Random or Tpe."));
            }

            partial = next;
        }

        List<SweepPoint> points = [.. partial.Select(values => new SweepPoint(values))];
        // The first trial's values first, where they are part of the grid.
        var text = space.Initial.ToString();
        if (points.FindIndex(point => point.ToString() == text) is > 0 and var first)
        {
            var point = points[first];
            points.RemoveAt(first);
            points.Insert(0, point);
        }

        return points;
    }

    private static IReadOnlyList<object?> Levels(SweepParameter parameter)
    {
        if (parameter.Values.Count > 0)
            return parameter.Values;
        if (parameter.Kind == SweepParameterKind.Double && parameter.Levels is null)
            throw new ArgumentException(Invariant($"A grid must be finite. Parameter '{parameter.Name}' has infinitely many values ({parameter}). Give it levels, or use Random or Tpe."));
        if (parameter.Levels is null && parameter.Maximum - parameter.Minimum + 1 > MaximumSize)
            throw new ArgumentException(Invariant($"A grid must have at most {MaximumSize} combinations. Parameter '{parameter.Name}' alone has more ({parameter}). Give it levels."));
        var count = parameter.Levels ?? (int)(parameter.Maximum - parameter.Minimum + 1);
        return [.. Enumerable.Range(0, count).Select(i => At(parameter, i, count)).Distinct()];
    }

    private static object At(SweepParameter parameter, int i, int count)
    {
        var share = (double)i / (count - 1);
        var log = parameter.Log && parameter.Levels is not null;
        var value = i == 0 ? parameter.Minimum : i == count - 1 ? parameter.Maximum
            : log ? Math.Exp((Math.Log(parameter.Minimum) * (1 - share)) + (Math.Log(parameter.Maximum) * share))
            : (parameter.Minimum * (1 - share)) + (parameter.Maximum * share);
        return parameter.Kind == SweepParameterKind.Integer ? (long)Math.Round(value) : value;
    }
}
