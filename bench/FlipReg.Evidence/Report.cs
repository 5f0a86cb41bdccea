using System.Text;
using static System.FormattableString;

namespace FlipReg.Evidence;

/// <summary>Finished cells as Markdown: a table for each study and figure. A mean needs all seeds.</summary>
internal sealed class Report(IReadOnlyList<Cell> cells, IReadOnlyList<Study> studies, int seeds)
{
    private readonly ILookup<(string, string, string), Cell> _cells = cells.ToLookup(c => (c.Key.Study, c.Key.Variant, c.Key.Noise));

    public string Text(string machine, Func<Study, string?> picture)
    {
        var text = new StringBuilder(Invariant($"""
            # Evidence

            `eng/evidence.sh` installs what it needs and measures everything below; it goes on where it was stopped. The first 10,000 training images of Fashion-MNIST, pixels ÷ 255, all 10,000 test
            images with their own labels; MLP 784→256→256→10, 20 epochs, batch 128, SGD 0.05 with momentum 0.9, weight decay 5e-4, constant rate (SD: its cycles); exactly the share stated of the
            training labels is wrong: moved to another class at random (sym) or to the next one (pair). Means of {seeds} seed{(seeds == 1 ? "" : "s")}, after the last epoch; in brackets the best epoch.

            {machine}


            """));
        foreach (var study in studies)
        {
            text.Append(Invariant($"## {study.Title}\n\n{study.About}\n\n"));
            if (picture(study) is { } file)
                text.Append(Invariant($"![Accuracy after the last epoch]({file})\n\n"));
            Table(text, study, "Accuracy, %", own => Invariant($"{100 * own.Average(c => c.Last):0.0} ({100 * own.Average(c => c.Best):0.0})"));
            Table(text, study, "Expected calibration error, %", own => Invariant($"{100 * own.Average(c => c.CalibrationError):0.0}"));
            Table(text, study, "Relative flipping error: wrong in the end, right before, % of the wrong", own => Invariant($"{100 * own.Average(c => c.RelativeFlippingError):0.0}"));
        }

        Times(text, studies[0]);
        return text.ToString();
    }

    /// <summary>The mean accuracy after the last epoch; NaN where a seed is missing.</summary>
    public double Accuracy(Study study, Variant variant, Noise noise) => Of(study, variant, noise) is { } own ? own.Average(c => c.Last) : double.NaN;

    private Cell[]? Of(Study study, Variant variant, Noise noise)
    {
        var own = _cells[(study.Name, variant.Name, noise.ToString())].ToArray();
        return own.Length == seeds ? own : null;
    }

    private void Table(StringBuilder text, Study study, string title, Func<Cell[], string> figure)
    {
        text.Append(Invariant($"| {title} |")).AppendJoin("", study.Noise.Select(noise => $" {noise} |")).Append("\n|---|").Insert(text.Length, "---|", study.Noise.Count).Append('\n');
        foreach (var variant in study.Variants)
            text.Append(Invariant($"| {variant.Name} |")).AppendJoin("", study.Noise.Select(noise => $" {(Of(study, variant, noise) is { } own ? figure(own) : "")} |")).Append('\n');
        text.Append('\n');
    }

    /// <summary>Time against the study's first row, seed by seed and noise by noise.</summary>
    private void Times(StringBuilder text, Study study)
    {
        text.Append(Invariant($"## Time\n\nOf the epochs in the runs above, one thread, against {study.Variants[0].Name} with the same seed and noise: the median, beside whatever else ran. `eng/bench.sh methods` measures it in pairs.\n\n| | time |\n|---|---|\n"));
        foreach (var variant in study.Variants.Skip(1))
        {
            var ratios = (from noise in study.Noise
                          from own in _cells[(study.Name, variant.Name, noise.ToString())]
                          from first in _cells[(study.Name, study.Variants[0].Name, noise.ToString())]
                          where own.Key.Seed == first.Key.Seed
                          select own.Seconds / first.Seconds).Order().ToList();
            text.Append(Invariant($"| {variant.Name} | {(ratios.Count == 0 ? "" : Invariant($"{ratios[ratios.Count / 2]:0.00}"))} |\n"));
        }
    }
}
