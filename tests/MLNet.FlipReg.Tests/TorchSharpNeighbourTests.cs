using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Microsoft.ML;
using Microsoft.ML.TorchSharp;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>
/// Microsoft.ML.TorchSharp in one program with our trainers. It was built against TorchSharp 0.102; what of it works with the one we need is
/// pinned here. Its trainers are not fitted: that downloads weights.
/// </summary>
[TestClass]
public sealed class TorchSharpNeighbourTests
{
    private static readonly Assembly _neighbour = typeof(TorchSharpCatalog).Assembly;

    [TestMethod]
    public void Its_trainers_are_made_beside_ours()
    {
        var context = new MLContext(1);
        var multiclass = context.MulticlassClassification.Trainers;
        Assert.IsNotNull(multiclass.TextClassification());
        Assert.IsNotNull(multiclass.NamedEntityRecognition());
        Assert.IsNotNull(multiclass.QuestionAnswer());
        Assert.IsNotNull(multiclass.ObjectDetection());
        Assert.IsNotNull(context.Regression.Trainers.SentenceSimilarity());
        using var ours = TrainerUnderTest.Named("Fer").Fit(context);
        Assert.HasCount(60, Blobs.Scores(context, ours.Transform(Blobs.Keyed(context))));
        Assert.IsGreaterThan(100, _neighbour.GetTypes().Length, "All of its types load.");
    }

    [TestMethod]
    public void Of_all_it_calls_in_TorchSharp_one_method_is_missing()
    {
        using var file = new PEReader(File.OpenRead(_neighbour.Location));
        var metadata = file.GetMetadataReader();
        var calls = metadata.MemberReferences.Where(handle => IsInTorchSharp(metadata, metadata.GetMemberReference(handle).Parent)).ToList();
        Assert.IsGreaterThan(300, calls.Count);
        var missing = calls.Where(handle => !Exists(handle)).Select(handle => metadata.GetString(metadata.GetMemberReference(handle).Name)).ToArray();
        Assert.AreEqual("interpolate", string.Join(", ", missing), "Only torch.nn.functional.interpolate, which object detection calls.");
    }

    // The types stand for the type arguments that a call in generic code leaves open: some must be unmanaged.
    private static bool Exists(MemberReferenceHandle handle) => Exists(handle, typeof(object)) || Exists(handle, typeof(long));

    private static bool Exists(MemberReferenceHandle handle, Type argument)
    {
        try
        {
            Type[] open = [argument, argument, argument];
            return _neighbour.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle), open, open) is not null;
        }
        catch (Exception e) when (e is MissingMemberException or TypeLoadException)
        {
            return false;
        }
    }

    private static bool IsInTorchSharp(MetadataReader metadata, EntityHandle type) => type.Kind switch
    {
        HandleKind.TypeReference => IsInTorchSharp(metadata, metadata.GetTypeReference((TypeReferenceHandle)type).ResolutionScope),
        HandleKind.AssemblyReference => metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type).Name) == "TorchSharp",
        HandleKind.TypeSpecification => IsInTorchSharp(metadata, GenericType(metadata, (TypeSpecificationHandle)type)),
        _ => false,
    };

    /// <summary>The open type of a generic instance; nil for any other constructed type.</summary>
    private static EntityHandle GenericType(MetadataReader metadata, TypeSpecificationHandle handle)
    {
        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return default;
        _ = signature.ReadCompressedInteger();
        return signature.ReadTypeHandle();
    }
}
