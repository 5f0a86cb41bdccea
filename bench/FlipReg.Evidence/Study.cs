namespace FlipReg.Evidence;

/// <summary>What is trained in a row of a study.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Create">Makes the options; gets the noise, for methods that are told its rate.</param>
internal sealed record Variant(string Name, Func<Noise, TrainingOptions> Create);

/// <summary>A table of the report: variants by noise.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Title">Its heading.</param>
/// <param name="About">What it shows, and after which table or figure of a paper.</param>
/// <param name="Noise">Columns.</param>
/// <param name="Variants">Rows.</param>
internal sealed record Study(string Name, string Title, string About, IReadOnlyList<Noise> Noise, IReadOnlyList<Variant> Variants)
{
    private static readonly Noise _clean = new(0);
    private static readonly Noise _half = new(0.4);

    /// <summary>All studies.</summary>
    public static IReadOnlyList<Study> All { get; } =
    [
        new("noise", "Noisy labels", "Every method with its defaults; P-DIFF (rate) is told the share of wrong labels. EMA: `WeightAverage` of half an epoch on cross-entropy.",
            [_clean, new(0.2), _half, new(0.6), new(0.4, ToNext: true)], [.. Methods(), .. Averaged()]),
        new("fer", "FER's parts", "Ablations as in Table 1 of Deng et al.: every row instead of those once right (noisy form), the last right behaviour instead of the average, both (LWR).",
            [_clean, _half],
            [
                Of("cross-entropy", () => new CrossEntropyOptions()), Of("FER", () => new FerOptions()), Of("FER, every row", () => new FerOptions { NoisyLabels = true }),
                Of("FER, last behaviour", () => new FerOptions { AverageBehavior = false }), Of("LWR: both", () => new LwrOptions()),
            ]),
        new("fer-temperature", "FER's T and μ", "As in Table 2 of Deng et al.; the noisy form.", [_half],
            [.. from t in new double[] { 1, 2, 5, 10 } from m in new[] { 0.1, 0.3, 1 } select Of(FormattableString.Invariant($"T {t}, μ {m}"), () => new FerOptions { NoisyLabels = true, Temperature = t, Mu = m })]),
        new("ols", "OLS's weight and period", "As in Fig. 7 of Zhang et al.: α of the hard label, and epochs of a table.", [_clean, _half],
            [
                .. from a in new[] { 0.1, 0.3, 0.5, 0.7, 0.9 } select Of(FormattableString.Invariant($"α {a}"), () => new OlsOptions { HardWeight = a, SoftWeight = 1 - a }),
                .. from p in new[] { 2, 5 } select Of(FormattableString.Invariant($"α 0.5, every {p} epochs"), () => new OlsOptions { UpdatePeriod = p }),
            ]),
        new("pdiff", "P-DIFF's rate and window", "Known against unknown rate, and batches of the window, as in the ablations of Hu et al.", [_half, new(0.4, ToNext: true)],
            [
                .. from w in new[] { 20, 79, 158, 316 } select new Variant(FormattableString.Invariant($"known rate, window {w}"), noise => new PDiffOptions { NoiseRate = noise.Rate, RampEpochs = 5, Window = w }),
                .. from w in new[] { 20, 79, 158, 316 } select Of(FormattableString.Invariant($"unknown rate, window {w}"), () => new PDiffOptions { RampEpochs = 5, Window = w }),
            ]),
    ];

    private static IEnumerable<Variant> Methods() =>
    [
        Of("cross-entropy", () => new CrossEntropyOptions()),
        Of("label smoothing", () => new LabelSmoothingOptions()),
        Of("max-entropy", () => new MaxEntropyOptions()),
        Of("TF-Reg", () => new TfRegOptions()),
        Of("bootstrap soft", () => new BootstrapOptions()),
        Of("bootstrap hard", () => new BootstrapOptions { Hard = true }),
        Of("DisturbLabel", () => new DisturbLabelOptions()),
        Of("SCE", () => new SymmetricCrossEntropyOptions()),
        Of("GCE", () => new GeneralizedCrossEntropyOptions()),
        Of("pairwise confusion", () => new PairwiseConfusionOptions()),
        Of("CS-KD", () => new CsKdOptions()),
        Of("SD", () => new SnapshotDistillationOptions()),
        Of("LWR", () => new LwrOptions()),
        Of("FER", () => new FerOptions()),
        Of("FER noisy", () => new FerOptions { NoisyLabels = true }),
        Of("OLS", () => new OlsOptions()),
        new("P-DIFF (rate)", noise => new PDiffOptions { NoiseRate = noise.Rate, RampEpochs = 5 }),
        Of("P-DIFF", () => new PDiffOptions { RampEpochs = 5 }),
        Of("ELR", () => new ElrOptions()),
        Of("FER-ELR", () => new FerElrOptions()),
    ];

    private static IEnumerable<Variant> Averaged() =>
    [
        Of("cross-entropy, EMA", () => new CrossEntropyOptions { WeightAverage = 0.5 }),
        Of("OLS, EMA", () => new OlsOptions { WeightAverage = 0.5 }),
        Of("FER noisy, EMA", () => new FerOptions { NoisyLabels = true, WeightAverage = 0.5 }),
        Of("FER-ELR, EMA", () => new FerElrOptions { WeightAverage = 0.5 }),
    ];

    private static Variant Of(string name, Func<TrainingOptions> create) => new(name, _ => create());
}
