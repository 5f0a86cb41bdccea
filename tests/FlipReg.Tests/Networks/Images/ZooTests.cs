namespace FlipReg.Tests.Networks.Images;

/// <summary>The networks have the numbers of parameters that were published for them.</summary>
[TestClass]
public class ZooTests
{
    private static readonly ImageShape _photograph = new(3, 224, 224);
    private static readonly ImageShape _cifar = new(3, 32, 32);

    public static IEnumerable<object[]> Published() =>
    [
        // TorchVision's tables of models, ImageNet.
        ["ResNet-18", NetworkSpec.ResNet(18), _photograph, 1000, 11_689_512L],
        ["ResNet-34", NetworkSpec.ResNet(34), _photograph, 1000, 21_797_672L],
        ["ResNet-50", NetworkSpec.ResNet(50), _photograph, 1000, 25_557_032L],
        ["ResNet-101", NetworkSpec.ResNet(101), _photograph, 1000, 44_549_160L],
        ["ResNet-10", NetworkSpec.ResNet(10), _photograph, 1000, 5_418_792L],
        ["MobileNetV2", NetworkSpec.MobileNetV2(), _photograph, 1000, 3_504_872L],
        ["ShuffleNetV2", NetworkSpec.ShuffleNetV2(), _photograph, 1000, 2_278_604L],
        // The features of Microsoft.ML.DnnImageFeaturizer.ResNet18, and a last layer of 10 classes.
        ["ResNet-18 of NuGet", NetworkSpec.ResNet18Imagenet(), _photograph, 10, 15_897_152L + (513 * 10)],
        // The usual CIFAR forms.
        ["ResNet-18, small images", NetworkSpec.ResNet(18, smallImages: true), _cifar, 10, 11_173_962L],
        // The usual form leaves out the paper's last normalization: 1,024 of ours.
        ["ResNet-18, pre-activation", NetworkSpec.ResNet(18, smallImages: true, preActivation: true), _cifar, 10, 11_171_146L + 1024],
        ["ResNet-20", NetworkSpec.CifarResNet(20), _cifar, 100, 278_324L],
        ["ResNet-56", NetworkSpec.CifarResNet(56), _cifar, 100, 861_620L],
        ["ResNet-110", NetworkSpec.CifarResNet(110), _cifar, 100, 1_736_564L],
        ["WRN-40-2", NetworkSpec.WideResNet(40, 2), _cifar, 100, 2_255_156L],
        ["ResNeXt29-2x64d", NetworkSpec.ResNeXt29(2, 64), _cifar, 10, 9_128_778L],
        ["ResNeXt29-32x4d", NetworkSpec.ResNeXt29(32, 4), _cifar, 10, 4_774_218L],
    ];

    [TestMethod]
    [DynamicData(nameof(Published))]
    public void Parameters_are_those_published(string name, NetworkSpec spec, ImageShape image, int classes, long parameters)
    {
        var bound = spec.Bind(image, classes);
        Assert.AreEqual(parameters, bound.ParameterCount, name);
        Assert.AreEqual(bound, NetworkSpec.FromJson(bound.ToJson()), name);
        Assert.AreEqual(spec, NetworkSpec.FromJson(spec.ToJson()), name);
    }

    [TestMethod]
    public void A_summary_shows_shapes_parameters_and_multiply_adds()
    {
        var summary = NetworkSpec.ResNet(18).Bind(_photograph, 1000).Summary();
        StringAssert.Contains(summary, "Conv 7×7, 3 → 64, stride 2                    64 × 112 × 112         9,408       118,013,952\n", StringComparison.Ordinal);
        StringAssert.Contains(summary, "Linear 512 → 1000", StringComparison.Ordinal);
        // 1.81 billion, as TorchVision's table says.
        StringAssert.EndsWith(summary, "all                                                             11,689,512     1,814,073,344\n", StringComparison.Ordinal);
    }
}
