namespace Microsoft.ML;

/// <summary>What a model is saved to: its own bytes (Writer), named streams and sub-models in a directory of the zip.</summary>
public sealed class ModelSaveContext : IDisposable
{
    internal readonly RepositoryWriter Repository;
    internal readonly string Directory;
    internal readonly BinaryWriter Writer;
    internal ModelHeader Header = new();
    private readonly MemoryStream _body = new();
    private readonly Dictionary<string, int> _strings = [];
    private readonly string _name;
    private bool _versioned;

    internal ModelSaveContext(RepositoryWriter rep, string dir, string name)
    {
        Contracts.CheckValue(rep, nameof(rep));
        Repository = rep;
        Directory = dir;
        _name = name;
        Writer = new BinaryWriter(_body, Encoding.UTF8, leaveOpen: true);
    }

    internal static void SaveModel<T>(RepositoryWriter rep, T value, string path)
        where T : class
    {
        if (value is null)
            return;
        var model = value as ICanSaveModel
            ?? throw Contracts.Except($"Type '{value.GetType().Name}' does not implement ICanSaveModel");
        using var ctx = new ModelSaveContext(rep, path, ModelLoadContext.ModelStreamName);
        model.Save(ctx);
        ctx.Done();
    }

    internal void SaveModel<T>(T value, string name)
        where T : class
    {
        Contracts.CheckValue(value, nameof(value));
        SaveModel(Repository, value, ML.Repository.Combine(Directory, name));
    }

    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
        => Repository.Write(Directory, name, stream =>
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            action(writer);
        });

    internal void SetVersionInfo(VersionInfo ver)
    {
        Header.ModelSignature = ver.ModelSignature;
        Header.ModelVerWritten = ver.VerWrittenCur;
        Header.ModelVerReadable = ver.VerReadableCur;
        Header.LoaderSignature = ver.LoaderSignature ?? "";
        Header.LoaderSignatureAlt = ver.LoaderSignatureAlt ?? "";
        Header.LoaderAssemblyName = ver.LoaderAssemblyName ?? "";
        _versioned = true;
    }

    internal void CheckAtModel() => Contracts.Check(_body.Position == 0 && !_versioned);

    internal void SaveString(string str)
    {
        Contracts.CheckValue(str, nameof(str));
        Writer.Write(IdOf(str));
    }

    internal void SaveNonEmptyString(string str)
    {
        Contracts.CheckParam(!string.IsNullOrEmpty(str), nameof(str));
        Writer.Write(IdOf(str));
    }

    internal void Done()
    {
        Header.Strings = _strings.OrderBy(s => s.Value).Select(s => s.Key).ToArray();
        Writer.Flush();
        Repository.Write(Directory, _name, stream =>
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            Header.Write(writer, _body.GetBuffer().AsSpan(0, (int)_body.Length));
        });
    }

    public void Dispose()
    {
        Writer.Dispose();
        _body.Dispose();
    }

    private int IdOf(string str)
    {
        if (!_strings.TryGetValue(str, out var id))
            _strings.Add(str, id = _strings.Count);
        return id;
    }
}
