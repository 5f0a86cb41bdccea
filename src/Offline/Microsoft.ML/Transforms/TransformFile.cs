[assembly: LoadableClass(typeof(ColumnConcatenatingTransformer), null, typeof(SignatureLoadModel), "", "ConcatTransform")]
[assembly: LoadableClass(typeof(ColumnCopyingTransformer), null, typeof(SignatureLoadModel), "", "CopyTransform")]
[assembly: LoadableClass(typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel), "", "SelectColumnsTransform")]
[assembly: LoadableClass(typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel), "", "KeyToValueTransform")]
[assembly: LoadableClass(typeof(KeyToVectorMappingTransformer), null, typeof(SignatureLoadModel), "", "KeyToVectorTransform")]
[assembly: LoadableClass(typeof(MissingValueReplacingTransformer), null, typeof(SignatureLoadModel), "", "NAReplaceTransform")]
[assembly: LoadableClass(typeof(NormalizingTransformer), null, typeof(SignatureLoadModel), "", "Normalizer")]
[assembly: LoadableClass(typeof(TypeConvertingTransformer), null, typeof(SignatureLoadModel), "", "ConvertTransform")]
[assembly: LoadableClass(typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel), "", "TermTransform")]

namespace Microsoft.ML.Transforms;

/// <summary>What the transforms' models have in common.</summary>
internal static class TransformFile
{
    private static readonly Dictionary<Type, string> s_loadNames = typeof(TransformFile).Assembly
        .GetCustomAttributes<LoadableClassAttribute>()
        .Where(a => a.SigTypes[0] == typeof(SignatureLoadModel))
        .ToDictionary(a => a.LoaderType, a => a.LoadNames[0]);

    public static VersionInfo VersionOf(Type loadable) => new(
        modelSignature: "TRANSFRM",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: s_loadNames[loadable],
        loaderAssemblyName: typeof(TransformFile).Assembly.FullName);

    public static void SaveNames(this ModelSaveContext ctx, string[] names)
    {
        ctx.Writer.Write(names.Length);
        foreach (var name in names)
            ctx.SaveNonEmptyString(name);
    }

    public static string[] LoadNames(this ModelLoadContext ctx)
    {
        var names = new List<string>();
        for (var left = ctx.Reader.ReadInt32(); left > 0; left--)
            names.Add(ctx.LoadNonEmptyString());
        Contracts.CheckDecode(names.Count > 0);
        return [.. names];
    }
}
