using System.Globalization;
using System.Net;
using System.Text;
using static System.FormattableString;

namespace MLNet.FlipReg.Reporting;

/// <summary>A line of a chart: what it is, and its points. Points that are not numbers leave a gap.</summary>
internal sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A line chart as SVG, with axes, a legend and a tip at each point.</summary>
internal static class LineChart
{
    private const int Width = 540;
    private const int Height = 250;
    private const int Left = 62;
    private const int Right = 12;
    private const int Top = 30;
    private const int Bottom = 26;
    private const int MostTips = 400;

    /// <summary>The chart; nothing where no line has a point.</summary>
    public static string Of(string title, IReadOnlyList<ChartLine> lines)
    {
        var points = lines.SelectMany(line => line.Points).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToList();
        if (points.Count == 0)
            return "";
        var (left, right) = Range(points.Select(p => p.X));
        var ticks = Ticks(points.Min(p => p.Y), points.Max(p => p.Y));
        var (low, high) = (ticks[0], ticks[^1]);
        var svg = new StringBuilder(Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\"><text class=\"title\" x=\"{Left}\" y=\"18\">{WebUtility.HtmlEncode(title)}</text>"));
        foreach (var tick in ticks)
            svg.Append(Invariant($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):F1}\" y2=\"{Y(tick):F1}\"/><text class=\"tick\" text-anchor=\"end\" x=\"{Left - 6}\" y=\"{Y(tick) + 4:F1}\">{Text(tick)}</text>"));
        foreach (var tick in EpochTicks(left, right))
            svg.Append(Invariant($"<text class=\"tick\" text-anchor=\"middle\" x=\"{X(tick):F1}\" y=\"{Height - 8}\">{tick}</text>"));
        for (var i = 0; i < lines.Count; i++)
            AddLine(svg, lines[i], i);
        var at = Width - Right;
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            svg.Append(Invariant($"<text class=\"name line{i}\" text-anchor=\"end\" x=\"{at}\" y=\"18\">{WebUtility.HtmlEncode(lines[i].Name)}</text>"));
            at -= (lines[i].Name.Length * 7) + 16;
        }

        return svg.Append("</svg>").ToString();

        double X(double value) => right == left ? (Left + Width - Right) / 2.0 : Left + ((value - left) / (right - left) * (Width - Left - Right));

        double Y(double value) => Height - Bottom - ((value - low) / (high - low) * (Height - Top - Bottom));

        void AddLine(StringBuilder to, ChartLine line, int number)
        {
            var path = new StringBuilder();
            var isOpen = false;
            foreach (var (x, y) in line.Points)
            {
                if (double.IsFinite(y))
                    path.Append(Invariant($"{(isOpen ? 'L' : 'M')}{X(x):F1} {Y(y):F1}"));
                isOpen = double.IsFinite(y);
            }

            to.Append(Invariant($"<path class=\"line{number}\" d=\"{path}\"/>"));
            foreach (var (x, y) in line.Points.Count <= MostTips ? line.Points.Where(p => double.IsFinite(p.Y)) : [])
                to.Append(Invariant($"<circle class=\"line{number}\" cx=\"{X(x):F1}\" cy=\"{Y(y):F1}\" r=\"2\"><title>{WebUtility.HtmlEncode(line.Name)}, epoch {x}: {y:G5}</title></circle>"));
        }
    }

    /// <summary>Round values that span a range: 3 to 7 of them, at least two.</summary>
    internal static IReadOnlyList<double> Ticks(double low, double high)
    {
        if (high == low)
        {
            // A line that is level stands in the middle.
            var around = low == 0 ? 1 : Math.Abs(low) / 2;
            (low, high) = (low - around, high + around);
        }

        var rough = (high - low) / 4;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.First(factor => factor * power >= rough * 0.999) * power;
        var first = Math.Floor((low / step) + 1e-9);
        var last = Math.Max(first + 1, Math.Ceiling((high / step) - 1e-9));
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    private static IEnumerable<long> EpochTicks(double left, double right)
    {
        var step = Math.Max(1, (long)Ticks(left, right + 1).Skip(1).Zip(Ticks(left, right + 1), (b, a) => b - a).First());
        for (var at = (long)left; at <= right; at += at == (long)left && at % step != 0 ? step - (at % step) : step)
            yield return at;
    }

    private static (double Low, double High) Range(IEnumerable<double> values) => (values.Min(), values.Max());

    private static string Text(double value) => Math.Abs(value) is >= 1e8 or (< 1e-4 and > 0)
        ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
        : value.ToString("#,0.#####", CultureInfo.InvariantCulture);
}
