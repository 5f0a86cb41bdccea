namespace Microsoft.ML;

/// <summary>What a model is loaded from; the counterpart of <see cref="ModelSaveContext"/>.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    public const string ModelStreamName = "Model.key";
    public readonly RepositoryReader Repository;
    public readonly string Directory;
    public readonly BinaryReader Reader;
    public readonly string[] Strings;
    public readonly string LoaderAssemblyName;
    internal ModelHeader Header;
    private readonly long _bodyStart;
    private readonly long _bodyEnd;

    internal ModelLoadContext(RepositoryReader rep, Repository.Entry ent, string dir)
    {
        Contracts.CheckValue(rep, nameof(rep));
        Contracts.CheckValue(ent, nameof(ent));
        Repository = rep;
        Directory = dir;
        Reader = new BinaryReader(ent.Stream, Encoding.UTF8);
        Header = ModelHeader.Read(Reader, out _bodyEnd);
        _bodyStart = ent.Stream.Position;
        Strings = Header.Strings;
        LoaderAssemblyName = Header.LoaderAssemblyName;
    }

    public static bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, string dir, params object[] extra)
        where TRes : class
    {
        Contracts.CheckValue(env, nameof(env));
        Contracts.CheckValue(rep, nameof(rep));
        result = null;
        var entry = rep.OpenEntryOrNull(dir, ModelStreamName);
        if (entry is null)
            return false;
        using var ctx = new ModelLoadContext(rep, entry, dir);
        result = ctx.Create<TRes>(env, typeof(TSig), extra) ?? throw Contracts.ExceptDecode($"Couldn't load model: '{dir}'");
        return true;
    }

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, string dir, params object[] extra)
        where TRes : class
    {
        if (!LoadModelOrNull<TRes, TSig>(env, out result, rep, dir, extra))
            throw Contracts.ExceptDecode("Corrupt model file");
    }

    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra)
        where TRes : class
        => LoadModel<TRes, TSig>(env, out result, Repository, ML.Repository.Combine(Directory, name), extra);

    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        Contracts.CheckValue(action, nameof(action));
        var entry = Repository.OpenEntryOrNull(Directory, name);
        if (entry is null)
            return false;
        using var reader = new BinaryReader(entry.Stream, Encoding.UTF8);
        action(reader);
        return true;
    }

    public string LoadString()
    {
        var id = Reader.ReadInt32();
        Contracts.CheckDecode(id >= 0 && id < Strings.Length);
        return Strings[id];
    }

    public string LoadNonEmptyString()
    {
        var result = LoadString();
        Contracts.CheckDecode(result.Length > 0);
        return result;
    }

    public void CheckAtModel(VersionInfo ver)
    {
        Contracts.Check(Reader.BaseStream.Position == _bodyStart);
        Header.Check(ver);
    }

    public void Done() => Contracts.CheckDecode(Reader.BaseStream.Position == _bodyEnd);
    public void Dispose() => Reader.Dispose();

    private TRes Create<TRes>(IHostEnvironment env, Type signature, object[] extra)
        where TRes : class
    {
        if (!string.IsNullOrEmpty(LoaderAssemblyName))
            env.ComponentCatalog.RegisterAssembly(Assembly.Load(LoaderAssemblyName));
        foreach (var loadName in new[] { Header.LoaderSignature, Header.LoaderSignatureAlt })
        {
            if (!string.IsNullOrWhiteSpace(loadName)
                && env.ComponentCatalog.TryCreateInstance(env, signature, loadName, [this, .. extra], out var created)
                && created is TRes result)
            {
                Done();
                return result;
            }
        }
        return null;
    }
}
