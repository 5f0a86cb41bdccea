namespace Microsoft.ML.Data;

public sealed class ConfusionMatrix
{
    private readonly string[] _names;

    internal ConfusionMatrix(double[][] counts, string[] names)
    {
        _names = names;
        NumberOfClasses = counts.Length;
        Counts = Array.ConvertAll(counts, Array.AsReadOnly);
        PerClassPrecision = Shares(predicted => counts.Sum(row => row[predicted]));
        PerClassRecall = Shares(actual => counts[actual].Sum());

        double[] Shares(Func<int, double> total) => [.. names.Select((_, i) => total(i) > 0 ? counts[i][i] / total(i) : 0)];
    }

    public IReadOnlyList<double> PerClassPrecision { get; }
    public IReadOnlyList<double> PerClassRecall { get; }
    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }
    public int NumberOfClasses { get; }

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        CheckClass(predictedClassIndicatorIndex, nameof(predictedClassIndicatorIndex));
        CheckClass(actualClassIndicatorIndex, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    public string GetFormattedConfusionTable()
    {
        var culture = CultureInfo.CurrentCulture;
        var width = NumberOfClasses == 2 ? 8 : 5;
        var longest = _names.Max(name => name.Length);
        var (headers, labels) = (_names, _names);
        if (longest > width)
        {
            // The names do not fit the columns: the columns are headed by numbers, which the rows explain.
            headers = [.. Enumerable.Range(0, NumberOfClasses).Select(i => i.ToString(culture))];
            var digits = headers[^1].Length;
            var nameWidth = Math.Max(longest, "PREDICTED".Length - digits - 2);
            labels = [.. _names.Select((name, i) => $"{headers[i].PadLeft(digits)}. {name.PadLeft(nameWidth)}")];
        }
        var labelWidth = Math.Max("PREDICTED".Length, labels.Max(label => label.Length));
        var rule = new string('=', NumberOfClasses * (NumberOfClasses > 2 ? 8 : 11));
        var table = new StringBuilder();
        table.AppendLine().AppendLine("Confusion table");
        AddLine("", rule);
        AddLine("PREDICTED", string.Concat(headers.Select(header => $" {header.PadLeft(width)} |")) + " Recall");
        AddLine("TRUTH", rule);
        for (var i = 0; i < NumberOfClasses; i++)
        {
            var counts = Counts[i].Select(count => $" {count.ToString("N0", culture).PadLeft(width)} |");
            AddLine(labels[i].PadLeft(labelWidth), $"{string.Concat(counts)} {PerClassRecall[i].ToString("F4", culture)}");
        }
        AddLine("", rule);
        AddLine("Precision", string.Concat(PerClassPrecision.Select(value => $"{value.ToString("N4", culture).PadLeft(width + 1)} |")));
        return table.ToString();

        void AddLine(string label, string cells) => table.AppendLine($"{label.PadRight(labelWidth)} ||{cells}");
    }

    private void CheckClass(int index, string paramName)
        => Contracts.CheckParam(index >= 0 && index < NumberOfClasses, paramName,
            "Invalid index. Should be non-negative, less than the number of classes.");
}
