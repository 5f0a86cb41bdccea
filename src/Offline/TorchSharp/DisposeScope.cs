#nullable enable
namespace TorchSharp;

public sealed class DisposeScope : IDisposable
{
    // Tensors know their place in the array, so that adding and removing one is a matter of two stores.
    private torch.Tensor[] _tensors = [];
    private int _count;
    private HashSet<IDisposable>? _others;
    private DisposeScopeManager? _manager;

    internal DisposeScope(DisposeScopeManager manager)
    {
        _manager = manager;
        OuterScope = manager.CurrentDisposeScope;
    }

    internal DisposeScope? OuterScope { get; set; }

    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            _ = Manager;
            return [.. _tensors.AsSpan(0, _count), .. _others ?? []];
        }
    }

    public int DisposablesCount
    {
        get
        {
            _ = Manager;
            return _count + (_others?.Count ?? 0);
        }
    }

    private DisposeScopeManager Manager => _manager ?? throw new ObjectDisposedException(GetType().FullName);

    public bool Contains(IDisposable disposable) =>
        disposable is torch.Tensor tensor ? tensor.OwningDisposeScope == this : _others?.Contains(disposable) ?? false;

    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        MoveOne(OuterScope, disposable);
        return disposable;
    }

    public (T1, T2) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        MoveToOther(OuterScope, first, second);

    public (T1, T2, T3) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        MoveToOther(OuterScope, first, second, third);

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        MoveOne(scope, disposable);
        return disposable;
    }

    public (T1, T2) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        MoveToOther(scope, [first, second]);
        return (first, second);
    }

    public (T1, T2, T3) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        MoveToOther(scope, [first, second, third]);
        return (first, second, third);
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            MoveOne(scope, disposable);
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        MoveOne(null, disposable);
        return disposable;
    }

    public (T1, T2) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => MoveToOther(null, first, second);

    public (T1, T2, T3) Detach<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        MoveToOther(null, first, second, third);

    public void Detach(params IDisposable[] disposables) => MoveToOther(null, disposables);

    public void Detach(IEnumerable<IDisposable> disposables) => MoveToOther(null, disposables);

    public void Attach(IDisposable disposable) => Attach([disposable]);

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var attached = disposables.ToList();
        foreach (var disposable in attached)
        {
            if (disposable is torch.Tensor { OwningDisposeScope: null, IsInvalid: false })
                Manager.StatisticsInstance.DetachedFromScopeCount--;
            if (disposable is torch.Tensor { OwningDisposeScope: { } owner } tensor)
                owner.Remove(tensor);
            Put(this, disposable);
        }
        return attached;
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var manager = Manager;
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        var kept = 0;
        for (var k = 0; k < _count; k++)
        {
            var tensor = _tensors[k];
            if (keep.Count > 0 && keep.Contains(tensor))
            {
                tensor.ScopeIndex = kept;
                _tensors[kept++] = tensor;
                continue;
            }
            manager.StatisticsInstance.DisposedInScopeCount += tensor.IsInvalid ? 0 : 1;
            tensor.DisposeByScope();
        }
        Array.Clear(_tensors, kept, _count - kept);
        _count = kept;
        foreach (var other in _others?.ToArray() ?? [])
        {
            if (keep.Contains(other))
                continue;
            manager.StatisticsInstance.DisposedInScopeCount++;
            _others!.Remove(other);
            other.Dispose();
        }
        foreach (var stranger in keep)
            if (stranger is not torch.Tensor { OwningDisposeScope: not null } && !Contains(stranger))
                Put(this, stranger);
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public (T1, T2) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut([first, second]);
        return (first, second);
    }

    public (T1, T2, T3) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut([first, second, third]);
        return (first, second, third);
    }

    public void Dispose()
    {
        if (_manager is null)
            return;
        DisposeEverything();
        _manager.ReturnArray(_tensors);
        _manager.RemoveDisposeScope(this);
        _manager = null;
    }

    public void MarkAsDisposed(IDisposable disposable)
    {
        Manager.StatisticsInstance.DisposedInScopeCount++;
        Remove(disposable);
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = null;
    }

    internal void Add(torch.Tensor tensor)
    {
        if (_count == _tensors.Length)
            Grow();
        tensor.ScopeIndex = _count;
        _tensors[_count++] = tensor;
    }

    private void Grow()
    {
        if (_tensors.Length == 0)
            _tensors = Manager.RentArray();
        else
            Array.Resize(ref _tensors, _tensors.Length * 2);
    }

    internal void FreeTensors()
    {
        for (var k = 0; k < _count; k++)
            _tensors[k].DisposeByScope();
        _count = 0;
    }

    private void MoveOne(DisposeScope? scope, IDisposable disposable)
    {
        _ = Manager;
        if (Remove(disposable))
            Put(scope, disposable);
    }

    private bool Remove(IDisposable disposable)
    {
        if (disposable is not torch.Tensor tensor)
            return _others?.Remove(disposable) ?? false;
        var place = tensor.ScopeIndex;
        if (tensor.OwningDisposeScope != this || place >= _count || !ReferenceEquals(_tensors[place], tensor))
            return false;
        var last = _tensors[--_count];
        _tensors[place] = last;
        last.ScopeIndex = place;
        _tensors[_count] = null!;
        return true;
    }

    private void Put(DisposeScope? scope, IDisposable disposable)
    {
        if (scope is null)
            Manager.StatisticsInstance.DetachedFromScopeCount++;
        if (disposable is torch.Tensor tensor)
        {
            scope?.Add(tensor);
            tensor.OwningDisposeScope = scope;
        }
        else if (scope is not null)
        {
            (scope._others ??= new HashSet<IDisposable>(ReferenceEqualityComparer.Instance)).Add(disposable);
        }
    }
}

public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? t_singleton;

    private readonly Stack<torch.Tensor[]> _arrays = new();
    private readonly EndOfThread _endOfThread;

    public DisposeScopeManager() => _endOfThread = new EndOfThread(this);

    internal static DisposeScopeManager ThreadSingleton => t_singleton ??= new DisposeScopeManager();

    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.StatisticsInstance;

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    internal DisposeScope NewDisposeScope() => CurrentDisposeScope = new DisposeScope(this);

    internal DisposeScope? RegisterOnCurrentDisposeScope(torch.Tensor tensor)
    {
        if (CurrentDisposeScope is null)
        {
            StatisticsInstance.CreatedOutsideScopeCount++;
            return null;
        }
        StatisticsInstance.CreatedInScopeCount++;
        CurrentDisposeScope.Add(tensor);
        return CurrentDisposeScope;
    }

    internal void RemoveDisposeScope(DisposeScope scope)
    {
        if (CurrentDisposeScope == scope)
        {
            CurrentDisposeScope = scope.OuterScope;
            return;
        }
        for (var inner = CurrentDisposeScope; inner is not null; inner = inner.OuterScope)
        {
            if (inner.OuterScope != scope)
                continue;
            inner.OuterScope = scope.OuterScope;
            return;
        }
    }

    // Scopes come one a training step: their arrays are used again.
    internal torch.Tensor[] RentArray() => _arrays.Count > 0 ? _arrays.Pop() : new torch.Tensor[32];

    internal void ReturnArray(torch.Tensor[] array)
    {
        if (array.Length is > 0 and <= 4096 && _arrays.Count < 8)
            _arrays.Push(array);
    }

    /// <summary>Tensors in scopes have no finalizers: those in scopes that a thread left open when it ended are freed here.</summary>
    private sealed class EndOfThread(DisposeScopeManager manager)
    {
        ~EndOfThread()
        {
            for (var scope = manager.CurrentDisposeScope; scope is not null; scope = scope.OuterScope)
                scope.FreeTensors();
        }
    }
}

public class ThreadDisposeScopeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }

    public long CreatedInScopeCount { get; internal set; }

    public long DisposedInScopeCount { get; internal set; }

    public long DetachedFromScopeCount { get; internal set; }

    public long ThreadTotalLiveCount => CreatedInScopeCount - DisposedInScopeCount - DetachedFromScopeCount;

    public void Reset() => (CreatedOutsideScopeCount, CreatedInScopeCount, DisposedInScopeCount, DetachedFromScopeCount) = (0, 0, 0, 0);
}
