namespace FlipReg.Tables;

/// <summary>Finished cells, averaged over the seeds. At each share of wrong labels only tables with all cells count.</summary>
internal sealed class Results
{
    private readonly Dictionary<(string Table, double Noise, string Method), Cell[]> _cells;

    /// <param name="cells">Finished cells.</param>
    /// <param name="tables">Tables that were to be run, in the order to show.</param>
    /// <param name="methods">Methods, likewise.</param>
    /// <param name="noise">Shares of wrong labels.</param>
    /// <param name="seeds">How many seeds make a figure.</param>
    public Results(IEnumerable<Cell> cells, IReadOnlyList<string> tables, IReadOnlyList<string> methods, IReadOnlyList<double> noise, int seeds)
    {
        _cells = cells.GroupBy(c => (c.Key.Table, c.Key.Noise, c.Key.Method)).Where(g => g.Count() == seeds).ToDictionary(g => g.Key, g => g.ToArray());
        (Methods, Noise) = (methods, noise);
        Tables = noise.ToDictionary(share => share, share => (IReadOnlyList<string>)[.. tables.Where(t => methods.All(m => _cells.ContainsKey((t, share, m))))]);
        Missing = [.. noise.SelectMany(share => tables.SelectMany(t => methods.Where(m => !_cells.ContainsKey((t, share, m))).Select(m => FormattableString.Invariant($"{m} on {t} at {share:P0}"))))];
    }

    public IReadOnlyList<string> Methods { get; }

    public IReadOnlyList<double> Noise { get; }

    /// <summary>Tables that count, by the share of wrong labels.</summary>
    public IReadOnlyDictionary<double, IReadOnlyList<string>> Tables { get; }

    /// <summary>Figures that are not there.</summary>
    public IReadOnlyList<string> Missing { get; }

    public double Accuracy(string table, double noise, string method) => _cells[(table, noise, method)].Average(c => c.Accuracy);

    public double LogLoss(string table, double noise, string method) => _cells[(table, noise, method)].Average(c => c.LogLoss);

    public double MeanAccuracy(double noise, string method) => Tables[noise].Average(t => Accuracy(t, noise, method));

    public double MeanLogLoss(double noise, string method) => Tables[noise].Average(t => LogLoss(t, noise, method));

    /// <summary>Accuracies, tables × methods.</summary>
    public double[][] Accuracies(double noise) => [.. Tables[noise].Select(t => Methods.Select(m => Accuracy(t, noise, m)).ToArray())];
}
