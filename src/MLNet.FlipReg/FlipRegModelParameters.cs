using System.Text.Json;
using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Onnx;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Scoring;

namespace FlipReg;

/// <summary>What a trained classifier consists of: network, weights, class names, and how it was trained.</summary>
public class FlipRegModelParameters : TrainedNetwork
{
    internal FlipRegModelParameters(ModelContent content)
        : this(content, ScoreKind.Multiclass)
    {
    }

    private protected FlipRegModelParameters(ModelContent content, ScoreKind kind)
    {
        Kind = kind;
        Scores = new NetworkOwner(content.Network, kind);
        Network = content.Network.Spec;
        Encoder = content.Encoder;
        MethodName = content.Method;
        LabelColumnName = content.LabelColumn;
        Features = content.Features;
        Names = content.Names;
        OptionsJson = content.OptionsJson;
        History = content.History;
        ForgettingEvents = content.ForgettingEvents;
        TrackedRows = content.TrackedRows;
        Temperature = content.Temperature;
        ImageInput = content.Images;
    }

    /// <summary>The method that trained it, such as "FER".</summary>
    public string MethodName { get; }

    /// <inheritdoc/>
    public override NetworkSpec Network { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount => Network.Outputs!.Value;

    /// <summary>Number of features of a row, as the user gives it, categories included. The network may see more: <see cref="Summary"/>.</summary>
    public int FeatureCount => Encoder.RawWidth;

    /// <inheritdoc/>
    public override IReadOnlyList<string>? ClassNames => Names?.Texts;

    /// <summary>Name of the label column in training.</summary>
    public string LabelColumnName { get; }

    /// <summary>Name of the feature column.</summary>
    /// <exception cref="InvalidOperationException">The features come from several columns: <see cref="FeatureColumnNames"/>.</exception>
    public string FeatureColumnName => Features.OneName;

    /// <summary>Names of the columns that features come from, in the order of their values in a row: numbers first, then categories.</summary>
    public IReadOnlyList<string> FeatureColumnNames => [.. Features.All.Select(column => column.Name)];

    /// <summary>The options of the training, as JSON.</summary>
    public string OptionsJson { get; }

    /// <summary>
    /// What every epoch reported, first to last. With validation data the last one's <see cref="EpochReport.Validation"/> holds the
    /// flip statistics: flips (WFS), relative flipping error (RFE) and flipping error (FE). A saved model holds it whole as long as it fits into 16
    /// MB with the class names and the options (tens of thousands of epochs); of a longer one every second, fourth, … epoch and the last.
    /// </summary>
    public IReadOnlyList<EpochReport> History { get; }

    /// <summary>
    /// How often each training row went from right to wrong between two epochs, in the rows' order (rows of weight 0 and rows without a label
    /// left out); −1 for a row that was never right, −2 for one that <see cref="TrainingOptions.ValidationFraction"/> set aside. Null where
    /// <see cref="TrainingOptions.CountForgetting"/> did not ask for it, and in a model that was loaded.
    /// </summary>
    public IReadOnlyList<int>? ForgettingEvents { get; }

    /// <summary>
    /// What the training saw of each of its rows, in the rows' order (rows of weight 0 and rows without a label left out). Null where
    /// <see cref="TrainingOptions.TrackRows"/> did not ask for it, and in a model that was loaded.
    /// </summary>
    public IReadOnlyList<TrackedRow>? TrackedRows { get; }

    /// <summary>
    /// What the logits were divided by at the end of the training, where <see cref="TrainingOptions.FitTemperature"/> asked for it: the weights hold it. Above 1
    /// where the network was too sure. Null where it was not asked for.
    /// </summary>
    public double? Temperature { get; }

    /// <summary>How images are read, as in training (shape, resize, background, limit, unreadable ones); null where the features are vectors.</summary>
    public ImageOptions? Images => ImageInput?.Options;

    internal ImageInput? ImageInput { get; }

    internal override InputEncoder Encoder { get; }

    internal FeatureColumns Features { get; }

    internal ClassNames? Names { get; }

    internal NetworkOwner Scores { get; }

    /// <summary>What is made of the network's logits.</summary>
    internal ScoreKind Kind { get; }

    /// <summary>What becomes of the features, and a table of the network's layers with their sizes and parameter counts.</summary>
    public string Summary() => $"{Encoder.Describe()}\n{Network.Summary()}";

    /// <summary>A copy of the weights and of the layers' other state (running statistics), by name.</summary>
    /// <exception cref="ObjectDisposedException">The transformer that holds the model was disposed.</exception>
    public IReadOnlyList<NamedWeights> GetWeights() =>
        Scores.Use(network => network.State.Select(s => new NamedWeights(s.Name, s.Value.shape, s.Value.ToHost<float>())).ToList());

    /// <summary>
    /// Writes the classifier alone, without the transforms before it, as an ONNX model: any number of rows at once, on any runtime. For a
    /// whole chain there is <c>mlContext.Model.ConvertToOnnx</c>.
    /// </summary>
    /// <remarks>
    /// Input: the features, float N×d, prepared as for training; of a model whose features come from several columns, one input a column, N×1 or N×d, float or, of keys, uint32 (0: missing); of a model that reads images their pixels, float N×C×H×W, 0 to 255, in the size of <see cref="Images"/>, whose normalization is in the graph. Outputs: Score, float N×K, the classes' probabilities; PredictedLabel, N, the
    /// class's name as text, or its key as int64 (from 1) where the label's keys had no values; on request Logits, float N×K. A row
    /// with a feature that is not a number gets scores that are not numbers, and the empty name or key 0. The metadata hold method, library_version,
    /// label_column, class_names (a JSON list) and training_options (JSON).
    /// </remarks>
    /// <param name="stream">Receives the model.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">The weights are to go to a file beside the model, and there is no path.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="NotSupportedException">The model would have 2 GiB or more.</exception>
    /// <exception cref="ObjectDisposedException">The transformer that holds the model was disposed.</exception>
    public void SaveOnnx(Stream stream, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (options?.ExternalData == true)
            throw new ArgumentException("ExternalData must be false where the model is written to a stream. Got true. Write it to a path: the weights go to a file beside it.", nameof(options));
        OnnxFile.Write(stream, OnnxComposer(options ?? new OnnxOptions()));
    }

    /// <summary>
    /// Writes the classifier alone as an ONNX model to a file (see <see cref="SaveOnnx(Stream, OnnxOptions?)"/>). With
    /// <see cref="OnnxOptions.ExternalData"/>, and where the model would have 2 GiB or more, the weights go to a file beside it that is called
    /// path, dot, 16 hexadecimal digits, <c>.data</c>: the two belong together. The files are written aside and renamed: on failure the old ones are untouched.
    /// </summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">There is no such folder, or no room.</exception>
    /// <exception cref="ObjectDisposedException">The transformer that holds the model was disposed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public void SaveOnnx(string path, OnnxOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new OnnxOptions();
        OnnxFile.Write(path, options.ExternalData, OnnxComposer(options));
    }

    /// <summary>What a model's ONNX file says of it.</summary>
    internal IEnumerable<(string Key, string Value)> OnnxMetadata()
    {
        yield return ("method", MethodName);
        yield return ("library_version", ModelDocument.LibraryVersion);
        yield return ("label_column", LabelColumnName);
        if (ClassNames is not null)
            yield return ("class_names", JsonSerializer.Serialize(ClassNames));
        yield return ("training_options", OptionsJson);
    }

    /// <summary>The tensors, which are read from the network when they are written.</summary>
    /// <exception cref="ObjectDisposedException">The transformer that holds the model was disposed.</exception>
    internal IReadOnlyList<OnnxTensor> OnnxTensors()
    {
        Scores.Open();
        return [.. Network.NamedTensors().Select((tensor, index) => new OnnxTensor(tensor.Name, tensor.Tensor.Shape, stream => Scores.Use(network =>
        {
            HostReads.ReadBytes(network.State[index].Value, stream.Write);
            return 0;
        })))];
    }

    private Func<OnnxWeights, ProtoMessage> OnnxComposer(OnnxOptions options)
    {
        options.Check();
        OnnxInput[] inputs = [.. Features.All.Select(column => new OnnxInput(options.CheckedInputName(column.Name, Features.AreOneVector, Kind.Columns), column.Width, column.Categories is not null))];
        var model = Kind.CreateOnnx(Encoder, Network, OnnxTensors(), ClassNames, inputs, options.For(Images?.Shape));
        foreach (var (key, value) in OnnxMetadata())
            model.AddMetadata(key, value);
        return weights => model.Compose(weights, ModelDocument.LibraryVersion);
    }

    internal void WriteWeights(Stream stream) => Scores.Use(network =>
    {
        using var encoding = new EncodingTensors(Encoder);
        SafetensorsWriter.Write(stream, network.State.Concat(encoding.State));
        return 0;
    });

    internal override Networks.Network CopyNetwork() => Scores.Use(network => network.ToPredictor());
}

/// <summary>A tensor of a model: its name, its shape and its values, row-major.</summary>
/// <param name="Name">Position of the layer, a dot, and the tensor's name in it, such as "0.weight".</param>
/// <param name="Shape">Sizes of the dimensions; of a linear layer's weight: outputs, inputs.</param>
/// <param name="Values">The values.</param>
public sealed record NamedWeights(string Name, IReadOnlyList<long> Shape, float[] Values);
