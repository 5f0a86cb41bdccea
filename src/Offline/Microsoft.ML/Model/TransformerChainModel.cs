[assembly: LoadableClass(typeof(TransformerChain<ITransformer>), typeof(TransformerChainModel), null, typeof(SignatureLoadModel),
    "Transformer chain", TransformerChainModel.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>How a chain is saved: the number of transformers, and each in a directory of its own.</summary>
internal static class TransformerChainModel
{
    public const string LoaderSignature = "TransformerChain";

    private static readonly VersionInfo s_version = new("XF CHAIN", 0x00010001, 0x00010001, 0x00010001,
        typeof(TransformerChainModel).Assembly.GetName().Name, LoaderSignature);

    public static void Save(ModelSaveContext ctx, ITransformer[] transformers)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(s_version);
        ctx.Writer.Write(transformers.Length);
        for (var i = 0; i < transformers.Length; i++)
            ctx.SaveModel(transformers[i], NameOf(i));
    }

    public static TransformerChain<ITransformer> Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(s_version);
        var count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count >= 0);
        var transformers = new List<ITransformer>();
        for (var i = 0; i < count; i++)
        {
            ctx.LoadModel<ITransformer, SignatureLoadModel>(env, out var transformer, NameOf(i));
            transformers.Add(transformer);
        }
        return new TransformerChain<ITransformer>([.. transformers]);
    }

    private static string NameOf(int i) => $"Transform_{i:000}";
}
