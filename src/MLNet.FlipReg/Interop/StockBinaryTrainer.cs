using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace MLNet.FlipReg.Interop;

/// <summary>A binary trainer whose models stand in ML.NET's own transformer, which is sealed and the only one that its OneVersusAll takes.</summary>
internal sealed class StockBinaryTrainer(IHostEnvironment environment, ITrainerEstimator<FlipRegBinaryPredictionTransformer, FlipRegBinaryModelParameters> trainer)
    : ITrainerEstimator<BinaryPredictionTransformer<FlipRegBinaryModelParameters>, FlipRegBinaryModelParameters>
{
    public TrainerInfo Info => trainer.Info;

    public BinaryPredictionTransformer<FlipRegBinaryModelParameters> Fit(IDataView input)
    {
        // Not disposed: the model lives on in the other transformer.
        var transformer = trainer.Fit(input);
        return new BinaryPredictionTransformer<FlipRegBinaryModelParameters>(environment, transformer.Model, input.Schema, transformer.FeatureColumnName);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => trainer.GetOutputSchema(inputSchema);
}
