using System.Numerics;
using FlipReg.Onnx;
using static System.FormattableString;

namespace FlipReg.Encoders;

/// <summary>An encoder as ONNX operators valid from opset 9 to 17: what <see cref="InputEncoder.Encode"/> computes, for all rows at once.</summary>
internal static class EncoderExport
{
    private const long Int64 = 7;

    /// <summary>Adds the encoding: raw rows N×d to the network's rows.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="features">Name of the raw rows in the graph.</param>
    /// <returns>Name of the encoded rows.</returns>
    public static string Add(OnnxGraph graph, InputEncoder encoder, string features)
    {
        if (encoder.IsIdentity)
            return features;
        var zero = Single(graph, "zero", [0], 1);
        var missing = graph.Node("IsNaN", "input.missing", [features]);
        var values = encoder.Missing == MissingValues.Encode ? graph.Node("Where", "input.present", [missing, zero, features]) : features;
        var parts = new List<string>();
        if (encoder.NumericSlots.Count > 0)
            AddNumeric(graph, encoder, values, missing, zero, parts);
        if (encoder.LinearSlots.Count > 0)
            parts.Add(Linear(graph, encoder, values, missing));
        if (encoder.IndicatorSlots.Count > 0)
            parts.Add(graph.Node("Cast", "input.indicators", [Take(graph, missing, "input.indicator_slots", encoder.IndicatorSlots)], new OnnxAttribute("to", OnnxModel.Float)));
        // x − x is 0, but NaN where x is infinite, or missing and not to be: summed over the row, it makes all of the row NaN.
        var difference = graph.Node("Sub", "input.difference", [values, values]);
        var sum = graph.Node("MatMul", "input.bad", [difference, Single(graph, "input.ones", [.. Enumerable.Repeat(1f, encoder.RawWidth)], encoder.RawWidth, 1)]);
        if (parts.Count == 0)
        {
            if (encoder.Width > encoder.CategorySlots.Count)
                parts.Add(sum);
            return WithCategories(graph, encoder, parts, features);
        }

        var row = parts.Count == 1 ? parts[0] : graph.Node("Concat", "input.columns", parts, new OnnxAttribute("axis", 1));
        if (encoder.RowScale != 1)
            row = graph.Node("Mul", "input.scaled", [row, Single(graph, "input.row_scale", [encoder.RowScale], 1)]);
        return WithCategories(graph, encoder, [graph.Node("Add", "input.row", [row, sum])], features);
    }

    private static string WithCategories(OnnxGraph graph, InputEncoder encoder, List<string> parts, string features)
    {
        if (encoder.CategorySlots.Count > 0)
            parts.Add(Take(graph, features, "input.category_slots", encoder.CategorySlots));
        return parts.Count == 1 ? parts[0] : graph.Node("Concat", "input.all_columns", parts, new OnnxAttribute("axis", 1));
    }

    private static void AddNumeric(OnnxGraph graph, InputEncoder encoder, string values, string missing, string zero, List<string> parts)
    {
        var slots = encoder.NumericSlots;
        var value = Take(graph, values, "input.numeric_slots", slots);
        var centered = graph.Node("Sub", "input.centered", [value, Constants(graph, encoder, "input.mean", slots, slot => slot.Shift)]);
        var score = graph.Node("Mul", "input.score", [centered, Constants(graph, encoder, "input.scale", slots, slot => slot.Scale)]);
        score = graph.Node("Max", "input.score", [score, Single(graph, "input.lowest", [-InputEncoder.LargestScore], 1)]);
        score = graph.Node("Min", "input.score", [score, Single(graph, "input.highest", [InputEncoder.LargestScore], 1)]);
        var share = graph.Node("Mul", "input.share", [score, Single(graph, "input.bound", [1 / InputEncoder.Bound], 1)]);
        var square = graph.Node("Mul", "input.square", [share, share]);
        var root = graph.Node("Sqrt", "input.root", [graph.Node("Add", "input.more", [square, Single(graph, "input.one", [1], 1)])]);
        var drawnIn = graph.Node("Div", "input.drawn_in", [score, root]);
        var rank = Rank(graph, encoder, value);
        if (encoder.Missing == MissingValues.Encode)
        {
            var absent = Take(graph, missing, "input.numeric_slots", slots);
            drawnIn = graph.Node("Where", "input.drawn_in", [absent, zero, drawnIn]);
            rank = graph.Node("Where", "input.rank", [absent, zero, rank]);
        }

        parts.Add(drawnIn);
        parts.Add(rank);
    }

    /// <summary>
    /// The rank curves, one after another in a list, each as long as the next power of two: a binary search of as many steps as that has
    /// binary digits, for all values at once.
    /// </summary>
    private static string Rank(OnnxGraph graph, InputEncoder encoder, string value)
    {
        var curves = encoder.Ranks;
        var length = (int)BitOperations.RoundUpToPowerOf2((uint)curves.Max(curve => curve.Knots.Count));
        var knots = List("input.knots", curve => curve.Knots, float.MaxValue);
        var normals = List("input.normals", curve => curve.Normals);
        var next = List("input.next_normals", curve => [.. curve.Normals.Skip(1), curve.Normals[^1]]);
        var slopes = List("input.slopes", curve => curve.Slopes);
        var position = graph.Constant("input.curves", [.. Enumerable.Range(0, curves.Count).Select(i => (long)i * length)], [1, curves.Count]);
        for (var step = length / 2; step > 0; step /= 2)
        {
            var size = graph.Constant(Invariant($"input.step_{step}"), step, [1]);
            var middle = graph.Node("Gather", "input.middle", [knots, graph.Node("Add", "input.at", [position, size])]);
            var reached = graph.Node("Not", "input.reached", [graph.Node("Greater", "input.above", [middle, value])]);
            var advance = graph.Node("Mul", "input.advance", [graph.Node("Cast", "input.advance", [reached], new OnnxAttribute("to", Int64)), size]);
            position = graph.Node("Add", "input.position", [position, advance]);
        }

        var low = At(normals);
        var distance = graph.Node("Sub", "input.distance", [value, At(knots)]);
        var rank = graph.Node("Add", "input.rank", [low, graph.Node("Mul", "input.rise", [distance, At(slopes)])]);
        return graph.Node("Min", "input.rank", [graph.Node("Max", "input.rank", [rank, low]), At(next)]);

        string At(string list) => graph.Node("Gather", "input.found", [list, position]);

        // Beyond its end a curve goes on as at its end.
        string List(string name, Func<RankCurve, IReadOnlyList<float>> part, float? filler = null)
        {
            var all = new float[(long)curves.Count * length];
            for (var i = 0; i < curves.Count; i++)
            {
                var own = part(curves[i]);
                for (var k = 0; k < length; k++)
                    all[(i * length) + k] = k < own.Count ? own[k] : filler ?? own[^1];
            }

            return Single(graph, name, all, all.Length);
        }
    }

    private static string Linear(OnnxGraph graph, InputEncoder encoder, string values, string missing)
    {
        var slots = encoder.LinearSlots;
        var value = Take(graph, values, "input.linear_slots", slots);
        value = graph.Node("Sub", "input.linear", [value, Constants(graph, encoder, "input.shift", slots, slot => slot.Shift)]);
        value = graph.Node("Mul", "input.linear", [value, Constants(graph, encoder, "input.linear_scale", slots, slot => slot.Scale)]);
        if (slots.Any(i => encoder.Slots[i].Kind == SlotKind.TwoValues))
        {
            value = graph.Node("Max", "input.linear", [value, Constants(graph, encoder, "input.low", slots, slot => slot.Kind == SlotKind.TwoValues ? 0 : -float.MaxValue)]);
            value = graph.Node("Min", "input.linear", [value, Constants(graph, encoder, "input.high", slots, slot => slot.Kind == SlotKind.TwoValues ? 1 : float.MaxValue)]);
        }

        if (encoder.Missing == MissingValues.Error)
            return value;
        return graph.Node("Where", "input.linear", [Take(graph, missing, "input.linear_slots", slots), Constants(graph, encoder, "input.center", slots, slot => slot.Center), value]);
    }

    private static string Take(OnnxGraph graph, string values, string name, IReadOnlyList<int> slots) =>
        graph.Node("Gather", "input.taken", [values, graph.Constant(name, [.. slots.Select(i => (long)i)], [slots.Count])], new OnnxAttribute("axis", 1));

    private static string Constants(OnnxGraph graph, InputEncoder encoder, string name, IReadOnlyList<int> slots, Func<EncodedSlot, float> value) =>
        Single(graph, name, [.. slots.Select(i => value(encoder.Slots[i]))], 1, slots.Count);

    private static string Single(OnnxGraph graph, string name, float[] values, params long[] shape) => graph.Constant(new OnnxTensor(name, shape, values));
}
