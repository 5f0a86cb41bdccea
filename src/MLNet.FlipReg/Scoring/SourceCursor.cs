using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Scoring;

/// <summary>The source's cursor under the schema of a view that computes from it, where nothing of that is asked for: nothing is buffered or computed.</summary>
internal sealed class SourceCursor(FeatureSchema schema, DataViewRowCursor source, bool[] active) : DataViewRowCursor
{
    public override DataViewSchema Schema => schema.Output;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        active[column.Index] ? source.GetGetter<TValue>(schema.Input[column.Index]) : throw RowGetters.Inactive(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }
}
