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

    private sealed class Host(LocalEnvironment parent, string name, Random random) : LocalEnvironment(parent, name, random), IHost;

    private sealed class Channel : IChannel
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly LocalEnvironment _owner;
        private bool _disposed;

        public Channel(LocalEnvironment owner, string name)
        {
            _owner = owner;
            ContextDescription = owner._name is null ? name : $"{owner._name}; {name}";
            Dispatch(ChannelMessageKind.Trace, MessageSensitivity.None, "Channel started");
        }

        public string ContextDescription { get; }

        public TException Process<TException>(TException ex)
            where TException : Exception
            => ex;

        public void Warning(MessageSensitivity sensitivity, string fmt) => Dispatch(ChannelMessageKind.Warning, sensitivity, fmt);

        public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args)
            => Dispatch(ChannelMessageKind.Warning, sensitivity, fmt, args);

        public void Info(MessageSensitivity sensitivity, string fmt) => Dispatch(ChannelMessageKind.Info, sensitivity, fmt);

        public void Info(MessageSensitivity sensitivity, string fmt, params object[] args)
            => Dispatch(ChannelMessageKind.Info, sensitivity, fmt, args);

        public void Send(ChannelMessage msg) => _owner._root.Listeners?.Invoke(ContextDescription, msg);

        public void Dispose()
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
