namespace FlipReg;

/// <summary>What an export wrote.</summary>
/// <param name="Inputs">Names of the model's inputs: the columns of the sample data that an output needs.</param>
/// <param name="Outputs">Names of the model's outputs.</param>
/// <param name="VerifiedRows">Rows of the sample data that ONNX Runtime scored; 0 where it was not asked to.</param>
/// <param name="LargestDifference">The largest difference of a number between ONNX Runtime and the pipeline over those rows; null where none was compared.</param>
public sealed record OnnxExportReport(IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, int VerifiedRows, double? LargestDifference);
