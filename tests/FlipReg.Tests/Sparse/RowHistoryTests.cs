using FlipReg.Training.RowTables;

namespace FlipReg.Tests.Sparse;

[TestClass]
public class RowHistoryTests
{
    [TestMethod]
    public void From_any_step_to_any_later_one_the_product_is_that_of_the_steps()
    {
        var random = new Random(1);
        var steps = Enumerable.Range(0, 150).Select(_ => new RowMap(Draw(), Draw(), Draw(), Draw(), Draw(), Draw(), Draw())).ToArray();
        var history = new RowHistory();
        for (var now = 0; now <= steps.Length; now++)
        {
            var expected = RowMap.Identity;
            for (var then = now; then >= 0; then--)
            {
                var found = history.Since(then);
                foreach (var (a, b) in Entries(expected).Zip(Entries(found)))
                    Assert.AreEqual(a, b, 1e-12 * (1 + Math.Abs(a)), $"{then} to {now}");
                if (then > 0)
                    expected = steps[then - 1].Then(expected);
            }

            if (now < steps.Length)
                history.Add(steps[now]);
        }

        double Draw() => (random.NextDouble() * 1.6) - 0.8;
        static double[] Entries(RowMap map) => [map.TT, map.TS, map.ST, map.SS, map.AT, map.AS, map.AA];
    }

    [TestMethod]
    public void A_history_holds_a_window_of_steps()
    {
        var history = new RowHistory();
        for (var step = 0; step < RowHistory.Window; step++)
            history.Add(RowMap.Step(0.9999, 0, 0, 0.5, 0));
        Assert.AreEqual(RowHistory.Window, history.Now);
        foreach (var then in new[] { 0, 1, 12_345, RowHistory.Window - 1 })
            Assert.AreEqual(Math.Pow(0.9999, RowHistory.Window - then), history.Since(then).TT, 1e-12);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => history.Since(RowHistory.Window + 1));
        history.Clear();
        Assert.AreEqual(RowMap.Identity, history.Since(0));
    }
}
