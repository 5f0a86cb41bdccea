using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Regularizers;
using FlipReg.Tests.Networks.Images;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

/// <summary>Forward passes beside those of the steps.</summary>
[TestClass]
public class FurtherPassTests
{
    [TestMethod]
    public void A_pass_aside_is_one_of_training_and_moves_no_running_statistics_and_no_step()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new Generator(2);
        using var network = Build();
        using var twin = Build();
        var (rows, others, gradient) = (randn([12, 4], generator: random), randn([9, 4], generator: random), randn([12, 3], generator: random));
        network.train();
        twin.train();
        var before = network.State.Select(s => s.Value.clone()).ToList();
        var aside = network.ForwardAside(others);
        foreach (var ((name, value), old) in network.State.Zip(before))
            TestData.AreClose(old.data<float>(), value, 0, 0, name);
        // The step that follows is that of a network which made no other pass.
        network.StepForward(rows, 12);
        network.StepBackward(gradient.clone());
        twin.StepForward(rows, 12);
        twin.StepBackward(gradient.clone());
        TestData.AreClose(twin.FlatGradients!.data<float>(), network.FlatGradients!, 0, 0, "gradient");
        // By the mean and variance of its own rows, as the network's own forward pass in training.
        TestData.AreClose(twin.forward(others).data<float>(), aside, 1e-6, 1e-6, "logits");
        network.eval();
        TestData.AreClose(network.forward(others).data<float>(), network.ForwardAside(others), 0, 0, "logits of evaluation");
    }

    [TestMethod]
    [DynamicData(nameof(ImageNetworksByName))]
    public void A_pass_aside_of_images_moves_no_statistics_wherever_their_layer_is(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var spec = ImageNetworks.All.Single(network => network.Name == name).Spec.Bind(new ImageShape(3, 12, 12), 3);
        using var network = Made();
        using var twin = Made();
        var rows = randn([6, 3 * 12 * 12], generator: new Generator(2));
        var before = network.State.Select(s => s.Value.clone()).ToList();
        var aside = network.ForwardAside(rows);
        foreach (var ((tensor, value), old) in network.State.Zip(before))
            TestData.AreClose(old.contiguous().data<float>(), value, 0, 0, tensor);
        TestData.AreClose(twin.forward(rows).contiguous().data<float>(), aside, 1e-6, 1e-6, "logits");

        Network Made()
        {
            var made = new Network(spec, CPU, trainable: true);
            made.Initialize(new Generator(1), new Generator(4));
            made.train();
            return made;
        }
    }

    public static IEnumerable<object[]> ImageNetworksByName() => ImageNetworks.All.Select(network => new object[] { network.Name });

    [TestMethod]
    public void Companions_are_other_rows_of_the_class_drawn_anew_in_every_epoch()
    {
        long[] labels = [0, 1, 0, 1, 0, 2];
        using var table = TestData.Table([.. Enumerable.Range(0, 6).Select(i => (float)i)], labels, null, 1);
        var options = new CsKdOptions { BatchSize = 2 }.Resolve(6, 3, 1);
        using var rows = new EpochRows(table, 3, options, RowWeights.Of(table, 3, ClassWeights.None), CPU, 5);
        using var companions = new CompanionRows(rows, labels, 7);
        using var scope = NewDisposeScope();
        var seen = new HashSet<string>();
        for (var epoch = 1; epoch <= 10; epoch++)
        {
            rows.Shuffle(epoch);
            companions.Shuffle(epoch);
            var block = rows.Block(1, 2, epoch);
            var others = companions.Features(1, block.Rows)!.view(-1).ToHost<float>();
            foreach (var (row, other) in block.RowIds.ToHost<long>().Zip(others))
            {
                Assert.AreEqual(labels[row], labels[(int)other]);
                Assert.AreEqual(row == 5, row == (long)other, "only a row that is alone is its own companion");
            }

            seen.Add(string.Join(' ', others));
        }

        Assert.IsGreaterThan(3, seen.Count);
    }

    [TestMethod]
    [DataRow(typeof(CsKdOptions), "CS-KD: each class should have two training rows or more. Got one of 1 of them (by the order of the label's key, from 0: 2). It learns from no other row there: give these classes more rows, or leave them out.")]
    [DataRow(typeof(OlsOptions), "OLS-Single: each class should have two training rows or more. Got one of 1 of them (by the order of the label's key, from 0: 2). Such a row's soft label is its own prediction: give these classes more rows, or turn Single off.")]
    public void A_class_with_one_row_is_trained_on_and_warned_of_once(Type method, string warning)
    {
        using var table = TestData.Table([.. Enumerable.Range(0, 42).Select(i => (float)((i * 7 % 11) + (i % 2 * 5)))], [.. Enumerable.Range(0, 20).Select(i => (long)(i % 2)), 2], null, 2);
        var options = TrainerTests.Options(method, 3);
        options.Members = 2;
        if (options is OlsOptions ols)
            ols.Single = true;
        var warnings = new List<string>();
        using var network = NetworkTrainer.Fit(table, null, 3, options, new FitContext { Seed = 1, Device = CPU, Warning = warnings.Add }).Network;
        Assert.AreEqual(warning, warnings.Single());
    }

    [TestMethod]
    public void The_snapshot_is_the_network_at_the_end_of_a_cycle()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = Build();
        using var view = new NetworkView(network);
        view.Make(NetworkNeeds.Snapshot, () => throw new NotSupportedException(), []);
        var member = view.Of(0);
        var block = new Batch(randn([5, 4]), zeros(5, dtype: int64), arange(5, dtype: int64), ones(5, 1)) { Classes = 3, Epoch = 1, Epochs = 1 };
        view.BeginBlock(block, 0);
        Assert.IsNull(member.Snapshot(block));
        network.eval();
        var expected = network.forward(block.Features);
        member.TakeSnapshot();
        network.FlatParameters.add_(1);
        view.BeginBlock(block, 0);
        TestData.AreClose(expected.data<float>(), member.Snapshot(block)!, 1e-6, 1e-6, "logits");
    }

    private static Network Build()
    {
        var network = new Network(NetworkSpec.Mlp([8, 8], batchNorm: true).Bind(4, 3), CPU, trainable: true);
        network.Initialize(new Generator(1), new Generator(4));
        return network;
    }
}
