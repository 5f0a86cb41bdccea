#nullable enable
namespace TorchSharp;

public sealed class DisposeScope : IDisposable
{
    private readonly DisposeScopeManager _manager;

    // Tensors know their place in the array, so that adding and removing one is a matter of two stores.
    private torch.Tensor[]? _tensors;
    private int _count;

    internal DisposeScope(DisposeScopeManager manager)
    {
        (_manager, _tensors) = (manager, manager.RentArray());
        OuterScope = manager.CurrentDisposeScope;
    }

    internal DisposeScope? OuterScope { get; set; }

    public int DisposablesCount
    {
        get
        {
            ObjectDisposedException.ThrowIf(_tensors is null, this);
            return _count;
        }
    }

    private torch.Tensor[] Tensors => _tensors ?? throw new ObjectDisposedException(GetType().FullName);

    public bool Contains(IDisposable disposable) => disposable is torch.Tensor tensor && tensor.OwningDisposeScope == this;

    public T MoveToOuter<T>(T disposable) where T : IDisposable => Move(OuterScope, disposable);

    public T Detach<T>(T disposable) where T : IDisposable => Move(null, disposable);

    public void DisposeEverything() => DisposeEverythingBut();

    public void DisposeEverythingBut(params IDisposable[] keep)
    {
        var (tensors, kept) = (Tensors, 0);
        for (var k = 0; k < _count; k++)
        {
            var tensor = tensors[k];
            if (Holds(keep, tensor))
            {
                tensor.ScopeIndex = kept;
                tensors[kept++] = tensor;
            }
            else
            {
                tensor.DisposeByScope();
            }
        }
        Array.Clear(tensors, kept, _count - kept);
        _count = kept;
    }

    // Array.Contains would compare the tensors' values.
    private static bool Holds(IDisposable[] keep, torch.Tensor tensor)
    {
        foreach (var kept in keep)
            if (ReferenceEquals(kept, tensor))
                return true;
        return false;
    }

    public void Dispose()
    {
        if (_tensors is null)
            return;
        DisposeEverything();
        _manager.Remove(this, _tensors);
        _tensors = null;
    }

    internal void Add(torch.Tensor tensor)
    {
        if (_count == Tensors.Length)
            Array.Resize(ref _tensors, _count * 2);
        tensor.ScopeIndex = _count;
        _tensors![_count++] = tensor;
    }

    internal void Remove(torch.Tensor tensor)
    {
        var last = Tensors[--_count];
        Tensors[tensor.ScopeIndex] = last;
        last.ScopeIndex = tensor.ScopeIndex;
        Tensors[_count] = null!;
    }

    private T Move<T>(DisposeScope? scope, T disposable)
    {
        if (disposable is torch.Tensor tensor && tensor.OwningDisposeScope == this)
        {
            Remove(tensor);
            scope?.Add(tensor);
            tensor.OwningDisposeScope = scope;
        }
        return disposable;
    }
}

/// <summary>The scopes of one thread.</summary>
internal sealed class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? t_singleton;

    private readonly Stack<torch.Tensor[]> _arrays = new();

    internal static DisposeScopeManager ThreadSingleton => t_singleton ??= new DisposeScopeManager();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    /// <summary>Tensors in scopes have no finalizers: those in scopes that a thread left open when it ended are freed here.</summary>
    ~DisposeScopeManager()
    {
        for (var scope = CurrentDisposeScope; scope is not null; scope = scope.OuterScope)
            scope.DisposeEverything();
    }

    internal DisposeScope NewDisposeScope() => CurrentDisposeScope = new DisposeScope(this);

    internal void Remove(DisposeScope scope, torch.Tensor[] array)
    {
        if (array.Length <= 4096 && _arrays.Count < 8)
            _arrays.Push(array);
        if (CurrentDisposeScope == scope)
            CurrentDisposeScope = scope.OuterScope;
        for (var inner = CurrentDisposeScope; inner is not null; inner = inner.OuterScope)
            if (inner.OuterScope == scope)
                inner.OuterScope = scope.OuterScope;
    }

    // Scopes come one a training step: their arrays are used again.
    internal torch.Tensor[] RentArray() => _arrays.Count > 0 ? _arrays.Pop() : new torch.Tensor[32];
}
