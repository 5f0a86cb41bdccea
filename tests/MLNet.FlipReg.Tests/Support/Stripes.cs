using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>Small noisy colour images of three classes: stripes across, stripes along, and one bright colour.</summary>
internal static class Stripes
{
    public const int Channels = 3;
    public const int Height = 9;
    public const int Width = 8;

    private static readonly string[] _names = ["across", "along", "plain"];

    /// <summary>Images as rows of (C, H, W), or (H, W, C), with their classes.</summary>
    public static IReadOnlyList<BlobRow> Rows(int count, int seed = 1, bool interleaved = false)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var (kind, phase) = (i % 3, random.Next(4));
            var pixels = new float[Channels * Height * Width];
            for (var c = 0; c < Channels; c++)
            {
                for (var y = 0; y < Height; y++)
                {
                    for (var x = 0; x < Width; x++)
                    {
                        var place = interleaved ? (((y * Width) + x) * Channels) + c : (((c * Height) + y) * Width) + x;
                        var bright = kind switch { 0 => (y + phase) % 4 < 2, 1 => (x + phase) % 4 < 2, _ => c == phase % Channels };
                        pixels[place] = (bright ? 200 : 60) + (40 * (random.NextSingle() - 0.5f));
                    }
                }
            }

            return new BlobRow { Id = i, Label = _names[kind], Features = pixels };
        })];
    }

    /// <summary>Rows as a view with the label as a key.</summary>
    /// <param name="context">The context.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="dimensions">Dimensions of the feature column; null: one.</param>
    public static IDataView View(MLContext context, IEnumerable<BlobRow> rows, params int[] dimensions)
    {
        var schema = SchemaDefinition.Create(typeof(BlobRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions.Length == 0 ? [Channels * Height * Width] : dimensions);
        var names = context.Data.LoadFromEnumerable(_names.Select(name => new BlobRow { Label = name, Features = new float[Channels * Height * Width] }), schema);
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(names).Transform(context.Data.LoadFromEnumerable(rows, schema));
    }
}
