using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>
/// Draws images anew under affine maps, bilinearly, black outside. A map, six numbers, takes a place in the result to one in the source: x' = ax + by + c,
/// y' = dx + ey + f, where −1 to 1 are an image's sides.
/// </summary>
internal static class AffineSampler
{
    /// <summary>Maps that enlarge a part of each image to its size and mirror some.</summary>
    public static float[] Crops(AugmentationDraws.CropBox[] boxes, bool[] flip)
    {
        var maps = new float[6 * boxes.Length];
        for (var i = 0; i < boxes.Length; i++)
        {
            var (top, left, height, width) = boxes[i];
            (maps[6 * i], maps[(6 * i) + 2]) = (flip[i] ? -width : width, (2 * left) + width - 1);
            (maps[(6 * i) + 4], maps[(6 * i) + 5]) = (height, (2 * top) + height - 1);
        }

        return maps;
    }

    /// <summary>The map of a change of TrivialAugment: shears of 0.3, shifts of 0.3 of the side, turns of 30 degrees at most.</summary>
    public static float[] Map(ImageChange change, float strength, ImageShape shape)
    {
        var (amount, aspect) = (0.3f * strength, (float)shape.Height / shape.Width);
        var (sin, cos) = MathF.SinCos(strength * MathF.PI / 6);
        return change switch
        {
            ImageChange.ShearX => [1, amount * aspect, 0, 0, 1, 0],
            ImageChange.ShearY => [1, 0, 0, amount / aspect, 1, 0],
            ImageChange.ShiftX => [1, 0, 2 * amount, 0, 1, 0],
            ImageChange.ShiftY => [1, 0, 0, 0, 1, 2 * amount],
            ImageChange.Rotate => [cos, sin * aspect, 0, -sin / aspect, cos, 0],
            _ => [1, 0, 0, 0, 1, 0],
        };
    }

    /// <summary>Draws images, n × C × H × W Single, under their maps, six numbers each.</summary>
    public static Tensor Sample(Tensor images, float[] maps)
    {
        var (n, height, width) = (images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var places = new float[3 * height * width];
        for (var i = 0; i < height * width; i++)
            (places[3 * i], places[(3 * i) + 1], places[(3 * i) + 2]) = (((2 * (i % width)) + 1f) / width - 1, ((2 * (i / width)) + 1f) / height - 1, 1);
        var grid = tensor(places).view(-1, 3).to(images.device).matmul(tensor(maps).view(n, 2, 3).to(images.device).transpose(1, 2));
        return nn.functional.grid_sample(images, grid.view(n, height, width, 2), align_corners: false);
    }
}
