using System.Security.Cryptography;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;

namespace MLNet.FlipReg.Interop;

/// <summary>
/// A model in ML.NET's zip: <c>Model.key</c> (ML.NET's header, then length and SHA-256 of the two other parts), <c>Model.json</c> (everything but
/// the weights) and <c>Weights.safetensors</c>.
/// </summary>
internal static class ModelParts
{
    private const string DocumentName = "Model.json";

    private const string WeightsName = "Weights.safetensors";

    /// <summary>What ML.NET's header says: of which kind the model is, and what loads it.</summary>
    public static VersionInfo Version(string modelSignature, string loaderSignature) => new(
        modelSignature,
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(ModelParts).Assembly.GetName().Name!,
        loaderSignature: loaderSignature);

    public static void Save(ModelSaveContext ctx, VersionInfo version, FlipRegModelParameters model)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(version);
        SavePart(ctx, DocumentName, stream => stream.Write(ModelDocument.Write(model)));
        SavePart(ctx, WeightsName, model.WriteWeights);
    }

    public static ModelContent Load(IHostEnvironment env, ModelLoadContext ctx, VersionInfo version, ScoreKind kind)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel(version);
        try
        {
            var document = LoadPart(ctx, DocumentName, ModelDocument.MaximumBytes, ModelDocument.Read);
            document.CheckKind(kind);
            return LoadPart(ctx, WeightsName, document.MaximumWeightBytes(), document.ReadWeights);
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
