using FlipReg;
using Microsoft.ML;
using Soak.Mutations;
using Soak.Targets;

namespace Soak;

/// <summary>The undamaged files, made once a run.</summary>
internal sealed class BaseFiles
{
    private BaseFiles(string folder) => (Model, ModelFile, OtherModel, Checkpoints) = (Read(folder, "model"), Read(folder, "file"), Read(folder, "other"), Read(folder, "checkpoints"));

    public byte[] Model { get; }

    /// <summary>The same model by SaveFile; the time of day is in it.</summary>
    public byte[] ModelFile { get; }

    /// <summary>Of another network, with the same entries.</summary>
    public byte[] OtherModel { get; }

    public byte[] Checkpoints { get; }

    public static BaseFiles Make(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "model"), Train(8, seed: 1, Path.Combine(folder, "file")));
        File.WriteAllBytes(Path.Combine(folder, "other"), Train(5, seed: 2));
        var fit = Path.Combine(folder, "fit");
        File.WriteAllBytes(Path.Combine(folder, "checkpoints"), CheckpointTarget.Make(fit));
        Directory.Delete(fit, recursive: true);
        return Open(folder);
    }

    public static BaseFiles Open(string folder) => new(folder);

    private static byte[] Read(string folder, string name) => File.ReadAllBytes(Path.Combine(folder, name));

    private static byte[] Train(int width, int seed, string? file = null)
    {
        var ml = new MLContext(seed);
        var data = Rows.Keyed(ml, 60);
        var trainer = ml.MulticlassClassification.Trainers.Fer(new FerOptions { Network = NetworkSpec.Mlp([width], batchNorm: true, dropout: 0.1), Epochs = 4 });
        using var model = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false).Append(trainer).Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        if (file is not null)
            ml.Model.SaveFile(model, data.Schema, file);
        using var stream = new MemoryStream();
        ml.Model.Save(model, data.Schema, stream);
        // Without the time of day in it, so that a seed means the same file tomorrow.
        return ZipMutations.Write(ZipMutations.Entries(stream.ToArray()));
    }
}
