using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>All labels of a view, as keys: 0 where one is missing.</summary>
/// <param name="Keys">One a row.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Names">Their names, or null.</param>
internal sealed record LabelReader(uint[] Keys, int Classes, ClassNames? Names)
{
    /// <summary>A class's name as text; its key where the keys have no values.</summary>
    public string ClassName(int index) => Names?.Texts[index] ?? Invariant($"key {index + 1}");

    /// <summary>Reads a column that was checked to be a key or a Boolean.</summary>
    /// <exception cref="InvalidOperationException">No row has a label, or a key is out of range.</exception>
    public static LabelReader Read(IDataView view, DataViewSchema.Column label)
    {
        var (classes, names) = label.Type is KeyDataViewType key
            ? (ColumnRules.CheckClassCount(key, label.Name, nameof(view)), ClassNames.Of(label, (int)key.Count))
            : (2, ClassNames.OfBooleans());
        var keys = new List<uint>();
        using var cursor = view.GetRowCursor([label]);
        var read = KeyReader.Of(cursor, label);
        while (cursor.MoveNext())
        {
            var value = read();
            if (value > (ulong)classes)
                throw new InvalidOperationException(Invariant($"Column '{label.Name}' must hold keys up to {classes}. Got {value} in row {keys.Count} (counted from 0). Correct the key's count."));
            keys.Add((uint)value);
        }

        return keys.Any(k => k > 0)
            ? new LabelReader([.. keys], classes, names)
            : throw new InvalidOperationException(Invariant($"Column '{label.Name}' must hold a label in at least one row. Got none in {keys.Count} rows. Check the label's source, and fit MapValueToKey on data that holds the classes."));
    }
}
