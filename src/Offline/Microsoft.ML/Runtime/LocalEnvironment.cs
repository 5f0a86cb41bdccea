using System.Diagnostics;

namespace Microsoft.ML.Runtime;

/// <summary>The environment of a context. Hosts (children) share its listeners and options.</summary>
internal class LocalEnvironment : IHostEnvironmentInternal, ICancelable
{
    private readonly LocalEnvironment _root;
    private readonly string _name;
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly List<WeakReference<ICancelable>> _children = [];
    private readonly Dictionary<string, object> _options = [];
    private volatile bool _isCanceled;

    public LocalEnvironment(int? seed = null)
    {
        _root = this;
        Seed = seed;
        _random = seed is int value ? new Random(value) : new Random();
        ComponentCatalog = new ComponentCatalog();
    }

    protected LocalEnvironment(LocalEnvironment parent, string name, Random random)
    {
        _root = parent._root;
        _name = parent._name is null ? name : $"{parent._name}; {name}";
        _random = random;
        Seed = parent.Seed;
        GpuDeviceId = parent.GpuDeviceId;
        FallbackToCpu = parent.FallbackToCpu;
        _isCanceled = parent.IsCanceled;
        ComponentCatalog = parent.ComponentCatalog;
    }

    public event Action<string, ChannelMessage> Listeners;

    public int? Seed { get; }
    public Random Rand => _random;
    public string TempFilePath { get; set; } = Path.GetTempPath();
    public bool FallbackToCpu { get; set; }
    public int? GpuDeviceId { get; set; }
    public ComponentCatalog ComponentCatalog { get; }
    public string ContextDescription => _name ?? "HostEnvironment";
    public bool IsCanceled => _isCanceled;

    public TException Process<TException>(TException ex)
        where TException : Exception
        => ex;

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        lock (_lock)
        {
            _children.RemoveAll(child => !child.TryGetTarget(out _));
            var host = new Host(this, name, new Random(seed ?? _random.Next()));
            _children.Add(new WeakReference<ICancelable>(host));
            return host;
        }
    }

    public void CancelExecution()
    {
        lock (_lock)
        {
            _isCanceled = true;
            foreach (var child in _children)
            {
                if (child.TryGetTarget(out var host))
                    host.CancelExecution();
            }
        }
    }

    public IChannel Start(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new Channel(this, name);
    }

    public IPipe<TMessage> StartPipe<TMessage>(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new Pipe<TMessage>(this, name);
    }

    public IProgressChannel StartProgressChannel(string name) => new UnobservedProgressChannel();

    public bool TryAddOption<T>(string name, T value)
    {
        lock (_root._options)
            return _root._options.TryAdd(name, value);
    }

    public void SetOption<T>(string name, T value)
    {
        lock (_root._options)
            _root._options[name] = value;
    }

    public bool TryGetOption<T>(string name, out T value)
    {
        lock (_root._options)
        {
            var found = _root._options.TryGetValue(name, out var stored) && stored is T;
            value = found ? (T)stored : default;
            return found;
        }
    }

    public T GetOptionOrDefault<T>(string name) => TryGetOption<T>(name, out var value) ? value : default;

    public bool RemoveOption(string name)
    {
        lock (_root._options)
            return _root._options.Remove(name);
    }

    private sealed class Host : LocalEnvironment, IHost
    {
        public Host(LocalEnvironment parent, string name, Random random) : base(parent, name, random) { }
    }

    private class Pipe<TMessage> : IPipe<TMessage>
    {
        protected readonly LocalEnvironment Owner;
        protected readonly string FullName;

        public Pipe(LocalEnvironment owner, string name)
        {
            Owner = owner;
            FullName = owner._name is null ? name : $"{owner._name}; {name}";
        }

        public string ContextDescription => FullName;

        public TException Process<TException>(TException ex)
            where TException : Exception
            => ex;

        public virtual void Send(TMessage msg) { }

        public virtual void Dispose() { }
    }

    private sealed class Channel : Pipe<ChannelMessage>, IChannel
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private bool _disposed;

        public Channel(LocalEnvironment owner, string name)
            : base(owner, name) => Dispatch(ChannelMessageKind.Trace, MessageSensitivity.None, "Channel started");

        public void Trace(MessageSensitivity sensitivity, string fmt) => Dispatch(ChannelMessageKind.Trace, sensitivity, fmt);

        public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args)
            => Dispatch(ChannelMessageKind.Trace, sensitivity, fmt, args);

        public void Error(MessageSensitivity sensitivity, string fmt) => Dispatch(ChannelMessageKind.Error, sensitivity, fmt);

        public void Error(MessageSensitivity sensitivity, string fmt, params object[] args)
            => Dispatch(ChannelMessageKind.Error, sensitivity, fmt, args);

        public void Warning(MessageSensitivity sensitivity, string fmt) => Dispatch(ChannelMessageKind.Warning, sensitivity, fmt);

        public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args)
            => Dispatch(ChannelMessageKind.Warning, sensitivity, fmt, args);

        public void Info(MessageSensitivity sensitivity, string fmt) => Dispatch(ChannelMessageKind.Info, sensitivity, fmt);

        public void Info(MessageSensitivity sensitivity, string fmt, params object[] args)
            => Dispatch(ChannelMessageKind.Info, sensitivity, fmt, args);

        public override void Send(ChannelMessage msg) => Owner._root.Listeners?.Invoke(FullName, msg);

        public override void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            Dispatch(ChannelMessageKind.Trace, MessageSensitivity.None, "Channel finished. Elapsed {0:c}.", Stopwatch.GetElapsedTime(_started));
            Dispatch(ChannelMessageKind.Trace, MessageSensitivity.None, "Channel disposed");
        }

        private void Dispatch(ChannelMessageKind kind, MessageSensitivity sensitivity, string format, params object[] args)
            => Send(new ChannelMessage(kind, sensitivity, format, args.Length == 0 ? null : args));
    }
}
