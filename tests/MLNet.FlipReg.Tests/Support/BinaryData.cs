using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>Real tables with a Boolean label: whether a row is of one class.</summary>
internal static class BinaryData
{
    /// <summary>Columns Features and Label; <paramref name="positive"/> is true.</summary>
    public static IDataView Load(MLContext context, string file, int width, string positive)
    {
        var data = context.Data.LoadFromTextFile(Path.Combine(AppContext.BaseDirectory, file),
            [new TextLoader.Column("Features", DataKind.Single, 0, width - 1), new TextLoader.Column("Label", DataKind.String, width)], separatorChar: ',', hasHeader: true);
        var rows = data.GetColumn<float[]>("Features").Zip(data.GetColumn<string>("Label"), (features, name) => new Row { Features = features, Label = name == positive }).ToArray();
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        return context.Data.LoadFromEnumerable(rows, schema);
    }

    public static IDataView Iris(MLContext context) => Load(context, "iris.csv", 4, "virginica");

    public static IDataView Digits(MLContext context) => Load(context, "digits.csv", 64, "3");

    private sealed class Row
    {
        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
