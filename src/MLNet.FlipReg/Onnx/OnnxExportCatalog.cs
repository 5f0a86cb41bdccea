using FlipReg;
using FlipReg.Onnx;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Onnx;

namespace Microsoft.ML;

/// <summary>Adds the export of whole pipelines to <c>mlContext.Model</c>.</summary>
public static class OnnxExportCatalog
{
    /// <summary>
    /// Writes a fitted pipeline as one ONNX model. Its inputs are the columns of the sample data that an output needs, N×1 for a single value and N×k
    /// for a vector; its outputs are called like the columns. The metadata are those of <see cref="FlipRegModelParameters.SaveOnnx(Stream, OnnxOptions?)"/>
    /// for the last classifier of this library in the pipeline.
    /// </summary>
    /// <remarks>
    /// ML.NET's own <c>ConvertToOnnx</c> leaves out a transform that it cannot translate, or translates it into something else; this one refuses, and names all
    /// of them.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fitted pipeline: a transformer or a chain of them.</param>
    /// <param name="sampleData">Rows as the pipeline gets them; its columns become the inputs.</param>
    /// <param name="stream">Receives the model.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <returns>Inputs, outputs, and how far the scores differ where <see cref="OnnxExportOptions.Verify"/> is set.</returns>
    /// <exception cref="ArgumentException">The sample data lack a column, or there is no output column of a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The model that was written does not score as the pipeline, or cannot be verified.</exception>
    /// <exception cref="NotSupportedException">Transforms that an output needs cannot be translated, or the model would have 2 GiB or more.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public static OnnxExportReport ExportOnnx(this ModelOperationsCatalog catalog, ITransformer model, IDataView sampleData, Stream stream, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var export = Prepare(catalog, model, sampleData, options);
        if (export.Options.ExternalData)
            throw new ArgumentException("ExternalData must be false where the model is written to a stream. Got true. Write it to a path: the weights go to a file beside it.", nameof(options));
        if (!export.Options.Verify)
        {
            OnnxFile.Write(stream, export.Pipeline.Compose);
            return export.Pipeline.Report(0, null);
        }

        // By way of a file: ONNX Runtime reads the model that will be copied.
        var folder = Directory.CreateTempSubdirectory("flipreg-onnx-");
        try
        {
            var path = Path.Combine(folder.FullName, "model.onnx");
            using (var file = File.Create(path))
                OnnxFile.Write(file, export.Pipeline.Compose);
            var report = OnnxVerifier.Verify(path, export.Pipeline, sampleData, export.Options.Tolerance);
            using var written = File.OpenRead(path);
            written.CopyTo(stream);
            return report;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Writes a fitted pipeline as one ONNX model to a file (see <see cref="ExportOnnx(ModelOperationsCatalog, ITransformer, IDataView, Stream, OnnxExportOptions?)"/>). With
    /// <see cref="OnnxExportOptions.ExternalData"/>, and where the model would have 2 GiB or more, the weights go to a file beside it that is called
    /// path, dot, 16 hexadecimal digits, <c>.data</c>: the two belong together. The files are written aside and renamed: on failure the old ones are untouched.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fitted pipeline: a transformer or a chain of them.</param>
    /// <param name="sampleData">Rows as the pipeline gets them; its columns become the inputs.</param>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <returns>Inputs, outputs, and how far the scores differ where <see cref="OnnxExportOptions.Verify"/> is set.</returns>
    /// <exception cref="ArgumentException">The sample data lack a column, or there is no output column of a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The model that was written does not score as the pipeline, or cannot be verified.</exception>
    /// <exception cref="IOException">There is no such folder, or no room.</exception>
    /// <exception cref="NotSupportedException">Transforms that an output needs cannot be translated.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static OnnxExportReport ExportOnnx(this ModelOperationsCatalog catalog, ITransformer model, IDataView sampleData, string path, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var export = Prepare(catalog, model, sampleData, options);
        var report = export.Pipeline.Report(0, null);
        OnnxFile.Write(path, export.Options.ExternalData, export.Pipeline.Compose,
            export.Options.Verify ? written => report = OnnxVerifier.Verify(written, export.Pipeline, sampleData, export.Options.Tolerance) : null);
        return report;
    }

    private static (OnnxExportOptions Options, OnnxPipeline Pipeline) Prepare(ModelOperationsCatalog catalog, ITransformer model, IDataView sampleData, OnnxExportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sampleData);
        var copy = (options ?? new OnnxExportOptions()).Checked();
        if (copy.Verify)
            OnnxVerifier.RequireRuntime();
        return (copy, PipelineConverter.Convert(HostAccess.Environment(catalog), model, sampleData, copy));
    }
}
