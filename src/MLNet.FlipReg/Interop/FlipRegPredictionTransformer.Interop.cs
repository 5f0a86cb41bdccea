using System.Security.Cryptography;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;

[assembly: LoadableClass(typeof(FlipRegPredictionTransformer), null, typeof(SignatureLoadModel), "FlipReg classifier", FlipRegPredictionTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(IDataTransform), typeof(FlipRegPredictionTransformer), null, typeof(SignatureLoadDataTransform), "FlipReg classifier", FlipRegPredictionTransformer.LoaderSignature)]

namespace FlipReg;

/// <remarks>
/// In the zip: <c>Model.key</c> (ML.NET's header, then length and SHA-256 of the two other parts), <c>Model.json</c> (everything but the
/// weights) and <c>Weights.safetensors</c>.
/// </remarks>
public sealed partial class FlipRegPredictionTransformer : ISingleFeaturePredictionTransformer
{
    internal const string LoaderSignature = "FlipRegClassifier";

    private const string DocumentName = "Model.json";

    private const string WeightsName = "Weights.safetensors";

    private static VersionInfo Version { get; } = new(
        modelSignature: "FLIPREG ",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(FlipRegPredictionTransformer).Assembly.GetName().Name!,
        loaderSignature: LoaderSignature);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SavePart(ctx, DocumentName, stream => stream.Write(ModelDocument.Write(Model)));
        SavePart(ctx, WeightsName, Model.WriteWeights);
    }

    /// <summary>Called by ML.NET to load a saved model.</summary>
    internal static FlipRegPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel(Version);
        try
        {
            var document = LoadPart(ctx, DocumentName, ModelDocument.MaximumBytes, ModelDocument.Read);
            return new FlipRegPredictionTransformer(LoadPart(ctx, WeightsName, document.MaximumWeightBytes(), document.ReadWeights), new ScoringDevice(env));
        }
        // Marked as the environment's own: ML.NET then wraps it in an exception with a readable message.
        catch (DllNotFoundException e)
        {
            throw env.Process(e);
        }
        catch (Exception e) when (e is FormatException or IOException)
        {
            throw env.Process(e as FormatException ?? new FormatException($"The model file cannot be read. {e.Message} Copy or download it again.", e));
        }
    }

    /// <summary>Called by ML.NET to load a saved view, where it puts one on other data.</summary>
    internal static IDataTransform Create(IHostEnvironment env, ModelLoadContext ctx, IDataView input) => (IDataTransform)Create(env, ctx).Transform(input);

    private static void SavePart(ModelSaveContext ctx, string name, Action<Stream> write)
    {
        long length = 0;
        byte[] hash = [];
        ctx.SaveBinaryStream(name, writer =>
        {
            using var sha = SHA256.Create();
            using (var hashed = new CryptoStream(writer.BaseStream, sha, CryptoStreamMode.Write, leaveOpen: true))
                write(hashed);
            (length, hash) = (writer.BaseStream.Length, sha.Hash!);
        });
        ctx.Writer.Write(length);
        ctx.Writer.Write(hash);
    }

    /// <summary>Reads a part whose length and hash are as recorded; <paramref name="read"/> sees nothing else.</summary>
    private static T LoadPart<T>(ModelLoadContext ctx, string name, long maximumBytes, Func<Stream, T> read)
    {
        var length = ctx.Reader.ReadInt64();
        var hash = ctx.Reader.ReadBytes(SHA256.HashSizeInBytes);
        var entry = ZipEntries.Find(ctx, name) ?? throw new FormatException($"The model file must hold a part {name}. Got none. The file is altered, or not a model of this library.");
        // By what the zip declares, before ML.NET expands it: it expands no more than that.
        CheckLength(entry.Length);
        EntryBounds.Check(entry);
        var result = default(T);
        ctx.TryLoadBinaryStream(name, reader =>
        {
            var stream = reader.BaseStream;
            CheckLength(stream.Length);
            if (!SHA256.HashData(stream).AsSpan().SequenceEqual(hash))
                throw new FormatException($"{name} must have the SHA-256 recorded when the model was saved. Got another. The file is altered: copy or download it again.");
            stream.Position = 0;
            result = read(stream);
        });
        return result!;

        void CheckLength(long actual)
        {
            if (actual != length || length > maximumBytes)
                throw new FormatException(Invariant($"{name} must be {length} bytes long and at most {maximumBytes}. Got {actual}. The file is cut off or altered: copy or download it again."));
        }
    }
}
