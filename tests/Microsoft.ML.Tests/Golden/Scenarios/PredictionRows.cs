using Microsoft.ML.Data;

// Outputs are written by the prediction engine.
#pragma warning disable CS0649

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal sealed class FeatIn1
{
    public float X1;
    public string? Label;
}

internal sealed class FeatInNoLabel
{
    public float X1;
    public float X2;
}

internal sealed class FeatInWrong
{
    public double X1;
    public float X2;
    public string? Label;
}

internal sealed class PredText
{
    public string? PredictedLabel;
    public float[]? Score;
}

internal sealed class PredMem
{
    public ReadOnlyMemory<char> PredictedLabel;
    public VBuffer<float> Score;
}

internal sealed class PredKeyed
{
    [ColumnName("Label")]
    public uint Lbl;

    public float[]? Score;
}

internal sealed class PredMissing
{
    public string? PredictedLabel;
    public float Nope;
}

internal sealed class PredWrong
{
    public float PredictedLabel;
}

internal sealed class EchoOut
{
    public float X1;
    public float X2;
    public string? Label;
    public float[]? Features;
}

internal sealed class KVOut
{
    public uint K;
    public string? V;
    public string? B;
}

internal sealed class GOut
{
    public float[]? G;
}
