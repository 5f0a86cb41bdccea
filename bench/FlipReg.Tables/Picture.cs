using FlipReg.Data;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace FlipReg.Tables;

/// <summary>Mean accuracy over the share of wrong labels, a line for each method.</summary>
internal static class Picture
{
    public static void Save(Results results, string path)
    {
        var plot = new PlotModel { Background = OxyColors.White };
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "wrong training labels, %", MajorStep = 20, MinorStep = 10, MinimumPadding = 0.02, MaximumPadding = 0.02 });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "mean test accuracy, %", MajorGridlineStyle = LineStyle.Dot });
        plot.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside });
        foreach (var method in results.Methods)
        {
            // ML.NET's own are dashed.
            var own = method.StartsWith("Fer", StringComparison.Ordinal) || method.StartsWith("Ols", StringComparison.Ordinal) || method.StartsWith("CrossEntropy", StringComparison.Ordinal);
            var line = new LineSeries { Title = method, LineStyle = own ? LineStyle.Solid : LineStyle.Dash, MarkerType = MarkerType.Circle, MarkerSize = 3 };
            line.Points.AddRange(results.Noise.Where(n => results.Tables[n].Count > 0).Select(n => new DataPoint(n * 100, results.MeanAccuracy(n, method) * 100)));
            plot.Series.Add(line);
        }

        AtomicFile.Write(path, stream => new SvgExporter { Width = 800, Height = 480 }.Export(plot, stream));
    }
}
