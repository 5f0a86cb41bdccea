namespace Microsoft.ML
{
    public sealed partial class DataOperationsCatalog : IInternalCatalog
    {
        internal readonly IHostEnvironment Environment;

        internal DataOperationsCatalog(IHostEnvironment env)
        {
            Contracts.CheckValue(env, nameof(env));
            Environment = env;
        }

        IHostEnvironment IInternalCatalog.Environment => Environment;
    }

    public sealed partial class TransformsCatalog : IInternalCatalog
    {
        internal readonly IHostEnvironment Environment;

        internal TransformsCatalog(IHostEnvironment env)
        {
            Contracts.CheckValue(env, nameof(env));
            Environment = env;
            Categorical = new CategoricalTransforms(this);
            Conversion = new ConversionTransforms(this);
        }

        public CategoricalTransforms Categorical { get; }
        public ConversionTransforms Conversion { get; }
        IHostEnvironment IInternalCatalog.Environment => Environment;

        public sealed class CategoricalTransforms : IInternalCatalog
        {
            private readonly TransformsCatalog _owner;

            internal CategoricalTransforms(TransformsCatalog owner) => _owner = owner;
            IHostEnvironment IInternalCatalog.Environment => _owner.Environment;
        }

        public sealed class ConversionTransforms : IInternalCatalog
        {
            private readonly TransformsCatalog _owner;

            internal ConversionTransforms(TransformsCatalog owner) => _owner = owner;
            IHostEnvironment IInternalCatalog.Environment => _owner.Environment;
        }
    }

    public abstract partial class TrainCatalogBase : IInternalCatalog
    {
        private protected TrainCatalogBase(IHostEnvironment env, string registrationName)
        {
            Contracts.CheckValue(env, nameof(env));
            Contracts.CheckNonEmpty(registrationName, nameof(registrationName));
            Environment = env;
        }

        IHostEnvironment IInternalCatalog.Environment => Environment;
        private protected IHostEnvironment Environment { get; }

        public abstract class CatalogInstantiatorBase : IInternalCatalog
        {
            private protected CatalogInstantiatorBase(TrainCatalogBase catalog) => Owner = catalog;
            IHostEnvironment IInternalCatalog.Environment => Owner.Environment;
            internal TrainCatalogBase Owner { get; }
        }
    }

    public sealed partial class MulticlassClassificationCatalog : TrainCatalogBase
    {
        internal MulticlassClassificationCatalog(IHostEnvironment env)
            : base(env, nameof(MulticlassClassificationCatalog)) => Trainers = new MulticlassClassificationTrainers(this);

        public MulticlassClassificationTrainers Trainers { get; }

        public sealed class MulticlassClassificationTrainers : CatalogInstantiatorBase
        {
            internal MulticlassClassificationTrainers(MulticlassClassificationCatalog catalog) : base(catalog) { }
        }
    }
}

namespace Microsoft.ML.Data
{
    internal interface IInternalCatalog
    {
        IHostEnvironment Environment { get; }
    }

    internal static class CatalogUtils
    {
        public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog) => catalog.Environment;
    }
}
