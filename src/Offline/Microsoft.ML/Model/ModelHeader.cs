namespace Microsoft.ML;

internal delegate void SignatureLoadModel(ModelLoadContext ctx);

internal readonly struct VersionInfo
{
    public readonly ulong ModelSignature;
    public readonly uint VerWrittenCur;
    public readonly uint VerReadableCur;
    public readonly uint VerWeCanReadBack;
    public readonly string LoaderAssemblyName;
    public readonly string LoaderSignature;
    public readonly string LoaderSignatureAlt;

    public VersionInfo(string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
        string loaderAssemblyName, string loaderSignature = null, string loaderSignatureAlt = null)
    {
        Contracts.CheckParam(modelSignature?.Length == 8 && modelSignature.All(c => c <= 0xFF), nameof(modelSignature));
        ModelSignature = BitConverter.ToUInt64(Encoding.Latin1.GetBytes(modelSignature));
        VerWrittenCur = verWrittenCur;
        VerReadableCur = verReadableCur;
        VerWeCanReadBack = verWeCanReadBack;
        LoaderAssemblyName = loaderAssemblyName;
        LoaderSignature = loaderSignature;
        LoaderSignatureAlt = loaderSignatureAlt;
    }
}

/// <summary>
/// What precedes a model's own bytes: format mark, versions, the loader's name and assembly, the string table.
/// The layout is this assembly's own; the checks and their texts are the real library's.
/// </summary>
internal sealed class ModelHeader
{
    private const ulong Mark = 0x31_4C_45_44_4F_4D_4C_4D; // "MLMODEL1"
    private const uint FormatVersion = 0x00010001;

    public ulong ModelSignature { get; set; }
    public uint ModelVerWritten { get; set; }
    public uint ModelVerReadable { get; set; }
    public string LoaderSignature { get; set; } = "";
    public string LoaderSignatureAlt { get; set; } = "";
    public string LoaderAssemblyName { get; set; } = "";
    public string[] Strings { get; set; } = [];

    public void Write(BinaryWriter writer, ReadOnlySpan<byte> body)
    {
        writer.Write(Mark);
        writer.Write(FormatVersion);
        writer.Write(ModelSignature);
        writer.Write(ModelVerWritten);
        writer.Write(ModelVerReadable);
        writer.Write(LoaderSignature);
        writer.Write(LoaderSignatureAlt);
        writer.Write(LoaderAssemblyName);
        writer.Write(Strings.Length);
        foreach (var s in Strings)
            writer.Write(s);
        writer.Write((long)body.Length);
        writer.Write(body);
        writer.Write(~Mark);
    }

    /// <summary>Reads and checks the header; leaves the stream at the body and gives the body's end.</summary>
    public static ModelHeader Read(BinaryReader reader, out long bodyEnd)
    {
        try
        {
            Contracts.CheckDecode(reader.ReadUInt64() == Mark, "Wrong file type");
            Contracts.CheckDecode(reader.ReadUInt32() <= FormatVersion, "File is too new");
            var header = new ModelHeader
            {
                ModelSignature = reader.ReadUInt64(),
                ModelVerWritten = reader.ReadUInt32(),
                ModelVerReadable = reader.ReadUInt32(),
                LoaderSignature = reader.ReadString(),
                LoaderSignatureAlt = reader.ReadString(),
                LoaderAssemblyName = reader.ReadString(),
            };
            var stream = reader.BaseStream;
            var count = reader.ReadInt32();
            // Each string takes a byte at least: a larger count cannot be true.
            Contracts.CheckDecode(count >= 0 && count <= stream.Length - stream.Position);
            header.Strings = new string[count];
            for (var i = 0; i < count; i++)
                header.Strings[i] = reader.ReadString();
            var length = reader.ReadInt64();
            Contracts.CheckDecode(length >= 0 && length <= stream.Length - stream.Position - sizeof(ulong));
            var body = stream.Position;
            bodyEnd = body + length;
            stream.Position = bodyEnd;
            Contracts.CheckDecode(reader.ReadUInt64() == ~Mark, "Corrupt model file tail");
            stream.Position = body;
            return header;
        }
        catch (EndOfStreamException)
        {
            throw Contracts.ExceptDecode();
        }
    }

    public void Check(VersionInfo version)
    {
        Contracts.CheckDecode(ModelSignature == version.ModelSignature, "Unknown file type");
        Contracts.CheckDecode(ModelVerReadable <= ModelVerWritten, "Corrupt file header");
        if (ModelVerReadable > version.VerWrittenCur)
            throw Mismatch("cannont read", "new", $"Maximum expected version {version.VerWrittenCur}, got {ModelVerReadable}", version);
        if (ModelVerWritten < version.VerWeCanReadBack)
            throw Mismatch("cannot read", "old", $"Minimum expected version {ModelVerReadable}, got {version.VerWrittenCur}", version);
    }

    private static FormatException Mismatch(string verb, string age, string details, VersionInfo version)
    {
        var library = typeof(VersionInfo).Assembly.GetName().Version;
        return Contracts.ExceptDecode($"Cause: ML.NET {library} {verb} component '{version.LoaderSignature}' of the model, because the model is too {age}.\n"
            + $"Suggestion: Make sure the model is trained with ML.NET {library}.\nDebug details: {details}.");
    }
}
