using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNet.FlipReg.Interop;

/// <summary>A data view of columns made one by one.</summary>
internal sealed class TableView(IHostEnvironment environment)
{
    private readonly ArrayDataViewBuilder _builder = new(environment);

    /// <summary>Adds a column of numbers.</summary>
    public void Add<T>(string name, PrimitiveDataViewType type, T[] values) => _builder.AddColumn(name, type, values);

    /// <summary>Adds a column of texts.</summary>
    public void Add(string name, string[] values) => _builder.AddColumn(name, TextDataViewType.Instance, [.. values.Select(value => value.AsMemory())]);

    /// <summary>The view.</summary>
    public IDataView Build(int rows) => _builder.GetDataView(rows);
}
