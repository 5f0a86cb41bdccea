using System.Text.Json.Serialization;
using FlipReg;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Persistence;

/// <summary>What a model's document says of one of several columns that features come from.</summary>
internal sealed record ColumnDocument
{
    /// <summary>Columns that a document may name at most.</summary>
    private const int MaximumColumns = 1 << 20;

    /// <summary>The column's name.</summary>
    public required string Name { get; init; }

    /// <summary>Slots of a row.</summary>
    public required int Width { get; init; }

    /// <summary>Of a column of keys: how many there are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Categories { get; init; }

    /// <summary>The documents of a model's columns; null where they are one vector, which the document names by itself.</summary>
    public static List<ColumnDocument>? Of(FeatureColumns columns) =>
        columns.AreOneVector ? null : columns.All.Select(column => new ColumnDocument { Name = column.Name, Width = column.Width, Categories = column.Categories }).ToList();

    /// <summary>Checks columns and makes them what the rows of a model consist of.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="network">The model's network.</param>
    /// <exception cref="FormatException">They are not columns of the network.</exception>
    public static FeatureColumns ToColumns(List<ColumnDocument> columns, NetworkSpec network)
    {
        if (columns.Count is 0 or > MaximumColumns)
            throw Bad($"must have at least 1 and at most {MaximumColumns} columns. Got {columns.Count}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        ColumnDocument? before = null;
        long width = 0;
        foreach (var column in columns)
        {
            if (column is not { Name.Length: > 0 } || !names.Add(column.Name) || column.Width is < 1 or > EncodingDocument.MaximumSlots || column.Categories is < 1 or > ColumnRules.MaximumCategories || (column.Categories is null && before?.Categories is not null))
                throw Bad($"must have columns with names of their own, at least one slot and 1 to {ColumnRules.MaximumCategories} categories, those of numbers first. Got '{column?.Name ?? "null"}' with {column?.Width ?? 0} slots and {column?.Categories?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no"} categories");
            width += column.Width;
            before = column;
        }

        if (width > EncodingDocument.MaximumSlots)
            throw Bad($"must have columns of at most {EncodingDocument.MaximumSlots} slots. Got {width}");
        var result = new FeatureColumns([.. columns.Select(column => new FeatureColumn(column.Name, column.Width, column.Categories))]);
        // An embedding that was an option of the network takes its categories from a column of numbers.
        return result.Categories.Count == 0 || result.Categories.SequenceEqual(network.Categories)
            ? result
            : throw Bad($"must have columns with the categories that the network embeds. Got {result} and {network.Categories.Count} tables of the network");
    }

    private static FormatException Bad(FormattableString rule) => new($"Model.json {InvariantText.OfFile(rule)}. The file is altered.");
}
