using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

// What a module holds, where it lives, and how it is saved.
public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            public virtual IEnumerable<(string name, Module module)> named_children() => _internal_submodules;

            public virtual IEnumerable<Module> children() => named_children().Select(child => child.module);

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                var children = named_children().ToList();
                return children.Concat(children.SelectMany(child => child.module.named_modules().Select(inner => ($"{child.name}.{inner.name}", inner.module))));
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(named => named.module);

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<nint> { 0 };
                foreach (var (name, parameter) in _internal_params)
                    if (seen.Add(parameter.handle))
                        yield return (name, parameter);
                foreach (var (child, module) in recurse ? _internal_submodules : [])
                    foreach (var (name, parameter) in module.named_parameters())
                        if (seen.Add(parameter.handle))
                            yield return ($"{child}.{name}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(named => named.parameter);

            // The real one leaves non-persistent buffers out whatever it is told.
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<nint> { 0 };
                foreach (var (name, (buffer, persistent)) in _internal_buffers)
                    if (persistent && seen.Add(buffer.handle))
                        yield return (name, buffer);
                foreach (var (child, module) in recurse ? _internal_submodules : [])
                    foreach (var (name, buffer) in module.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer.handle))
                            yield return ($"{child}.{name}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(named => named.buffer);

            public virtual Parameter get_parameter(string target) => named_parameters().FirstOrDefault(named => named.name == target).parameter;

            public virtual Tensor get_buffer(string target) => named_buffers().FirstOrDefault(named => named.name == target).buffer;

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor> destination = null, string prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (name, parameter) in named_parameters())
                    destination.TryAdd(start + name, parameter);
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false))
                    destination.TryAdd(start + name, buffer);
                return destination;
            }

            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string> skip = null)
            {
                skip ??= [];
                var destination = state_dict();
                var unexpected = source.Keys.Where(key => !skip.Contains(key) && !destination.ContainsKey(key)).ToList();
                var missing = destination.Keys.Where(key => !skip.Contains(key) && !source.ContainsKey(key)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary.");
                using var noGrad = no_grad();
                foreach (var (key, value) in source)
                    if (!skip.Contains(key) && destination.TryGetValue(key, out var target))
                        target.copy_(value);
                return (missing, unexpected);
            }

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                return Move(device, dtype, non_blocking);
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                Move(new Device(deviceType, deviceType == DeviceType.CUDA ? deviceIndex : -1), null, non_blocking);

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                return Move(null, dtype, non_blocking);
            }

            internal T Moved<T>(Device device, ScalarType? dtype) where T : Module => (T)Move(device, dtype, false);

            private static void RequireFloating(ScalarType dtype)
            {
                if (!is_floating_point(dtype) && !is_complex(dtype))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}");
            }

            private Module Move(Device device, ScalarType? dtype, bool non_blocking)
            {
                if (device is null && dtype is null)
                    return this;
                if (device is { type: DeviceType.CUDA } && !cuda.is_available())
                    throw new InvalidOperationException("CUDA is not available.");
                foreach (var (_, child) in named_children())
                {
                    if (device is null)
                        child._to(dtype.Value, non_blocking);
                    else if (dtype is null)
                        child._to(device.type, device.index, non_blocking);
                    else
                        child._to(device, dtype.Value, non_blocking);
                }
                foreach (var (name, parameter) in _internal_params.ToArray())
                {
                    var moved = Move(parameter, device, dtype);
                    if (moved is not null)
                        Replace(name, moved);
                }
                foreach (var (name, (buffer, persistent)) in _internal_buffers.ToArray())
                {
                    var (type, place) = Target(buffer, device, dtype);
                    if (!buffer.WillMoveOrCast(type, place))
                        continue;
                    var moved = buffer.to(type, place, disposeAfter: true).DetachFromDisposeScope();
                    ConditionallyRegisterBuffer(name, moved, persistent);
                    SetField(name, moved);
                }
                return this;
            }

            private static (ScalarType type, Device place) Target(Tensor tensor, Device device, ScalarType? dtype) =>
                (dtype is { } wanted && (tensor.is_floating_point() || tensor.is_complex()) ? wanted : tensor.dtype, device ?? tensor.device);

            private static Parameter Move(Parameter parameter, Device device, ScalarType? dtype)
            {
                var (type, place) = Target(parameter, device, dtype);
                if (!parameter.WillMoveOrCast(type, place))
                    return null;
                using var noGrad = no_grad();
                var moved = new Parameter(parameter.to(type, place), parameter.requires_grad);
                moved.DetachFromDisposeScope();
                using var grad = parameter.grad;
                if (grad is not null)
                {
                    using var movedGrad = grad.to(type, place);
                    moved.grad = movedGrad;
                }
                parameter.Dispose();
                return moved;
            }

            private void Replace(string name, Parameter parameter)
            {
                ConditionallyRegisterParameter(name, parameter);
                SetField(name, parameter);
            }

            private void SetField(string name, Tensor value)
            {
                var field = GetType().GetField(name, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance);
                if (field is not null && field.FieldType.IsInstanceOfType(value))
                    field.SetValue(this, value);
            }
        }
    }
}

public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(device.type, device.index, non_blocking);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(deviceType, deviceIndex, non_blocking);

    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(new torch.Device(device), non_blocking);

    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(type, non_blocking);

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(device, type, non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(DeviceType.CPU, -1, non_blocking);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(DeviceType.CUDA, deviceIndex, non_blocking);
}
