using FlipReg.Data;

namespace FlipReg.Tests.Networks.Images;

/// <summary>Small noisy images of four classes: stripes across, along, and both ways between corners.</summary>
internal static class ImageTables
{
    public static ImageShape Shape { get; } = new(2, 8, 8);

    public static TrainingTable Of(int rows, int seed = 1, double noise = 1)
    {
        var random = new Random(seed);
        var values = new float[rows * Shape.Values];
        for (var row = 0; row < rows; row++)
        {
            var phase = random.Next(4);
            for (var i = 0; i < Shape.Values; i++)
            {
                var (y, x) = (i / 8 % 8, i % 8);
                var place = (row % 4) switch { 0 => y, 1 => x, 2 => x + y, _ => x - y + 8 };
                values[(row * Shape.Values) + i] = ((place + phase) % 4 < 2 ? 1 : -1) + (float)(noise * (random.NextDouble() - 0.5));
            }
        }

        return TestData.Table(values, [.. Enumerable.Range(0, rows).Select(i => (long)(i % 4))], null, Shape.Values);
    }
}
