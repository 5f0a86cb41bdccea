using FlipReg.Data;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace FlipReg.Evidence;

/// <summary>Accuracy after the last epoch by the noise, a line for each row of a study.</summary>
internal static class Picture
{
    public static void Save(Report report, Study study, string path)
    {
        var plot = new PlotModel { Background = OxyColors.White };
        var noise = new CategoryAxis { Position = AxisPosition.Bottom };
        noise.Labels.AddRange(study.Noise.Select(n => n.ToString()));
        plot.Axes.Add(noise);
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "test accuracy after the last epoch, %", MajorGridlineStyle = LineStyle.Dot });
        plot.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside });
        var (number, styles) = (0, new[] { LineStyle.Solid, LineStyle.Dash, LineStyle.Dot });
        foreach (var variant in study.Variants)
        {
            // Colours come again after some: the strokes tell.
            var line = new LineSeries { Title = variant.Name, LineStyle = styles[number++ / plot.DefaultColors.Count % styles.Length], MarkerType = MarkerType.Circle, MarkerSize = 3 };
            line.Points.AddRange(study.Noise.Select((n, i) => new DataPoint(i, 100 * report.Accuracy(study, variant, n))));
            plot.Series.Add(line);
        }

        AtomicFile.Write(path, stream => new SvgExporter { Width = 900, Height = 560 }.Export(plot, stream));
    }
}
