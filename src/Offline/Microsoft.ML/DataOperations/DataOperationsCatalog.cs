namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        Contracts.CheckValue(input, nameof(input));
        var prefetch = (columnsToPrefetch ?? []).Select(name => input.Schema.Find(name, "prefetch", nameof(columnsToPrefetch)));
        return new CacheView(input, prefetch.ToArray());
    }

    public IDataView TakeRows(IDataView input, long count) => new SkipTakeView(CheckedInput(input, count), 0, count);

    public IDataView SkipRows(IDataView input, long count) => new SkipTakeView(CheckedInput(input, count), count, long.MaxValue);

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckParam(shufflePoolSize > 0, nameof(shufflePoolSize), "Must be positive");
        // Drawn here, not per cursor: every pass over the view sees the same order.
        return new ShuffleView(input, seed ?? Environment.Register(nameof(ShuffleRows)).Rand.Next(), shufflePoolSize, shuffleSource);
    }

    public IDataView FilterRowsByColumn(IDataView input, string columnName, double lowerBound = double.NegativeInfinity,
        double upperBound = double.PositiveInfinity)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckNonEmpty(columnName, nameof(columnName));
        Contracts.CheckParam(lowerBound < upperBound, nameof(upperBound), "Must be less than lowerBound");
        var column = input.Schema[columnName];
        if (column.Type is not NumberDataViewType)
            throw Contracts.ExceptSchemaMismatch(nameof(columnName), "filter", columnName, "number", column.Type.ToString());
        Contracts.CheckParam(RowNumber.CanBeOf(column.Type), "Column", $"Column '{columnName}' does not have compatible type");
        return new RowFilterView(input, RowNumber.Of(column), lowerBound, upperBound);
    }

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckParam(testFraction is > 0 and < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        return Split(data, SplitNumber(Environment, data, samplingKeyColumnName, seed), 0, testFraction);
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null,
        int? seed = null)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckParam(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        return Folds(Environment, data, numberOfFolds, samplingKeyColumnName, seed);
    }

    internal static TrainTestData[] Folds(IHostEnvironment env, IDataView data, int count, string samplingKeyColumn, int? seed)
    {
        var number = SplitNumber(env, data, samplingKeyColumn, seed);
        return [.. Enumerable.Range(0, count).Select(fold =>
            Split(data, number, (double)fold / count, fold + 1 < count ? (double)(fold + 1) / count : double.PositiveInfinity))];
    }

    private static TrainTestData Split(IDataView data, RowNumber number, double lowerBound, double upperBound)
        => new(new RowFilterView(data, number, lowerBound, upperBound, complement: true),
            new RowFilterView(data, number, lowerBound, upperBound));

    /// <summary>The number in [0, 1] by which a row falls to one part or another: drawn for the row, or for all rows of one sampling key.</summary>
    private static RowNumber SplitNumber(IHostEnvironment env, IDataView data, string samplingKeyColumn, int? seed)
    {
        // Without any seed at all the real library splits with 42, the same way every time.
        var splitSeed = seed ?? ((IHostEnvironmentInternal)env).Seed ?? 42;
        if (samplingKeyColumn is null)
            return RowNumber.Random(splitSeed);
        var key = data.Schema.Find(samplingKeyColumn, "SamplingKeyColumn", nameof(samplingKeyColumn));
        if (!RowNumber.CanBeOf(key.Type))
            return RowNumber.Hashed(key, splitSeed);
        return key.Type is KeyDataViewType ? RowNumber.Of(key) : RowNumber.Of(key).Normalized(data);
    }

    private static IDataView CheckedInput(IDataView input, long count)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckParam(count > 0, nameof(count), "Must be greater than zero.");
        return input;
    }

    public struct TrainTestData
    {
        public readonly IDataView TrainSet;
        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }
}
