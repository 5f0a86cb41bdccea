using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Serving;

/// <summary>Makes a model to serve: Iris, four measurements.</summary>
internal static class FlowerTraining
{
    /// <summary>Trains and saves what scoring needs: the network with the encoding of its features, the key's names. Not the label's mapping, whose column no request has.</summary>
    public static void Run(string modelPath, InputEncoding encoding = InputEncoding.Auto)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile<Flower>(Path.Combine(AppContext.BaseDirectory, "iris.csv"), separatorChar: ',', hasHeader: true);
        var keyed = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species)).Fit(data).Transform(data);
        var pipeline = ml.MulticlassClassification.Trainers.Fer(new FerOptions { InputEncoding = encoding })
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var model = pipeline.Fit(keyed);
        ml.Model.SaveFile(model, ml.Data.LoadFromEnumerable(Array.Empty<Row>(), Row.Schema(4)).Schema, modelPath);
    }

    /// <summary>A row of iris.csv.</summary>
    private sealed class Flower
    {
        [LoadColumn(0, 3)]
        [VectorType(4)]
        [ColumnName("Features")]
        public float[] Measurements { get; set; } = [];

        [LoadColumn(4)]
        public string Species { get; set; } = "";
    }
}
