// The whole native side of the stand-in: any ATen operator, called by name through the dispatcher,
// and the few things that are no operators (gradients, generators, modes, raw memory).
// A tensor handle is an owned reference to a TensorImpl. Written against libtorch 1.13 to 2.11.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ScalarOps.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <dlfcn.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))

namespace {

// Mirrors Interop/Op.cs.
enum Kind : int32_t { None, TensorRef, Int, Double, Bool, Ints, Tensors, Device, Generator, Text };

struct Arg {
  int32_t kind;
  int32_t count;  // of a list; the index of a device
  union {
    int64_t i;
    double d;
    const int64_t* ints;
    c10::TensorImpl* tensor;
    c10::TensorImpl* const* tensors;
    c10::GeneratorImpl* generator;
    const char* text;
  };
};

struct Operator {
  c10::OperatorHandle handle;
  // Appended where the caller gives fewer arguments: newer versions add trailing ones.
  std::vector<c10::IValue> defaults;
  std::vector<c10::TypeKind> types;
};

thread_local std::string lastError;
thread_local std::vector<c10::IValue> stack;
thread_local std::vector<at::Tensor> listResult;

template <class F>
auto guarded(F body, decltype(body()) failed) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& e) {
    lastError = e.what();
  } catch (...) {
    lastError = "libtorch threw something that is no std::exception.";
  }
  return failed;
}

at::Tensor borrow(c10::TensorImpl* impl) {
  if (impl == nullptr) return at::Tensor();
  c10::raw::intrusive_ptr::incref(impl);
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(impl));
}

std::vector<at::Tensor> borrow(c10::TensorImpl* const* impls, int64_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int64_t k = 0; k < count; k++) tensors.push_back(borrow(impls[k]));
  return tensors;
}

c10::TensorImpl* release(at::Tensor tensor) { return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr; }

at::Generator borrow(c10::GeneratorImpl* impl) {
  c10::raw::intrusive_ptr::incref(impl);
  return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(impl));
}

c10::Device device(int32_t type, int32_t index) {
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

// A number where a tensor is wanted takes no part in the choice of the result's type, as in Python.
c10::IValue number(const c10::Scalar& value, c10::TypeKind wanted) {
  return wanted == c10::TypeKind::TensorType ? c10::IValue(at::native::wrapped_scalar_tensor(value))
      : wanted == c10::TypeKind::FloatType   ? c10::IValue(value.toDouble())
                                             : c10::IValue(value);
}

c10::IValue toIValue(const Arg& arg, c10::TypeKind wanted) {
  switch (arg.kind) {
    case TensorRef: return c10::IValue(borrow(arg.tensor));
    case Int: return number(arg.i, wanted);
    case Double: return number(arg.d, wanted);
    case Bool: return number(arg.i != 0, wanted);
    case Ints: return c10::IValue(c10::ArrayRef<int64_t>(arg.ints, arg.count));
    case Tensors: return c10::IValue(borrow(arg.tensors, arg.count));
    case Device: return c10::IValue(device(static_cast<int32_t>(arg.i), arg.count));
    case Generator: return c10::IValue(borrow(arg.generator));
    case Text: return c10::IValue(std::string(arg.text));
    default: return c10::IValue();
  }
}

void fromIValue(c10::IValue&& value, Arg& result) {
  result.count = 0;
  if (value.isTensor()) {
    result.kind = TensorRef;
    result.tensor = release(std::move(value).toTensor());
  } else if (value.isTensorList()) {
    result.kind = Tensors;
    listResult = std::move(value).toTensorVector();
    result.count = static_cast<int32_t>(listResult.size());
  } else if (value.isInt()) {
    result.kind = Int;
    result.i = value.toInt();
  } else if (value.isDouble()) {
    result.kind = Double;
    result.d = value.toDouble();
  } else if (value.isBool()) {
    result.kind = Bool;
    result.i = value.toBool();
  } else {
    result.kind = None;
  }
}

}  // namespace

API const char* td_error() { return lastError.c_str(); }

API void* td_find(const char* name, const char* overload) {
  return guarded([&]() -> void* {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    auto op = new Operator{handle, {}, {}};
    for (const auto& argument : handle.schema().arguments()) {
      op->defaults.push_back(argument.default_value() ? *argument.default_value() : c10::IValue());
      op->types.push_back(argument.type()->kind());
    }
    return op;
  }, nullptr);
}

// Returns the number of results, -1 on an error. No result is written past `capacity`.
API int32_t td_call(const Operator* op, const Arg* args, int32_t count, Arg* results, int32_t capacity) {
  auto result = guarded([&]() -> int32_t {
    auto arity = static_cast<int32_t>(op->defaults.size());
    TORCH_CHECK(count <= arity, op->handle.operator_name(), " takes ", arity, " arguments. Got ", count, ".");
    for (int32_t k = 0; k < count; k++) stack.push_back(toIValue(args[k], op->types[k]));
    for (int32_t k = count; k < arity; k++) stack.push_back(op->defaults[k]);
    op->handle.callBoxed(&stack);
    auto returned = static_cast<int32_t>(stack.size());
    for (int32_t k = 0; k < returned && k < capacity; k++) fromIValue(std::move(stack[k]), results[k]);
    return returned;
  }, -1);
  stack.clear();  // also after an error: it would keep the arguments alive
  return result;
}

// Hands out the tensors of the last list result of this thread.
API void td_take_list(c10::TensorImpl** tensors) {
  for (auto& tensor : listResult) *tensors++ = release(std::move(tensor));
  listResult.clear();
}

API void td_free(c10::TensorImpl* impl) { c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(impl); }
API c10::TensorImpl* td_share(c10::TensorImpl* impl) { return release(borrow(impl)); }

API int64_t td_shape(c10::TensorImpl* impl, int64_t* sizes, int64_t* strides, int64_t capacity) {
  return guarded([&]() -> int64_t {
    auto shape = impl->sizes();
    for (int64_t k = 0; k < static_cast<int64_t>(shape.size()) && k < capacity; k++) {
      sizes[k] = shape[k];
      if (strides != nullptr) strides[k] = impl->strides()[k];
    }
    return static_cast<int64_t>(shape.size());
  }, -1);
}

API int64_t td_numel(c10::TensorImpl* impl) { return impl->numel(); }
API int32_t td_dtype(c10::TensorImpl* impl) { return static_cast<int32_t>(c10::typeMetaToScalarType(impl->dtype())); }
API int32_t td_is_contiguous(c10::TensorImpl* impl) { return impl->is_contiguous(); }
API int32_t td_requires_grad(c10::TensorImpl* impl) { return impl->requires_grad() || borrow(impl).requires_grad(); }

// Type in the low 32 bits, index in the high ones.
API int64_t td_device(c10::TensorImpl* impl) {
  auto where = impl->device();
  return (static_cast<int64_t>(where.index()) << 32) | static_cast<uint32_t>(where.type());
}

API void* td_data(c10::TensorImpl* impl) {
  return guarded([&]() -> void* { return borrow(impl).data_ptr(); }, nullptr);
}

API int32_t td_set_requires_grad(c10::TensorImpl* impl, int32_t on) {
  return guarded([&] { borrow(impl).set_requires_grad(on != 0); return 0; }, -1);
}

API c10::TensorImpl* td_grad(c10::TensorImpl* impl) {
  return guarded([&] { return release(borrow(impl).grad()); }, nullptr);
}

API int32_t td_set_grad(c10::TensorImpl* impl, c10::TensorImpl* grad) {
  return guarded([&] { borrow(impl).mutable_grad() = borrow(grad); return 0; }, -1);
}

API int32_t td_backward(c10::TensorImpl* const* tensors, int64_t count, c10::TensorImpl* const* grads, int64_t gradCount,
                        c10::TensorImpl* const* inputs, int64_t inputCount, int32_t retainGraph, int32_t createGraph) {
  return guarded([&] {
    torch::autograd::backward(borrow(tensors, count), borrow(grads, gradCount), retainGraph != 0, createGraph != 0,
                              borrow(inputs, inputCount));
    return 0;
  }, -1);
}

// Writes one gradient an input.
API int32_t td_gradients(c10::TensorImpl* const* outputs, int64_t count, c10::TensorImpl* const* inputs, int64_t inputCount,
                         c10::TensorImpl* const* grads, int64_t gradCount, int32_t retainGraph, int32_t createGraph,
                         int32_t allowUnused, c10::TensorImpl** results) {
  return guarded([&] {
    auto found = torch::autograd::grad(borrow(outputs, count), borrow(inputs, inputCount), borrow(grads, gradCount),
                                       retainGraph != 0, createGraph != 0, allowUnused != 0);
    for (auto& gradient : found) *results++ = release(std::move(gradient));
    return 0;
  }, -1);
}

API int32_t td_grad_mode() { return c10::GradMode::is_enabled(); }
API void td_set_grad_mode(int32_t on) { c10::GradMode::set_enabled(on != 0); }

// A clone is independent of its model, on every device, without linking to that device's library.
API c10::GeneratorImpl* td_generator(int32_t type, int32_t index, uint64_t seed) {
  return guarded([&] {
    auto generator = at::globalContext().defaultGenerator(device(type, index)).clone();
    generator.set_current_seed(seed);
    return generator.unsafeReleaseGeneratorImpl();
  }, nullptr);
}

API c10::GeneratorImpl* td_default_generator(int32_t type, int32_t index) {
  return guarded([&] {
    auto generator = at::globalContext().defaultGenerator(device(type, index));
    return generator.unsafeReleaseGeneratorImpl();
  }, nullptr);
}

API void td_free_generator(c10::GeneratorImpl* impl) { c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(impl); }
API uint64_t td_generator_seed(c10::GeneratorImpl* impl) { return impl->current_seed(); }

API void td_set_generator_seed(c10::GeneratorImpl* impl, uint64_t seed) {
  auto generator = borrow(impl);
  std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

API c10::TensorImpl* td_generator_state(c10::GeneratorImpl* impl) {
  return guarded([&] { return release(borrow(impl).get_state()); }, nullptr);
}

API int32_t td_set_generator_state(c10::GeneratorImpl* impl, c10::TensorImpl* state) {
  return guarded([&] {
    auto generator = borrow(impl);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(borrow(state));
    return 0;
  }, -1);
}

API int32_t td_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); return 0; }, -1);
}

API int32_t td_threads() { return at::get_num_threads(); }
// Builds with MKL pass the number on to it; OpenBLAS, where it is the BLAS, must be told too. Its variant with pthreads has a pool of its own,
// which would fight with ATen's: it gets one thread.
API void td_set_threads(int32_t count) {
  using SetThreads = void (*)(int);
  using GetParallel = int (*)();
  static void* const library = dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_NOLOAD);
  static const auto set_blas = reinterpret_cast<SetThreads>(library ? dlsym(library, "openblas_set_num_threads") : nullptr);
  static const auto get_parallel = reinterpret_cast<GetParallel>(library ? dlsym(library, "openblas_get_parallel") : nullptr);
  constexpr int kPthreads = 1;
  at::set_num_threads(count);
  if (set_blas) set_blas(get_parallel && get_parallel() == kPthreads ? 1 : count);
}

API int32_t td_cuda_devices() {
  return guarded([&]() -> int32_t {
    if (!c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)) return 0;
    return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).deviceCount();
  }, 0);
}

API int32_t td_cuda_synchronize(int32_t index) {
  return guarded([&] {
    c10::impl::VirtualGuardImpl guard(c10::DeviceType::CUDA);
    auto where = index < 0 ? guard.getDevice() : device(static_cast<int32_t>(c10::DeviceType::CUDA), index);
    guard.synchronizeStream(guard.getStream(where));
    return 0;
  }, -1);
}
