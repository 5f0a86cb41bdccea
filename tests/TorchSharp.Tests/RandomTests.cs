using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class RandomTests
{
    [TestMethod]
    public void A_seed_gives_PyTorchs_numbers()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(42);
        Check.Close([0.882269263, 0.915003955, 0.38286376, 0.959305644], rand(4, generator: generator));
        Check.Close([2, 4, 6, 7, 0, 3, 1, 5], randperm(8, generator: generator));
        Check.Close([0, 0, 0, 0, 1, 0, 0, 1], empty(8).bernoulli_(0.3, generator));
        Check.Close([0.47389248, 0.642891347, -1.37170696], empty(3).normal_(1, 2, generator));
        Assert.AreEqual(42, generator.initial_seed());
    }

    [TestMethod]
    public void The_default_generator_seeds_layers_and_dropout()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        using var linear = nn.Linear(3, 2);
        Check.Close([0.0403250754, -0.347792119, 0.183841825, 0.181161284, -0.308580369, -0.0865316316], linear.weight!);
        Check.Close([-0.338227928, 0.149806648], linear.bias!);
        manual_seed(7);
        Check.Close([1.66666663, 1.66666663, 0, 0, 0, 0, 1.66666663, 1.66666663, 0, 0], nn.functional.dropout(ones(10), 0.4));
    }

    [TestMethod]
    public void A_generator_goes_back_to_a_state_of_its_own()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var other = new Generator(3);
        var state = generator.get_state();
        var first = rand(5, generator: generator);
        manual_seed(1);
        _ = rand(100);
        Assert.IsTrue(first.Equals(rand(5, generator: other)));
        generator.set_state(state);
        Assert.IsTrue(first.Equals(rand(5, generator: generator)));
        Assert.IsFalse(first.Equals(rand(5, generator: generator)));
    }

    [TestMethod]
    public void Threads_with_their_own_generators_do_not_disturb_one_another()
    {
        var alone = Draw(5);
        var beside = new float[8][];
        Parallel.For(0, beside.Length, k => beside[k] = Draw(k % 2 == 0 ? 5u : 6u));
        for (var k = 0; k < beside.Length; k += 2)
            CollectionAssert.AreEqual(alone, beside[k]);
        CollectionAssert.AreNotEqual(alone, beside[1]);

        static float[] Draw(ulong seed)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            using var parameter = new Modules.Parameter(rand(8, generator: generator));
            using var optimizer = optim.SGD([parameter], 0.1, 0.9);
            for (var step = 0; step < 100; step++)
            {
                optimizer.zero_grad();
                (parameter * empty(8).bernoulli_(0.5, generator)).square().sum().backward();
                optimizer.step();
            }
            return parameter.data<float>().ToArray();
        }
    }
}
