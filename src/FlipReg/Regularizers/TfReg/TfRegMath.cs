namespace FlipReg.Regularizers.TfReg;

/// <summary>TF-Reg's teacher.</summary>
internal static class TfRegMath
{
    /// <summary>softmax(d/T) at the label and at each other class, d being a at the label and (1−a)/(K−1) elsewhere.</summary>
    public static (double Label, double Other) Teacher(double labelProbability, double temperature, int classes)
    {
        var ratio = Math.Exp((((1 - labelProbability) / (classes - 1)) - labelProbability) / temperature);
        var label = 1 / (1 + ((classes - 1) * ratio));
        return (label, label * ratio);
    }
}
