using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace FlipReg;

/// <summary>
/// Divides a model's scores by a temperature. Of a multiclass model it puts the new probabilities in Score's place; to a binary one it adds Probability, or puts the new one in
/// its place. It saves, loads and exports to ONNX with its chain.
/// </summary>
public sealed partial class TemperatureCalibratorTransformer : ITransformer
{
    private readonly IHostEnvironment _environment;
    private readonly TemperatureKind _kind;

    internal TemperatureCalibratorTransformer(IHostEnvironment environment, string score, double temperature, TemperatureKind kind) =>
        (_environment, ScoreColumnName, Temperature, _kind) = (environment, score, temperature, kind);

    /// <summary>T, from 0.05 to 20: above 1 where the model was too sure.</summary>
    public double Temperature { get; }

    /// <summary>Name of the score column.</summary>
    public string ScoreColumnName { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The schema of the data with calibrated scores.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The score column is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Mapper(inputSchema).OutputSchema;
    }

    /// <summary>The data with calibrated scores, which are computed when they are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The score column is missing or of another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return View(input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Mapper(inputSchema);
    }
}
