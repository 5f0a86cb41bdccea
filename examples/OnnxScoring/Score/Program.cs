// Scores a CSV file with an ONNX model, in batches of several sizes, and compares with what is expected. ONNX Runtime is all that it needs.
//   OnnxScoring.Score <model.onnx> <rows.csv> <expected.csv>
using System.Globalization;
using Microsoft.ML.OnnxRuntime;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var modelPath, var rowsPath, var expectedPath])
{
    Console.Error.WriteLine("Usage: OnnxScoring.Score <model.onnx> <rows.csv> <expected.csv>");
    return 2;
}

var lines = File.ReadAllLines(rowsPath);
var header = lines[0].Split(',');
string[][] rows = [.. lines.Skip(1).Select(line => line.Split(','))];
string[][] expected = [.. File.ReadAllLines(expectedPath).Select(line => line.Split(','))];

using var session = new InferenceSession(modelPath);
using var options = new RunOptions();
var (worst, wrong) = (0f, 0);
foreach (var size in new[] { 1, 7, 256 })
{
    foreach (var batch in rows.Zip(expected).Chunk(size))
    {
        // Each input is a column of the file: N rows of one value.
        var inputs = session.InputNames.ToDictionary(name => name, name => Column(name, [.. batch.Select(pair => pair.First)]));
        using var results = session.Run(options, inputs, ["PredictedLabel", "Score"]);
        var labels = results[0].GetStringTensorAsArray();
        var scores = results[1].GetTensorDataAsSpan<float>();
        var classes = scores.Length / batch.Length;
        for (var row = 0; row < batch.Length; row++)
        {
            wrong += labels[row] == batch[row].Second[0] ? 0 : 1;
            for (var i = 0; i < classes; i++)
                worst = Math.Max(worst, Math.Abs(scores[(row * classes) + i] - float.Parse(batch[row].Second[i + 1])));
        }

        foreach (var input in inputs.Values)
            input.Dispose();
    }
}

var same = wrong == 0 && worst <= 1e-5f;
Console.WriteLine($"Scored elsewhere    {rows.Length} rows in batches of 1, 7, 256; scores {(worst <= 1e-5f ? "within 1e-5" : $"up to {worst} away")}, {(wrong == 0 ? "labels equal" : $"{wrong} labels DIFFERENT")}");
var loaded = AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name!).Where(n => n.StartsWith("TorchSharp", StringComparison.Ordinal) || n is "Microsoft.ML.Core" or "Microsoft.ML.Data");
Console.WriteLine($"Loaded of ML.NET    {(loaded.Any() ? string.Join(", ", loaded) : "nothing, nor of TorchSharp")}");
return same ? 0 : 1;

OrtValue Column(string name, string[][] batch)
{
    var index = Array.IndexOf(header, name);
    return OrtValue.CreateTensorValueFromMemory(batch.Select(row => float.Parse(row[index])).ToArray(), [batch.Length, 1]);
}
