using FlipReg;

namespace Emoji;

/// <summary>A picture's path and class, as LoadImageFolder gives them.</summary>
public sealed class Picture
{
    /// <summary>The file.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>The class.</summary>
    public string Label { get; set; } = "";
}

/// <summary>Wrong labels on purpose.</summary>
internal static class LabelNoise
{
    /// <summary>Replaces each label with the given probability by another class, drawn uniformly; the same pictures for the same seed.</summary>
    public static List<Picture> Symmetric(IEnumerable<Picture> pictures, IReadOnlyList<ImageClass> classes, double rate, int seed)
    {
        var random = new Random(seed);
        return [.. pictures.Select(picture => random.NextDouble() < rate
            ? new Picture { ImagePath = picture.ImagePath, Label = Other(picture.Label, random.Next(classes.Count - 1)) }
            : picture)];

        string Other(string label, int place) => classes.Select(c => c.Name).Where(name => name != label).ElementAt(place);
    }
}
