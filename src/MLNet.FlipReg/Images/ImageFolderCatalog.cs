using FlipReg;
using FlipReg.Training;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Interop;
using static System.FormattableString;

namespace Microsoft.ML;

/// <summary>Adds the loading of image folders to <c>mlContext.Data</c>.</summary>
public static class ImageFolderCatalog
{
    /// <summary>Files and classes that a message names at most.</summary>
    private const int Named = 10;

    /// <summary>Loads the paths and classes of a folder's images (see <see cref="LoadImageFolder(DataOperationsCatalog, string, out ImageFolderReport, ImageFolderOptions?)"/>).</summary>
    /// <inheritdoc cref="LoadImageFolder(DataOperationsCatalog, string, out ImageFolderReport, ImageFolderOptions?)" path="/param"/>
    /// <inheritdoc cref="LoadImageFolder(DataOperationsCatalog, string, out ImageFolderReport, ImageFolderOptions?)" path="/exception"/>
    public static IDataView LoadImageFolder(this DataOperationsCatalog catalog, string path, ImageFolderOptions? options = null) => catalog.LoadImageFolder(path, out _, options);

    /// <summary>
    /// Loads the paths and classes of a folder's images. The folder holds one folder for each class, of its name; images in folders inside one belong to it,
    /// too. Two columns of text: ImagePath, the full path, which a trainer with <see cref="TrainingOptions.Images"/> takes as it is, and Label, the class's
    /// name, which <c>Conversion.MapValueToKey("Label")</c> makes a key: fitted on the training data, it fits others as well.
    /// </summary>
    /// <remarks>
    /// Rows are in ordinal order of the paths inside the folder, on every system: shuffle them (<c>Data.ShuffleRows</c>) only where rows are read in part. An image is told by its first bytes, not
    /// by its name; nothing else is read here. Links to folders, and links out of the folder, are not followed. Names that start with a dot are passed over.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The folder.</param>
    /// <param name="report">Receives what was found and what was left out.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no image in a class folder, or, where <see cref="ImageFolderOptions.NotImages"/> asks for an error, there is something else.
    /// </exception>
    public static IDataView LoadImageFolder(this DataOperationsCatalog catalog, string path, out ImageFolderReport report, ImageFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ImageFolderOptions();
        if (OptionRules.ErrorsOf(options).FirstOrDefault() is { } error)
            throw new ArgumentOutOfRangeException(error.Name, error.ToString());
        var folder = ImageFolder.Of(path);
        report = folder.Report;
        if (folder.Images.Count == 0)
            throw new InvalidOperationException($"Folder '{path}' must hold a folder with images for each class. Got {(report.EmptyClasses.Count == 0 ? "no folder" : $"no image in {List(report.EmptyClasses)}")}{Skipped(report)}. Check the path; images are {ImageFormats.Known}.");
        Tell(catalog, path, report, options);
        var schema = SchemaDefinition.Create(typeof(LabelledImage));
        schema[nameof(LabelledImage.Path)].ColumnName = options.PathColumnName;
        schema[nameof(LabelledImage.Label)].ColumnName = options.LabelColumnName;
        return catalog.LoadFromEnumerable(folder.Images, schema);
    }

    private static void Tell(DataOperationsCatalog catalog, string path, ImageFolderReport report, ImageFolderOptions options)
    {
        var empty = report.EmptyClasses.Count == 0 ? "" : Invariant($"; {report.EmptyClasses.Count} class folders have no image: {List(report.EmptyClasses)}");
        if (report.Skipped.Count == 0 && empty.Length == 0)
            return;
        if (options.NotImages == UnreadableImages.Error)
            throw new InvalidOperationException($"Folder '{path}' must hold class folders with images only ({nameof(options.NotImages)} = {options.NotImages}). Got{(report.Skipped.Count == 0 ? " class folders without" : Skipped(report)[1..])}{empty}. Remove them, or set {nameof(options.NotImages)} = {nameof(UnreadableImages.Skip)}.");
        using var channel = HostAccess.Environment(catalog).Register("FlipReg").Start("LoadImageFolder");
        channel.Warning(MessageSensitivity.UserData, Invariant($"Folder '{path}' has {report.Classes.Sum(c => c.Images)} images in {report.Classes.Count} classes{(report.Skipped.Count == 0 ? "" : $"; left out are{Skipped(report)[1..]}")}{empty}."));
    }

    private static string Skipped(ImageFolderReport report) => report.Skipped.Count == 0 ? ""
        : Invariant($"; {report.Skipped.Count} other files: {string.Join(", ", report.Skipped.Take(Named).Select(s => $"'{s.Path}' ({s.Reason})"))}{(report.Skipped.Count > Named ? ", …" : "")}");

    private static string List(IReadOnlyList<string> names) => string.Join(", ", names.Take(Named).Select(name => $"'{name}'")) + (names.Count > Named ? ", …" : "");
}
