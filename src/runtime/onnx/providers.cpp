#include "src/runtime/onnx/providers.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <unordered_map>

#include "src/core/error.h"
#include "src/runtime/onnx/environment.h"

namespace facemat {
namespace {

using Settings = std::unordered_map<std::string, std::string>;

// How each is registered, and how ONNX Runtime calls the memory of its device ("" where answers come in the machine's).
struct Entry {
  Provider provider;
  const char* memory;
  void (*append)(Ort::SessionOptions& options, const Entry& entry, int device);
  const char* short_name = "";  // what the general registration calls it
};

void nothing(Ort::SessionOptions&, const Entry&, int) {}

void by_name(Ort::SessionOptions& options, const Entry& entry, int) { options.AppendExecutionProvider(entry.short_name); }

void by_name_and_device(Ort::SessionOptions& options, const Entry& entry, int device) {
  options.AppendExecutionProvider(entry.short_name, Settings{{"device_id", std::to_string(device)}});
}

void cuda(Ort::SessionOptions& options, const Entry&, int device) {
  OrtCUDAProviderOptionsV2* made = nullptr;
  Ort::ThrowOnError(Ort::GetApi().CreateCUDAProviderOptions(&made));
  const std::unique_ptr<OrtCUDAProviderOptionsV2, void (*)(OrtCUDAProviderOptionsV2*)> settings(
      made, Ort::GetApi().ReleaseCUDAProviderOptions);
  const std::string id = std::to_string(device);
  const char *key = "device_id", *value = id.c_str();
  Ort::ThrowOnError(Ort::GetApi().UpdateCUDAProviderOptions(settings.get(), &key, &value, 1));
  options.AppendExecutionProvider_CUDA_V2(*settings);
}

// What TensorRT cannot run goes to CUDA.
void tensorrt(Ort::SessionOptions& options, const Entry& entry, int device) {
  OrtTensorRTProviderOptionsV2* made = nullptr;
  Ort::ThrowOnError(Ort::GetApi().CreateTensorRTProviderOptions(&made));
  const std::unique_ptr<OrtTensorRTProviderOptionsV2, void (*)(OrtTensorRTProviderOptionsV2*)> settings(
      made, Ort::GetApi().ReleaseTensorRTProviderOptions);
  const std::string id = std::to_string(device);
  const char *key = "device_id", *value = id.c_str();
  Ort::ThrowOnError(Ort::GetApi().UpdateTensorRTProviderOptions(settings.get(), &key, &value, 1));
  options.AppendExecutionProvider_TensorRT_V2(*settings);
  cuda(options, entry, device);
}

void rocm(Ort::SessionOptions& options, const Entry&, int device) {
  OrtROCMProviderOptions settings;
  settings.device_id = device;
  options.AppendExecutionProvider_ROCM(settings);
}

void migraphx(Ort::SessionOptions& options, const Entry&, int device) {
  OrtMIGraphXProviderOptions settings{};
  settings.device_id = device;
  options.AppendExecutionProvider_MIGraphX(settings);
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> table = {
      {{"tensorrt", "TensorrtExecutionProvider", false}, "Cuda", tensorrt},
      {{"cuda", "CUDAExecutionProvider", true}, "Cuda", cuda},
      {{"migraphx", "MIGraphXExecutionProvider", false}, "", migraphx},
      {{"rocm", "ROCMExecutionProvider", true}, "", rocm},
      {{"directml", "DmlExecutionProvider", true}, "", by_name_and_device, "DML"},
      {{"coreml", "CoreMLExecutionProvider", true}, "", by_name, "CoreML"},
      {{"openvino", "OpenVINOExecutionProvider", true}, "", by_name, "OpenVINO"},
      {{"qnn", "QNNExecutionProvider", false}, "", by_name, "QNN"},
      {{"webgpu", "WebGpuExecutionProvider", false}, "", by_name, "WebGPU"},
      {{"xnnpack", "XnnpackExecutionProvider", false}, "", by_name, "XNNPACK"},
      {{"cpu", "CPUExecutionProvider", true}, "", nothing},
  };
  return table;
}

const Entry& entry_of(const std::string& name) {
  const Provider& provider = find_provider(name);
  return *std::find_if(entries().begin(), entries().end(), [&](const Entry& e) { return e.provider.name == provider.name; });
}

GraphOptimizationLevel level_of(const std::string& optimisation) {
  if (optimisation == "none") return ORT_DISABLE_ALL;
  if (optimisation == "basic") return ORT_ENABLE_BASIC;
  if (optimisation == "extended") return ORT_ENABLE_EXTENDED;
  require(optimisation == "all", "unknown optimisation '{}' (known: none, basic, extended, all)", optimisation);
  return ORT_ENABLE_ALL;
}

Ort::SessionOptions settings_for(const SessionOptions& options, const OpenDimensions& sizes) {
  require(options.threads >= 0 && options.threads <= 1024, "threads is {} (allowed: 0 to 1024)", options.threads);
  require(options.device >= 0, "device is {} (allowed: 0 and up)", options.device);
  Ort::SessionOptions settings;
  settings.SetIntraOpNumThreads(options.threads > 0 ? options.threads
                                                    : std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  settings.SetInterOpNumThreads(1);
  settings.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  settings.SetGraphOptimizationLevel(level_of(options.optimisation));
  // Idle threads sleep: a decoder, an encoder or another program usually wants the cores between two frames.
  settings.AddConfigEntry("session.intra_op.allow_spinning", "0");
  settings.AddConfigEntry("session.use_env_allocators", "1");
  for (const auto& [name, size] : sizes)
    Ort::ThrowOnError(Ort::GetApi().AddFreeDimensionOverrideByName(settings, name.c_str(), size));
  // What was checked is protobuf; ONNX Runtime would also read its own format if the bytes looked like it.
  settings.AddConfigEntry("session.load_model_format", "ONNX");
  return settings;
}

OpenedSession open_with(const Entry& entry, const std::string& model, const SessionOptions& options,
                        const OpenDimensions& sizes) {
  Ort::SessionOptions settings = settings_for(options, sizes);
  try {
    entry.append(settings, entry, options.device);
  } catch (const Ort::Exception& error) {
    fail_with(fmt::format("the execution provider '{}' does not work here", entry.provider.name), error);
  }
  Ort::MemoryInfo memory = entry.memory[0] == '\0'
                               ? Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault)
                               : Ort::MemoryInfo(entry.memory, OrtDeviceAllocator, options.device, OrtMemTypeDefault);
  Ort::Session session = open_session(model, settings);
  return {std::move(session), entry.provider.name, std::move(memory)};
}

// The first that opens. What cannot be opened with any is cpu's to complain about.
OpenedSession open_automatic(const std::string& model, const SessionOptions& options, const OpenDimensions& sizes) {
  const std::vector<std::string> available = available_providers();
  for (const Entry& entry : entries()) {
    const bool here = std::find(available.begin(), available.end(), entry.provider.name) != available.end();
    if (!here || !entry.provider.automatic || entry.provider.name == "cpu") continue;
    try {
      return open_with(entry, model, options, sizes);
    } catch (const std::exception&) {  // what is wrong with the model or the options comes again below
      continue;
    }
  }
  return open_with(entry_of("cpu"), model, options, sizes);
}

// Fields as protobuf writes them; all lengths here fit into one byte.
std::string number_field(int field, int value) { return {static_cast<char>(field << 3), static_cast<char>(value)}; }
std::string bytes_field(int field, const std::string& bytes) {
  return std::string{static_cast<char>(field << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

// An ONNX file whose output y is its input x, of rank 4 and any size. ONNX Runtime numbers element types as ONNX does.
std::string identity_model(ONNXTensorElementDataType type) {
  std::string sides;
  for (const char* side : {"a", "b", "c", "d"}) sides += bytes_field(1, bytes_field(2, side));
  const std::string tensor = bytes_field(2, bytes_field(1, number_field(1, type) + bytes_field(2, sides)));
  const std::string node = bytes_field(1, bytes_field(1, "x") + bytes_field(2, "y") + bytes_field(4, "Identity"));
  const std::string ports = bytes_field(11, bytes_field(1, "x") + tensor) + bytes_field(12, bytes_field(1, "y") + tensor);
  return number_field(1, 7) + bytes_field(7, node + bytes_field(2, "copy") + ports) +
         bytes_field(8, bytes_field(1, "") + number_field(2, 13));
}

}  // namespace

Ort::Value to_cpu(const Ort::Value& value, const SessionOptions& options) {
  SessionOptions single = options;
  single.threads = 1;
  OpenedSession opened = open_session(identity_model(value.GetTensorTypeAndShapeInfo().GetElementType()), single);
  Ort::IoBinding binding(opened.session);
  binding.BindInput("x", value);
  binding.BindOutput("y", Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault));
  binding.SynchronizeInputs();
  opened.session.Run(Ort::RunOptions{nullptr}, binding);
  binding.SynchronizeOutputs();
  return std::move(binding.GetOutputValues().front());
}

OpenedSession open_session(const std::string& model, const SessionOptions& options, const OpenDimensions& sizes) {
  return options.provider == "auto" ? open_automatic(model, options, sizes)
                                    : open_with(entry_of(options.provider), model, options, sizes);
}

const std::vector<Provider>& providers() {
  static const std::vector<Provider> table = [] {
    std::vector<Provider> out;
    for (const Entry& entry : entries()) out.push_back(entry.provider);
    return out;
  }();
  return table;
}

std::vector<std::string> available_providers() {
  const std::vector<std::string> built_in = runtime_providers();
  std::vector<std::string> names;
  for (const Provider& provider : providers())
    if (std::find(built_in.begin(), built_in.end(), provider.long_name) != built_in.end()) names.push_back(provider.name);
  return names;
}

const Provider& find_provider(const std::string& name) {
  const auto at = std::find_if(providers().begin(), providers().end(), [&](const Provider& p) { return p.name == name; });
  const std::vector<std::string> available = available_providers();
  require(at != providers().end(), "unknown execution provider '{}' (this ONNX Runtime has: auto, {})", name,
          fmt::join(available, ", "));
  require(std::find(available.begin(), available.end(), name) != available.end(),
          "this ONNX Runtime was built without the execution provider '{}' (it has: auto, {})", name,
          fmt::join(available, ", "));
  return *at;
}

std::string runtime_version() { return OrtGetApiBase()->GetVersionString(); }

std::vector<std::string> runtime_providers() { return Ort::GetAvailableProviders(); }

}  // namespace facemat
