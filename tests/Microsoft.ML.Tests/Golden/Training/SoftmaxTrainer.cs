using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Tests.Golden.Training;

/// <summary>
/// Stands for SdcaMaximumEntropy where a recording trained one: multinomial logistic regression by plain stochastic
/// gradient descent, in an order drawn by the environment. Made of public API only, so it has no checks of its own.
/// </summary>
internal sealed class SoftmaxTrainer(
    IHostEnvironment env, string labelColumnName = "Label", string featureColumnName = "Features") : IEstimator<SoftmaxTransformer>
{
    private const int Epochs = 10;
    private const float LearningRate = 0.5f;

    public SoftmaxTransformer Fit(IDataView input)
    {
        DataViewSchema.Column label = input.Schema[labelColumnName];
        DataViewSchema.Column features = input.Schema[featureColumnName];
        if (label.Type is not KeyDataViewType key)
            throw new InvalidOperationException($"Column '{label.Name}' must be a key. Got {label.Type}.");

        var rows = ReadRows(input, label, features);
        IHost host = env.Register(nameof(SoftmaxTrainer));
        using (IChannel channel = host.Start("Training"))
            channel.Info(MessageSensitivity.None, $"Training on {rows.Count} rows.");

        var model = new SoftmaxModel((int)key.Count, rows.Count == 0 ? 0 : rows[0].Features.Length);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            foreach ((uint classKey, float[] values) in rows.OrderBy(_ => host.Rand.Next()).ToList())
                model.Step((int)classKey - 1, values, LearningRate);
        }

        return new SoftmaxTransformer(model, features, label);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column? keyValues = inputSchema
            .Where(column => column.Name == labelColumnName)
            .SelectMany(column => column.Annotations)
            .Where(annotation => annotation.Name == "KeyValues")
            .Select(annotation => (SchemaShape.Column?)annotation)
            .FirstOrDefault();
        var builder = new DataViewSchema.Builder();
        ScoreColumns.AddTo(builder, 1, 1, KeyValuesLike(keyValues));
        DataViewSchema outputs = builder.ToSchema();
        return new SchemaShape(inputSchema.Where(column => outputs.GetColumnOrNull(column.Name) is null)
            .Concat(ShapeProbe.ShapeOf(outputs)));
    }

    private static DataViewSchema.Annotations KeyValuesLike(SchemaShape.Column? shape)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (shape is { } found)
        {
            var type = new VectorDataViewType((PrimitiveDataViewType)found.ItemType, 1);
            AnnotationValues.Add(builder, "KeyValues", type, Activator.CreateInstance(type.RawType)!);
        }

        return builder.ToAnnotations();
    }

    private static List<(uint Label, float[] Features)> ReadRows(
        IDataView input, DataViewSchema.Column label, DataViewSchema.Column features)
    {
        var rows = new List<(uint, float[])>();
        using DataViewRowCursor cursor = input.GetRowCursor([label, features]);
        ValueGetter<uint> getLabel = cursor.GetGetter<uint>(label);
        ValueGetter<VBuffer<float>> getFeatures = cursor.GetGetter<VBuffer<float>>(features);
        uint key = 0;
        VBuffer<float> values = default;
        while (cursor.MoveNext())
        {
            getLabel(ref key);
            getFeatures(ref values);
            if (key > 0)
                rows.Add((key, [.. values.DenseValues()]));
        }

        return rows;
    }
}
