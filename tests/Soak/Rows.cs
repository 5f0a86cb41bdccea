using Microsoft.ML;
using Microsoft.ML.Data;

namespace Soak;

/// <summary>Rows of four features and three classes; the same for the same number everywhere.</summary>
internal static class Rows
{
    public static IDataView View(MLContext ml, int count) => ml.Data.LoadFromEnumerable(Make(count));

    /// <summary>With the label as a key, for a trainer.</summary>
    public static IDataView Keyed(MLContext ml, int count)
    {
        var view = View(ml, count);
        return ml.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
    }

    public static Row[] Make(int count) => [.. Enumerable.Range(0, count).Select(i => new Row
    {
        Label = "class " + (char)('A' + (i % 3)),
        Features = [(i % 3) + (i * 7 % 10 / 20f), i % 3 == 1 ? 3 : i % 7 / 10f, i * 3 % 10 / 20f, 1 + (i % 5 / 10f)],
    })];
}

/// <summary>A row to score.</summary>
internal sealed class Row
{
    public string Label { get; set; } = "";

    [VectorType(4)]
    public float[] Features { get; set; } = [];
}

/// <summary>A scored row.</summary>
internal sealed class Scored
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
