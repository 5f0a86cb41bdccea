using Microsoft.ML;
using Microsoft.ML.Data;
using static System.FormattableString;

namespace MLNet.FlipReg.Scoring;

/// <summary>The columns of a view that features are read from.</summary>
/// <param name="columns">What they hold.</param>
/// <param name="sources">The view's columns, one for each.</param>
internal sealed class FeatureSources(FeatureColumns columns, IReadOnlyList<DataViewSchema.Column> sources)
{
    private const string SlotNamesKind = "SlotNames";

    /// <summary>What the columns hold.</summary>
    public FeatureColumns Columns => columns;

    /// <summary>The columns.</summary>
    public IReadOnlyList<DataViewSchema.Column> All => sources;

    /// <summary>The one column that holds all features, a vector of numbers or an image.</summary>
    /// <exception cref="InvalidOperationException">There are several.</exception>
    public DataViewSchema.Column One => columns.AreOneVector ? sources[0] : throw new InvalidOperationException($"The features must come from one column. Got {columns}.");

    /// <summary>Slots of a row.</summary>
    public int Width => columns.Width;

    /// <summary>Whether a column of the view is one of these.</summary>
    public bool Contains(DataViewSchema.Column column) => sources.Any(source => source.Index == column.Index);

    /// <summary>A getter of a row's features, all columns in one vector; of a key its number, 0 where it is missing.</summary>
    /// <exception cref="InvalidOperationException">From the getter: a vector has another length than the schema says.</exception>
    public ValueGetter<VBuffer<float>> Getter(DataViewRow row) => columns.AreOneVector ? row.GetGetter<VBuffer<float>>(sources[0]) : new FeatureJoin(row, this).Read;

    /// <summary>The column that a slot of a row comes from, and its slot there; null where that column holds no vectors.</summary>
    public (DataViewSchema.Column Column, int? Slot) Find(int slot)
    {
        var place = 0;
        while (slot >= columns.All[place].Width)
            slot -= columns.All[place++].Width;
        return (sources[place], sources[place].Type is VectorDataViewType ? slot : null);
    }

    /// <summary>The name of a column's slot; empty where it has none.</summary>
    public static string SlotName(DataViewSchema.Column column, int slot) => SlotNames(column) is { } names ? names.GetItemOrDefault(slot).ToString() : "";

    /// <summary>
    /// The annotation SlotNames of what is computed for each slot; null where there is none. One vector gives its own; of several columns those of single values are named after them, those of
    /// vectors after column and slot, as Concatenate does, or its number, from 0.
    /// </summary>
    public VBuffer<ReadOnlyMemory<char>>? SlotNames()
    {
        if (columns.AreOneVector)
            return SlotNames(sources[0]);
        var all = new List<ReadOnlyMemory<char>>(Width);
        foreach (var (column, source) in columns.All.Zip(sources))
        {
            var names = SlotNames(source);
            for (var slot = 0; slot < column.Width; slot++)
            {
                var own = names?.GetItemOrDefault(slot) ?? default;
                all.Add((source.Type is not VectorDataViewType ? column.Name : own.IsEmpty ? Invariant($"{column.Name}.{slot}") : $"{column.Name}.{own}").AsMemory());
            }
        }

        return new VBuffer<ReadOnlyMemory<char>>(all.Count, [.. all]);
    }

    private static VBuffer<ReadOnlyMemory<char>>? SlotNames(DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType of || column.Annotations.Schema.GetColumnOrNull(SlotNamesKind)?.Type is not VectorDataViewType type || type.Size != of.Size || type.ItemType is not TextDataViewType)
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(SlotNamesKind, ref names);
        return names;
    }
}
