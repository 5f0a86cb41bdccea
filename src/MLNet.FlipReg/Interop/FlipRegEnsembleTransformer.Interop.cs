using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Ensembles;
using MLNet.FlipReg.Interop;
using static System.FormattableString;

[assembly: LoadableClass(typeof(FlipRegEnsembleTransformer), null, typeof(SignatureLoadModel), "FlipReg ensemble", FlipRegEnsembleTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(IDataTransform), typeof(FlipRegEnsembleTransformer), null, typeof(SignatureLoadDataTransform), "FlipReg ensemble", FlipRegEnsembleTransformer.LoaderSignature)]

namespace FlipReg;

/// <remarks>In ML.NET's zip: the number of models, and each in a folder of its own, as it is saved by itself.</remarks>
public sealed partial class FlipRegEnsembleTransformer
{
    internal const string LoaderSignature = "FlipRegEnsemble";

    private static readonly VersionInfo _version = ModelParts.Version("FLIPREGE", LoaderSignature);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(_version);
        ctx.Writer.Write(Models.Count);
        for (var i = 0; i < Models.Count; i++)
            ctx.SaveModel(Models[i], Part(i));
    }

    /// <summary>Called by ML.NET to load a saved model.</summary>
    internal static FlipRegEnsembleTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel(_version);
        var count = ctx.Reader.ReadInt32();
        if (count is < 1 or > MaximumModels)
            throw env.Process(new FormatException(Invariant($"A saved ensemble must have at least 1 and at most {MaximumModels} models. Got {count}. The file is altered: copy or download it again.")));
        var models = new List<FlipRegPredictionTransformer>(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                ctx.LoadModel<FlipRegPredictionTransformer, SignatureLoadModel>(env, out var model, Part(i));
                models.Add(model);
            }

            return new FlipRegEnsembleTransformer(models);
        }
        catch (Exception e)
        {
            models.ForEach(model => model.Dispose());
            if (e is ArgumentException)
                throw env.Process(new FormatException($"A saved ensemble must hold models of the same classes. {e.Message} The file is altered: copy or download it again.", e));
            throw;
        }
    }

    /// <summary>Called by ML.NET to load a saved view, where it puts one on other data.</summary>
    internal static IDataTransform Create(IHostEnvironment env, ModelLoadContext ctx, IDataView input) => new EnsembleView(Create(env, ctx), input);

    private static string Part(int index) => Invariant($"Model_{index:D3}");
}
