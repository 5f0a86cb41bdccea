namespace Microsoft.ML
{
    internal abstract class LoadableClassAttributeBase : Attribute
    {
        protected LoadableClassAttributeBase(string summary, Type instType, Type loaderType, Type argType, Type[] sigTypes,
            string userName, params string[] loadNames)
        {
            Contracts.CheckValue(instType, nameof(instType));
            Contracts.CheckValue(loaderType, nameof(loaderType));
            Contracts.CheckNonEmpty(sigTypes, nameof(sigTypes));
            LoaderType = loaderType;
            SigTypes = sigTypes;
            LoadNames = loadNames;
            CtorTypes = sigTypes[0].GetMethod("Invoke").GetParameters().Select(p => p.ParameterType).ToArray();
        }

        public Type LoaderType { get; }
        public Type[] SigTypes { get; }
        public Type[] CtorTypes { get; }
        public string[] LoadNames { get; }
    }

    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class LoadableClassAttribute : LoadableClassAttributeBase
    {
        public LoadableClassAttribute(Type instType, Type argType, Type sigType, string userName, params string[] loadNames)
            : base(null, instType, instType, argType, [sigType], userName, loadNames) { }

        public LoadableClassAttribute(Type instType, Type loaderType, Type argType, Type sigType, string userName, params string[] loadNames)
            : base(null, instType, loaderType, argType, [sigType], userName, loadNames) { }
    }
}

namespace Microsoft.ML.Runtime
{
    /// <summary>Finds loaders by signature type and load name among the LoadableClass attributes of registered assemblies.</summary>
    public sealed class ComponentCatalog
    {
        private readonly Lock _lock = new();
        private readonly HashSet<Assembly> _assemblies = [];
        private readonly Dictionary<(Type Signature, string LoadName), LoadableClassAttributeBase> _classes = [];

        internal ComponentCatalog() { }

        public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
        {
            Contracts.CheckValue(assembly, nameof(assembly));
            lock (_lock)
            {
                if (!_assemblies.Add(assembly))
                    return;
                foreach (var attribute in assembly.GetCustomAttributes<LoadableClassAttributeBase>())
                {
                    foreach (var key in from signature in attribute.SigTypes
                                        from name in attribute.LoadNames
                                        select (signature, name.Trim().ToLowerInvariant()))
                    {
                        if (!_classes.TryAdd(key, attribute) && throwOnError)
                            throw Contracts.Except($"ComponentCatalog cannot map name '{key.Item2}' and SignatureType '{key.signature}' to {attribute.LoaderType.Name}, already mapped to {_classes[key].LoaderType.Name}.");
                    }
                }
            }
        }

        internal bool TryCreateInstance(IHostEnvironment env, Type signature, string loadName, object[] args, out object result)
        {
            result = null;
            LoadableClassAttributeBase found;
            lock (_lock)
            {
                if (!_classes.TryGetValue((signature, loadName.Trim().ToLowerInvariant()), out found))
                    return false;
            }
            try
            {
                result = Invoke(found, env, args);
            }
            catch (TargetInvocationException ex)
            {
                throw Contracts.Except(ex, "Error during class instantiation");
            }
            return true;
        }

        private static object Invoke(LoadableClassAttributeBase loadable, IHostEnvironment env, object[] args)
        {
            const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic;
            var withEnv = loadable.CtorTypes.Prepend(typeof(IHostEnvironment)).ToArray();
            var type = loadable.LoaderType;
            if (type.GetMethod("Create", any | BindingFlags.Static, withEnv) is MethodInfo create)
                return create.Invoke(null, [env, .. args]);
            if (type.GetMethod("Create", any | BindingFlags.Static, loadable.CtorTypes) is MethodInfo createWithout)
                return createWithout.Invoke(null, args);
            if (type.GetConstructor(any | BindingFlags.Instance, withEnv) is ConstructorInfo constructor)
                return constructor.Invoke([env, .. args]);
            throw Contracts.Except($"Can't instantiate class '{type.Name}'");
        }
    }
}
