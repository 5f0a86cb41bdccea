using System.Text.Json;
using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

/// <summary>A file of golden steps (schema regref-1) and its replay against a regularizer.</summary>
internal sealed class GoldenFile : IDisposable
{
    public const double Tolerance = 2e-6;

    private static readonly string _directory = Path.Combine(AppContext.BaseDirectory, "vectors");

    private readonly JsonDocument _document;

    public GoldenFile(string name) => _document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_directory, name)));

    public JsonElement Root => _document.RootElement;

    public JsonElement Parameters => Root.GetProperty("params");

    public int Rows => Root.GetProperty("N").GetInt32();

    public int Classes => Root.GetProperty("K").GetInt32();

    public int Epochs => Parameters.TryGetProperty("epochs", out var epochs) ? epochs.GetInt32() : Root.GetProperty("steps").EnumerateArray().Last().GetProperty("epoch").GetInt32();

    /// <summary>The member of a step that has the loss whose gradient the step has.</summary>
    public string LossName { get; init; } = "loss";

    /// <summary>The step that is replayed.</summary>
    public JsonElement Step { get; private set; }

    public static IEnumerable<object[]> Names(string pattern) =>
        Directory.GetFiles(_directory, pattern).Order(StringComparer.Ordinal).Select(path => new object[] { Path.GetFileName(path) });

    public static float[] Floats(JsonElement array) =>
        [.. array.EnumerateArray().SelectMany(e => e.ValueKind == JsonValueKind.Array ? Floats(e) : [e.GetSingle()])];

    /// <summary>Replays all steps: loss, closed-form gradient and autograd's gradient; <paramref name="check"/> compares the state after each.</summary>
    public int Replay(Regularizer regularizer, Action<JsonElement, int> check, Action<int> endEpoch)
    {
        var steps = Root.GetProperty("steps").EnumerateArray().ToList();
        for (var i = 0; i < steps.Count; i++)
        {
            using var scope = NewDisposeScope();
            var step = Step = steps[i];
            var epoch = step.GetProperty("epoch").GetInt32();
            var batch = Batch(step, epoch);
            var logits = tensor(Floats(step.GetProperty("logits"))).view(batch.Rows, Classes).requires_grad_();
            var loss = regularizer.Loss(batch, new Outputs(logits));
            loss.backward();
            TestData.AreClose([step.GetProperty(LossName).GetSingle()], loss.detach().view(1), Tolerance, Tolerance, $"step {i} loss");
            var expected = Floats(step.GetProperty("grad_logits"));
            TestData.AreClose(expected, logits.grad!, Tolerance, Tolerance, $"step {i} autograd gradient");
            using (no_grad())
            {
                regularizer.Prepare(batch);
                TestData.AreClose(expected, regularizer.LossGradient(batch, new Outputs(logits))!, Tolerance, Tolerance, $"step {i} closed-form gradient");
                regularizer.Observe(batch, new Outputs(logits));
                check(step.GetProperty("state_after"), i);
                if (i + 1 == steps.Count || steps[i + 1].GetProperty("epoch").GetInt32() != epoch)
                    endEpoch(epoch);
            }
        }

        return steps.Count;
    }

    public void Dispose() => _document.Dispose();

    private Batch Batch(JsonElement step, int epoch) => TestData.Step(
        tensor(step.GetProperty("labels").EnumerateArray().Select(e => e.GetInt64()).ToArray()),
        tensor(step.GetProperty("batch_index").EnumerateArray().Select(e => e.GetInt64()).ToArray()),
        Classes, epoch, Epochs);
}
