namespace FlipReg.Training.RowTables;

/// <summary>
/// What optimizer steps with a gradient of 0 make of a value θ, its optimizer state s and its average a over the steps: a linear map, the same for all
/// entries of a row. θ' = TT·θ + TS·s; s' = ST·θ + SS·s; a' = AT·θ + AS·s + AA·a.
/// </summary>
internal readonly record struct RowMap(double TT, double TS, double ST, double SS, double AT, double AS, double AA)
{
    /// <summary>No step.</summary>
    public static RowMap Identity { get; } = new(1, 0, 0, 1, 0, 0, 1);

    /// <summary>A step of θ and s whose result counts with <paramref name="share"/> in the average.</summary>
    public static RowMap Step(double tt, double ts, double st, double ss, double share) => new(tt, ts, st, ss, share * tt, share * ts, 1 - share);

    /// <summary>This map, and then the next one.</summary>
    public RowMap Then(in RowMap next) => new(
        (next.TT * TT) + (next.TS * ST),
        (next.TT * TS) + (next.TS * SS),
        (next.ST * TT) + (next.SS * ST),
        (next.ST * TS) + (next.SS * SS),
        (next.AT * TT) + (next.AS * ST) + (next.AA * AT),
        (next.AT * TS) + (next.AS * SS) + (next.AA * AS),
        next.AA * AA);
}

/// <summary>
/// The maps of consecutive steps, and their product from any earlier step to now by a single multiplication. For each power of two that is in
/// the number of steps it keeps the products from the steps before that power's last multiple up to it, and from it to now (a disjoint sparse
/// table, built as the steps come in): two maps a step are kept, and some twenty multiplications made.
/// </summary>
internal sealed class RowHistory
{
    /// <summary>Steps at most. Then every row is brought up to date and the history starts anew, so that its memory (7 MB) has a bound.</summary>
    public const int Window = 1 << Levels;

    private const int Levels = 16;

    private readonly List<RowMap> _steps = [];
    private readonly RowMap[][] _before = new RowMap[Levels + 1][];
    private readonly RowMap[] _after = new RowMap[Levels + 1];

    /// <summary>Steps so far.</summary>
    public int Now => _steps.Count;

    /// <summary>Adds a step.</summary>
    public void Add(in RowMap step)
    {
        _steps.Add(step);
        for (var level = 0; level <= Levels && Now >> level != 0; level++)
        {
            if (((Now >> level) & 1) == 0)
                continue;
            if ((Now & ((1 << level) - 1)) != 0)
                _after[level] = _after[level].Then(step);
            else
                Begin(level);
        }
    }

    /// <summary>The product of the steps from number <paramref name="then"/> (0 for all) to now.</summary>
    public RowMap Since(int then)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)then, (uint)Now);
        if (then == Now)
            return RowMap.Identity;
        // The highest bit that differs: now lies at or behind that power's last multiple, then before it.
        var level = System.Numerics.BitOperations.Log2((uint)(then ^ Now));
        var first = ((Now >> level) - 1) << level;
        return _before[level][then - first].Then(_after[level]);
    }

    /// <summary>Forgets all steps.</summary>
    public void Clear() => _steps.Clear();

    /// <summary>Now is an odd multiple of a power of two: takes the products of the steps before it.</summary>
    private void Begin(int level)
    {
        var size = 1 << level;
        var before = _before[level] ??= new RowMap[size];
        var product = RowMap.Identity;
        for (var i = size - 1; i >= 0; i--)
            before[i] = product = _steps[Now - size + i].Then(product);
        _after[level] = RowMap.Identity;
    }
}
