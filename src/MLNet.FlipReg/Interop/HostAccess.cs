using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNet.FlipReg.Interop;

/// <summary>What ML.NET keeps in its environment but does not publish: seed, GPU, fallback and cancellation.</summary>
internal static class HostAccess
{
    /// <summary>The environment behind a catalog of trainers.</summary>
    public static IHostEnvironment Environment(TrainCatalogBase.CatalogInstantiatorBase trainers)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return ((IInternalCatalog)trainers).Environment;
    }

    /// <summary>The environment behind the catalog of models.</summary>
    public static IHostEnvironment Environment(ModelOperationsCatalog catalog) => catalog.GetEnvironment();

    /// <summary>The environment behind the catalog of data.</summary>
    public static IHostEnvironment Environment(DataOperationsCatalog catalog) => catalog.GetEnvironment();

    /// <summary>The environment behind a catalog of classifiers or of calibrators.</summary>
    public static IHostEnvironment Environment(object catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return ((IInternalCatalog)catalog).Environment;
    }

    /// <summary>The seed that the context was made with.</summary>
    public static int? Seed(IHostEnvironment host) => (host as IHostEnvironmentInternal)?.Seed;

    /// <summary>The GPU that the context named when the host was registered.</summary>
    public static int? GpuDeviceId(IHostEnvironment host) => (host as IHostEnvironmentInternal)?.GpuDeviceId;

    /// <summary>Whether the context allowed the CPU in a GPU's place when the host was registered.</summary>
    public static bool FallbackToCpu(IHostEnvironment host) => (host as IHostEnvironmentInternal)?.FallbackToCpu == true;

    /// <summary>Whether the context's work was canceled since the host was registered.</summary>
    public static bool IsCanceled(IHostEnvironment host) => (host as ICancelable)?.IsCanceled == true;

    /// <summary>Cancels a context's work.</summary>
    public static void Cancel(MLContext context) => context.CancelExecution();

    /// <summary>A view's columns as estimators see them before it is there.</summary>
    public static SchemaShape Shape(IDataView view) => SchemaShape.Create(view.Schema);
}
