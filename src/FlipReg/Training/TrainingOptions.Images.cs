using System.Text.Json.Serialization;
using FlipReg.Training;

namespace FlipReg;

/// <content>Images in the feature column.</content>
public abstract partial class TrainingOptions
{
    /// <summary>
    /// How images in the feature column are read and varied; null where the column holds a vector of features. Default null. The model keeps what scoring needs of
    /// it. Images are not encoded by <see cref="InputEncoding"/>: their channels are normalized.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImageOptions? Images { get; set; }

    /// <summary>Whether the method's loss is defined for an image that belongs to two classes in shares.</summary>
    internal virtual bool TakesMixedLabels => false;

    /// <summary>Rules of this part.</summary>
    private IEnumerable<OptionError> CheckImages()
    {
        if (Images is not { } images)
            yield break;
        foreach (var error in images.Errors())
            yield return error with { Name = $"{nameof(Images)}.{error.Name}" };
        if (ImageShape is not null && ImageShape != images.Shape)
            yield return new(nameof(ImageShape), FormattableString.Invariant($"must be null, or {nameof(Images)}.{nameof(images.Shape)}, {images.Shape}, where {nameof(Images)} is given"), ImageShape, "Leave it out.");
        if (images.Augmentation is { MixesLabels: true } augmentation && !TakesMixedLabels)
            yield return new($"{nameof(Images)}.{nameof(images.Augmentation)}.{(augmentation.Mixup > 0 ? nameof(augmentation.Mixup) : nameof(augmentation.CutMix))}", $"must be 0 with {MethodName}, whose loss takes a row's one label",
                augmentation.Mixup > 0 ? augmentation.Mixup : augmentation.CutMix, "Leave it out, or train with CrossEntropy.");
    }
}
