using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Training.Checkpoints;

/// <summary>The tensors of a fit's state as a safetensors file.</summary>
internal static class CheckpointTensors
{
    public static void Write(Stream stream, TrainingState state) => SafetensorsWriter.Write(stream, state.Tensors);

    /// <summary>Sets the state, one tensor at a time.</summary>
    /// <exception cref="FormatException">The file does not hold exactly the state's tensors.</exception>
    public static void Read(Stream stream, TrainingState state, string path)
    {
        var targets = state.Tensors.ToDictionary(t => t.Name, t => t.Value);
        var headers = SafetensorsReader.ReadHeader(stream);
        if (headers.FirstOrDefault(header => !Fits(header, targets)) is { } strange)
            throw new FormatException($"'{path}' " + InvariantText.OfFile($"must hold the tensors of this fit. Got '{strange.Name}', {strange.Describe()}. It is of another version of the library: use that, or another folder."));
        if (targets.Keys.Except(headers.Select(header => header.Name)).FirstOrDefault() is { } missing)
            throw new FormatException($"'{path}' must hold the tensor '{missing}'. Got none. It is of another version of the library: use that, or another folder.");
        SafetensorsReader.ReadValues(stream, headers, header => targets[header.Name]);
    }

    private static bool Fits(SafetensorsHeader header, Dictionary<string, Tensor> targets) =>
        targets.TryGetValue(header.Name, out var target) && header.ElementType == SafetensorsHeader.TypeOf(target) && header.Shape.SequenceEqual(target.shape);
}
