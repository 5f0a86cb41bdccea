using System.Text.Json;

namespace Emoji;

/// <summary>Lays the emoji out as folders of images, a folder for each class: those to train on, and those held out.</summary>
internal static class EmojiFolders
{
    private const int Classes = 30;

    private const double HeldOut = 0.3;

    /// <summary>
    /// Makes the folders train and test, with copies of the pictures: the 30 subcategories with the most emoji, of which 30 % are held out, each with all its
    /// variants (skin tones): otherwise a test picture's sister would be trained on.
    /// </summary>
    /// <param name="data">Where the package was unpacked.</param>
    /// <param name="target">Where the folders are made.</param>
    /// <param name="seed">Seed of the split.</param>
    public static (string Train, string Test) Make(string data, string target, int seed)
    {
        var (train, test) = (Path.Combine(target, "train"), Path.Combine(target, "test"));
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(data, "emoji.json")));
        var classes = document.RootElement.EnumerateArray()
            .Where(emoji => emoji.GetProperty("has_img_google").GetBoolean())
            .GroupBy(emoji => emoji.GetProperty("subcategory").GetString()!)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Take(Classes);
        foreach (var group in classes)
        {
            var emoji = group.OrderBy(e => e.GetProperty("unified").GetString(), StringComparer.Ordinal).ToArray();
            new Random(seed).Shuffle(emoji);
            var heldOut = (int)Math.Round(HeldOut * emoji.Length);
            for (var i = 0; i < emoji.Length; i++)
            {
                var folder = Directory.CreateDirectory(Path.Combine(i < heldOut ? test : train, group.Key.Replace(" & ", "-", StringComparison.Ordinal))).FullName;
                foreach (var image in Images(emoji[i]))
                    File.Copy(Path.Combine(data, "img", "google", "64", image), Path.Combine(folder, image));
            }
        }

        return (train, test);
    }

    private static IEnumerable<string> Images(JsonElement emoji)
    {
        yield return emoji.GetProperty("image").GetString()!;
        if (!emoji.TryGetProperty("skin_variations", out var variants))
            yield break;
        foreach (var variant in variants.EnumerateObject().Where(v => v.Value.GetProperty("has_img_google").GetBoolean()))
            yield return variant.Value.GetProperty("image").GetString()!;
    }
}
