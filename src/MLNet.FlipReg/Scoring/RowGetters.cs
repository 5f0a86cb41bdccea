using Microsoft.ML;

namespace MLNet.FlipReg.Scoring;

/// <summary>What the rows and cursors of scoring share: the checks of getters.</summary>
internal static class RowGetters
{
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) => getter as ValueGetter<TValue>
        ?? throw new InvalidOperationException($"Column '{column.Name}' must be read as {column.Type.RawType}. Got a getter of {typeof(TValue)}.");

    public static InvalidOperationException Inactive(DataViewSchema.Column column) =>
        new($"Column '{column.Name}' must be among the columns the cursor was made for. Name it in GetRowCursor.");

    public static InvalidOperationException NoRow() =>
        new("Values can be read only while the cursor is on a row: after MoveNext returned true, and before it returned false or the cursor was disposed.");
}
