using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class DisposeScopeTests
{
    [TestMethod]
    public void A_scope_frees_what_was_made_in_it_and_spares_what_was_moved_out()
    {
        var before = Tensor.TotalCount;
        Tensor kept, detached, inner;
        using (var outer = NewDisposeScope())
        {
            using (var scope = NewDisposeScope())
            {
                inner = ones(2);
                kept = (ones(2) * 3).MoveToOuterDisposeScope();
                detached = (ones(2) * 4).DetachFromDisposeScope();
                Assert.AreEqual(3, scope.DisposablesCount);
                Assert.IsTrue(scope.Contains(inner));
            }
            Assert.IsTrue(inner.IsInvalid);
            Assert.IsFalse(kept.IsInvalid);
            Assert.AreEqual(1, outer.DisposablesCount);
            Assert.AreSame(outer, CurrentDisposeScope);
        }
        Assert.IsTrue(kept.IsInvalid);
        Check.Close([4, 4], detached);
        detached.Dispose();
        Assert.IsNull(CurrentDisposeScope);
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void A_tensor_that_is_disposed_leaves_its_scope_in_any_order()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 100).Select(k => full([1], (float)k)).ToList();
        foreach (var k in new[] { 0, 99, 50, 1, 98 })
            tensors[k].Dispose();
        Assert.AreEqual(95, scope.DisposablesCount);
        Assert.IsFalse(scope.Contains(tensors[50]));
        Check.Close([49], tensors[49]);
        scope.DisposeEverythingBut(tensors[7], tensors[97]);
        Assert.AreEqual(2, scope.DisposablesCount);
        Check.Close([97], tensors[97]);
        Assert.IsTrue(tensors[8].IsInvalid);
    }

    [TestMethod]
    public void A_scope_can_be_disposed_twice()
    {
        var scope = NewDisposeScope();
        var made = ones(1);
        Assert.AreEqual(1, scope.DisposablesCount);
        scope.Dispose();
        scope.Dispose();
        Assert.IsTrue(made.IsInvalid);
        Assert.ThrowsExactly<ObjectDisposedException>(() => _ = scope.DisposablesCount);
        Assert.IsNull(CurrentDisposeScope);
    }

    [TestMethod]
    public void An_outer_scope_may_end_first()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        var made = ones(1);
        outer.Dispose();
        Assert.AreSame(inner, CurrentDisposeScope);
        Assert.IsFalse(made.IsInvalid);
        inner.Dispose();
        Assert.IsTrue(made.IsInvalid);
        Assert.IsNull(CurrentDisposeScope);
    }

    [TestMethod]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? made = null;
        DisposeScope? current = null;
        var thread = new Thread(() => (current, made) = (CurrentDisposeScope, ones(1)));
        thread.Start();
        thread.Join();
        Assert.IsNull(current);
        Assert.IsFalse(scope.Contains(made!));
        made!.Dispose();
    }

    [TestMethod]
    public void The_collector_frees_forgotten_tensors_in_no_scope()
    {
        var before = CountAfterCollection();
        Forget();
        Assert.AreEqual(before, CountAfterCollection());

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var k = 0; k < 10; k++)
                _ = ones(1000);
        }
    }

    [TestMethod]
    public void A_thread_that_ends_in_a_scope_leaks_nothing()
    {
        var before = CountAfterCollection();
        var thread = new Thread(() =>
        {
            _ = NewDisposeScope();
            _ = ones(1000);
        });
        thread.Start();
        thread.Join();
        Assert.AreEqual(before, CountAfterCollection());
    }

    private static long CountAfterCollection()
    {
        for (var k = 0; k < 5; k++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return Tensor.TotalCount;
    }
}
