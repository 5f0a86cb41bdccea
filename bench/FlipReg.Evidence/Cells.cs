using FlipReg.Bench;
using static System.FormattableString;

namespace FlipReg.Evidence;

/// <summary>One training run: a row of a study, with labels made wrong so.</summary>
/// <param name="Study">Name of the study.</param>
/// <param name="Variant">Name of the row.</param>
/// <param name="Noise">The noise, as text.</param>
/// <param name="Seed">Seed of the noise and of the training.</param>
internal sealed record CellKey(string Study, string Variant, string Noise, int Seed) : ICellKey
{
    public string File => Path.Combine(CellFile.Name(Study), Invariant($"{CellFile.Name(Variant)}-{CellFile.Name(Noise)}-{Seed}"));

    public override string ToString() => Invariant($"{Study}: {Variant}, {Noise}, seed {Seed}");
}

/// <summary>What a training run gave.</summary>
/// <param name="Key">The run.</param>
/// <param name="Identity">What the figures depend on beside the key.</param>
/// <param name="Last">Share of the test rows right after the last epoch.</param>
/// <param name="Best">The largest such share after any epoch.</param>
/// <param name="CalibrationError">Expected calibration error of the last epoch's probabilities on the test rows, 15 bins of equal width.</param>
/// <param name="RelativeFlippingError">Share of the test rows wrong after the last epoch that were right after an earlier one (RFE).</param>
/// <param name="Seconds">Time in the epochs from the third on, validation aside.</param>
internal sealed record Cell(CellKey Key, string Identity, double Last, double Best, double CalibrationError, double RelativeFlippingError, double Seconds) : ICell<CellKey>;
