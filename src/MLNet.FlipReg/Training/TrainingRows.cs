using FlipReg;
using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Encoders;
using FlipReg.Training;
using Microsoft.ML;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>The rows of a fit: those to train on, and those that are only scored, from a view of their own or set aside.</summary>
internal sealed class TrainingRows : IDisposable
{
    /// <summary>Classes that a message names at most.</summary>
    private const int NamesShown = 20;

    private readonly StratifiedSplit? _split;

    private TrainingRows(TrainingTable training, TrainingTable? validation, StratifiedSplit? split) => (Training, Validation, _split) = (training, validation, split);

    /// <summary>Rows to train on.</summary>
    public TrainingTable Training { get; }

    /// <summary>Rows that are only scored, or null.</summary>
    public TrainingTable? Validation { get; }

    /// <summary>Says how many rows were set aside; empty where none were.</summary>
    public string SetAsideText => _split is null ? "" : Invariant($"; {_split.SetAside} more rows set aside for validation");

    /// <summary>Throws where validation rows would come from two sources.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are validation data and a fraction.</exception>
    public static void CheckOneSource(TrainingOptions options, IDataView? validationData)
    {
        if (validationData is not null && options.ValidationFraction > 0)
            throw new ArgumentOutOfRangeException(nameof(options.ValidationFraction), Invariant($"{nameof(options.ValidationFraction)} must be 0 where validation data are given. Got {options.ValidationFraction}. Leave one of the two out."));
    }

    /// <summary>Reads the rows, each view once, and sets some aside where the options ask for it.</summary>
    /// <param name="data">Rows to train on.</param>
    /// <param name="columns">Their columns.</param>
    /// <param name="options">The fit's options.</param>
    /// <param name="encoder">The encoding that a fit from a trained network takes over, or null.</param>
    /// <param name="context">Seed, messages, cancellation.</param>
    /// <param name="validationData">Rows that are only scored, or null.</param>
    /// <param name="validationColumns">Their columns.</param>
    /// <inheritdoc cref="TableReader.Read" path="/exception"/>
    public static TrainingRows Read(IDataView data, TrainingColumns columns, TrainingOptions options, InputEncoder? encoder, FitContext context, IDataView? validationData, TrainingColumns? validationColumns)
    {
        var (fraction, missing) = (options.ValidationFraction, encoder?.Missing ?? options.ResolvedMissing);
        // Sparse rows are neither encoded nor embedded.
        var mayBeSparse = columns.Images is null && options.SuitsSparseRows && !options.FreezeBackbone && columns.Width >= SparseRows.MinimumWidth && columns.Features.Columns.Categories.Count == 0 && encoder?.IsIdentity != false;
        var table = TableReader.Read(data, columns, missing, "training", context.IsCanceled, context.Warning, sparse: mayBeSparse ? null : false, minimumClasses: 2);
        try
        {
            if (fraction > 0)
                return SetAside(table, columns, fraction, context);
            var validation = validationColumns is null ? null : TableReader.Read(validationData!, validationColumns, missing, "validation", context.IsCanceled, context.Warning, sparse: table.Sparse is not null, minimumClasses: 1);
            return new TrainingRows(table, validation, null);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>Values of the training rows in the order of the rows as given.</summary>
    public IReadOnlyList<int>? AsGiven(IReadOnlyList<int>? ofTrainingRows) => _split is null || ofTrainingRows is null ? ofTrainingRows : _split.Spread(ofTrainingRows);

    /// <summary>What was seen of the training rows, in the order of the rows as given; nothing of those set aside.</summary>
    public IReadOnlyList<TrackedRow>? AsGiven(IReadOnlyList<TrackedRow>? ofTrainingRows) => _split is null || ofTrainingRows is null ? ofTrainingRows : _split.Spread(ofTrainingRows, default);

    public void Dispose()
    {
        Training.Dispose();
        Validation?.Dispose();
    }

    private static TrainingRows SetAside(TrainingTable table, TrainingColumns columns, double fraction, FitContext context)
    {
        var split = StratifiedSplit.Of(table.Labels.ToHost<long>(), columns.Classes, fraction, context.Seed, columns.ClassName);
        if (split.SingleRowClasses is { Count: > 0 } single)
            context.Warning(Invariant($"{nameof(TrainingOptions.ValidationFraction)} sets no row of {single.Count} classes aside, which have one row each: {string.Join(", ", single.Take(NamesShown).Select(c => $"'{columns.ClassName(c)}'"))}{(single.Count > NamesShown ? ", …" : "")}. Validation does not tell how these do."));
        var (training, validation) = split.Divide(table);
        return new TrainingRows(training, validation, split);
    }
}
