using FlipReg.Onnx;
using FlipReg.Training;
using static System.FormattableString;

namespace FlipReg.Networks.Images;

/// <summary>The window that a convolution or a pooling layer moves over an image: its size, its steps, and what is put around the image, before and after it.</summary>
internal readonly record struct Window(int Kernel, int Stride, int Begin, int End)
{
    private const int Maximum = 64;

    /// <summary>Whether as much is put before the image as after it.</summary>
    public bool IsEven => Begin == End;

    /// <summary>Throws where a value is out of range.</summary>
    public void Check(string layer)
    {
        Require(Kernel is >= 1 and <= Maximum, $"{layer}.Kernel", Invariant($"must be at least 1 and at most {Maximum}"), Kernel);
        Require(Stride is >= 1 and <= Maximum, $"{layer}.Stride", Invariant($"must be at least 1 and at most {Maximum}"), Stride);
        Require(Begin is >= 0 and <= Maximum, $"{layer}.Padding", Invariant($"must be at least 0 and at most {Maximum}"), Begin);
        Require(End is >= 0 and <= Maximum, $"{layer}.PaddingEnd", Invariant($"must be at least 0 and at most {Maximum}"), End);
    }

    /// <summary>The shape of what the window gives, with so many channels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image is smaller than the window, or what it gives too large.</exception>
    public RowShape Of(RowShape input, int channels, string layer)
    {
        var (height, width) = (Size(input.Height), Size(input.Width));
        if (height < 1 || width < 1)
            throw new ArgumentOutOfRangeException(layer, Invariant($"{layer} must get images of at least {Math.Max(1, Kernel - Begin - End)} pixels in height and width. Got {input}. Use larger images, or a network with fewer strides."));
        return RowShape.Image(channels, height, width);
    }

    /// <summary>The window as attributes of ONNX's operators.</summary>
    public IEnumerable<OnnxAttribute> Attributes() =>
    [
        new("kernel_shape", [Kernel, Kernel]),
        new("strides", [Stride, Stride]),
        new("pads", [Begin, Begin, End, End]),
    ];

    private int Size(int input) => input + Begin + End < Kernel ? 0 : ((input + Begin + End - Kernel) / Stride) + 1;

    private static void Require(bool holds, string name, string rule, int value)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, new OptionError(name, rule, value).ToString());
    }
}
