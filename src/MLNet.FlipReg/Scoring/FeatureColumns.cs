using static System.FormattableString;

namespace MLNet.FlipReg.Scoring;

/// <summary>A column that features come from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Width">Slots of a row: 1 of a column that holds no vectors.</param>
/// <param name="Categories">Of a column of keys: how many there are; null of one of numbers.</param>
internal sealed record FeatureColumn(string Name, int Width, int? Categories);

/// <summary>The columns that a model's features come from, in the order of their slots: numbers first, then categories.</summary>
internal sealed class FeatureColumns
{
    /// <summary>Columns that a message names at most.</summary>
    private const int NamesShown = 20;

    /// <summary>One vector of numbers, the form of ML.NET's own trainers.</summary>
    public FeatureColumns(string name, int width)
        : this([new FeatureColumn(name, width, null)]) => AreOneVector = true;

    /// <summary>Several columns, or one that is no vector of numbers.</summary>
    public FeatureColumns(IReadOnlyList<FeatureColumn> columns)
    {
        All = columns;
        Width = checked(columns.Sum(column => column.Width));
        Categories = [.. columns.Where(column => column.Categories is not null).SelectMany(column => Enumerable.Repeat(column.Categories!.Value, column.Width))];
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<FeatureColumn> All { get; }

    /// <summary>Whether they are one vector of numbers.</summary>
    public bool AreOneVector { get; }

    /// <summary>Slots of all of them.</summary>
    public int Width { get; }

    /// <summary>For each of the last slots, which hold keys: how many keys there are.</summary>
    public IReadOnlyList<int> Categories { get; }

    /// <summary>The name of the one vector of numbers.</summary>
    /// <exception cref="InvalidOperationException">The features come from other columns.</exception>
    public string OneName => AreOneVector ? All[0].Name : throw new InvalidOperationException(Invariant(
        $"The features must come from one vector of numbers where one feature column is asked for, as ML.NET's PermutationFeatureImportance and OneVersusAll do. Got {this}. Look at FeatureColumnNames; to permute features, put them into one vector with Transforms.Categorical.OneHotEncoding and Transforms.Concatenate, and train on that; or ask the model itself with Explain."));

    /// <summary>The columns by name, with their keys.</summary>
    public override string ToString() =>
        (AreOneVector ? "column " : "the columns ") + string.Join(", ", All.Take(NamesShown).Select(Describe)) + (All.Count > NamesShown ? ", …" : "");

    private static string Describe(FeatureColumn column) =>
        $"'{column.Name}'" + (column.Categories is { } categories ? Invariant($" ({(column.Width > 1 ? Invariant($"{column.Width} × ") : "")}{categories} categories)") : "");
}
