namespace Microsoft.ML
{
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class ExtensionBaseAttribute : Attribute
    {
        private protected ExtensionBaseAttribute(string contractName)
        {
            Contracts.CheckNonWhiteSpace(contractName, nameof(contractName));
            ContractName = contractName;
        }

        public string ContractName { get; }
    }

    public static class CustomMappingCatalog
    {
        public static CustomMappingEstimator<TSrc, TDst> CustomMapping<TSrc, TDst>(this TransformsCatalog catalog, Action<TSrc, TDst> mapAction,
            string contractName, SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
            where TSrc : class, new()
            where TDst : class, new()
            => new(new(mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition));
    }
}

namespace Microsoft.ML.Transforms
{
    public sealed class CustomMappingFactoryAttributeAttribute(string contractName) : ExtensionBaseAttribute(contractName);

    public abstract class CustomMappingFactory<TSrc, TDst> : ICustomMappingFactory
        where TSrc : class, new()
        where TDst : class, new()
    {
        public abstract Action<TSrc, TDst> GetMapping();

        ITransformer ICustomMappingFactory.CreateTransformer(string contractName)
            => new CustomMappingTransformer<TSrc, TDst>(GetMapping(), contractName);
    }

    internal interface ICustomMappingFactory { ITransformer CreateTransformer(string contractName); }

    /// <summary>A custom mapping is saved as the name of its contract; loading asks the factory with that name.</summary>
    internal static class CustomMappingFile
    {
        public static void Save(ModelSaveContext ctx, string contractName, Assembly assembly)
        {
            ctx.SetVersionInfo(TransformFile.VersionOf(typeof(CustomMappingFile)));
            ctx.SaveString(contractName);
            ctx.SaveString(assembly.FullName);
        }

        internal static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
        {
            ctx.CheckAtModel(TransformFile.VersionOf(typeof(CustomMappingFile)));
            var contractName = ctx.LoadString();
            env.ComponentCatalog.RegisterAssembly(Assembly.Load(ctx.LoadString()));
            var type = env.ComponentCatalog.TypesWith<CustomMappingFactoryAttributeAttribute>(a => a.ContractName == contractName).FirstOrDefault()
                ?? throw Contracts.Except($"Unable to locate an extension for the contract '{contractName}'. Ensure you have called "
                    + $"ComponentCatalog.RegisterAssembly with the Assembly that contains a class decorated with a '{typeof(CustomMappingFactoryAttributeAttribute).FullName}'.");
            var factory = Activator.CreateInstance(type) as ICustomMappingFactory
                ?? throw Contracts.Except($"The class with contract '{contractName}' must derive from '{typeof(CustomMappingFactory<,>).FullName}'.");
            return factory.CreateTransformer(contractName);
        }
    }
}
