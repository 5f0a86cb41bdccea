using System.Reflection;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public class Module : IDisposable
        {
            private const BindingFlags Fields = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

            protected string name;
            private readonly Dictionary<string, Module> _modules = [];
            private readonly Dictionary<string, (Tensor Value, bool Persistent)> _buffers = [];
            private readonly Dictionary<string, Parameter> _parameters = [];
            private bool _registered;
            private bool _disposed;
            private bool _training = true;

            protected Module(string name) => this.name = name;

            public virtual bool training => _training;

            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var module in children())
                    module.train(train);
            }

            public virtual void eval() => train(false);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _disposed)
                    return;
                _disposed = true;
                foreach (var (buffer, _) in _buffers.Values)
                    buffer.Dispose();
                foreach (var parameter in _parameters.Values)
                    parameter.Dispose();
                foreach (var module in children())
                    module.Dispose();
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid)
                    throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (!_buffers.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid)
                    throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (!_parameters.TryAdd(name, param))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null || submodule._disposed)
                {
                    _modules.Remove(name);
                    return;
                }
                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"module name can't contain \".\", got: {name}");
                if (string.IsNullOrEmpty(name))
                    throw new ArgumentException("module name can't be empty string \"\"");
                if (!_modules.TryAdd(name, submodule))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
            }

            /// <summary>Registers the fields that hold modules, parameters and tensors, under the fields' names.</summary>
            protected virtual void RegisterComponents()
            {
                if (_registered)
                    return;
                _registered = true;
                foreach (var field in GetType().GetFields(Fields))
                {
                    if (_modules.ContainsKey(field.Name) || _parameters.ContainsKey(field.Name) || _buffers.ContainsKey(field.Name))
                        continue;
                    if (field.GetValue(this) is Module module)
                        register_module(field.Name, module);
                    else if (field.GetValue(this) is Parameter parameter)
                        register_parameter(field.Name, parameter);
                    else if (field.GetValue(this) is Tensor tensor)
                        register_buffer(field.Name, tensor);
                }
            }

            protected void ConditionallyRegisterParameter(string name, Tensor value) => _parameters[name] = value as Parameter ?? new Parameter(value);

            protected void ConditionallyRegisterBuffer(string name, Tensor value, bool persistent = true) => _buffers[name] = (value, persistent);

            internal Parameter FindParameter(string name) => _parameters.GetValueOrDefault(name);

            internal Tensor FindBuffer(string name) => _buffers.GetValueOrDefault(name).Value;

            public virtual IEnumerable<(string name, Module module)> named_children() => _modules.Select(child => (child.Key, child.Value));

            public virtual IEnumerable<Module> children() => _modules.Values;

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                All(_parameters.Select(own => (own.Key, own.Value)), module => module.named_parameters(), recurse);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(named => named.parameter);

            // The real one leaves non-persistent buffers out whatever it is told.
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
                All(_buffers.Where(own => own.Value.Persistent).Select(own => (own.Key, own.Value.Value)), module => module.named_buffers(), recurse);

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse).Select(named => named.buffer);

            /// <summary>The module's own and those of the modules in it; one that is shared comes once.</summary>
            private IEnumerable<(string, T)> All<T>(IEnumerable<(string, T)> own, Func<Module, IEnumerable<(string, T)>> inner, bool recurse) where T : Tensor =>
                (recurse ? own.Concat(_modules.SelectMany(child => inner(child.Value).Select(named => ($"{child.Key}.{named.Item1}", named.Item2)))) : own)
                .Where(named => !named.Item2.IsInvalid).DistinctBy(named => named.Item2.handle);

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor> destination = null, string prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (name, parameter) in named_parameters())
                    destination.TryAdd(start + name, parameter);
                foreach (var (name, buffer) in named_buffers())
                    destination.TryAdd(start + name, buffer);
                return destination;
            }

            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string> skip = null)
            {
                var own = state_dict();
                var unexpected = source.Keys.Except(own.Keys).Except(skip ?? []).ToList();
                var missing = own.Keys.Except(source.Keys).Except(skip ?? []).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary.");
                using var noGrad = no_grad();
                foreach (var (key, value) in source)
                    if (skip?.Contains(key) != true && own.TryGetValue(key, out var target))
                        target.copy_(value);
                return (missing, unexpected);
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Move(new Device(deviceType, deviceIndex), null);

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Move(null, dtype);

            internal Module Move(Device device, ScalarType? dtype)
            {
                if (dtype is { } type && !torch.is_floating_point(type))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={type}");
                if (device is { type: DeviceType.CUDA } && !cuda.is_available())
                    throw new InvalidOperationException("CUDA is not available.");
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                foreach (var module in children())
                    module.Move(device, dtype);
                foreach (var (name, parameter) in _parameters.Where(own => IsElsewhere(own.Value, device, dtype)).ToList())
                {
                    var moved = new Parameter(Moved(parameter, device, dtype), parameter.requires_grad);
                    if (parameter.grad is { } grad)
                        moved.grad = Moved(grad, device, dtype);
                    Replace(name, parameter, _parameters[name] = scope.Detach(moved));
                }
                foreach (var (name, (buffer, persistent)) in _buffers.Where(own => IsElsewhere(own.Value.Value, device, dtype)).ToList())
                {
                    var moved = scope.Detach(Moved(buffer, device, dtype));
                    _buffers[name] = (moved, persistent);
                    Replace(name, buffer, moved);
                }
                return this;
            }

            private static bool IsElsewhere(Tensor tensor, Device device, ScalarType? dtype) =>
                tensor.WillMoveOrCast(tensor.is_floating_point() && dtype is { } type ? type : tensor.dtype, device ?? tensor.device);

            private static Tensor Moved(Tensor tensor, Device device, ScalarType? dtype) =>
                tensor.to(tensor.is_floating_point() && dtype is { } type ? type : tensor.dtype, device ?? tensor.device);

            /// <summary>A field of the tensor's name follows.</summary>
            private void Replace(string name, Tensor old, Tensor moved)
            {
                var field = GetType().GetField(name, Fields);
                if (field is not null && field.FieldType.IsInstanceOfType(moved))
                    field.SetValue(this, moved);
                old.Dispose();
            }
        }

        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        public class HookableModule<TPreHook, TPostHook> : Module
        {
            protected HookableModule(string name) : base(name)
            {
            }
        }

        public abstract class Module<T, TResult> : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T input);

            public TResult call(T input) => forward(input);
        }
    }
}

public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(device.type, device.index, non_blocking);

    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(type, non_blocking);
}
