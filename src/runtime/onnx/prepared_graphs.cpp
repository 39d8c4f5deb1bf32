#include "src/runtime/onnx/prepared_graphs.h"

#include <algorithm>
#include <set>
#include <vector>

#include "src/core/error.h"

namespace facemat {
namespace {

// Empty where a dimension has no name. The C functions, since the C++ ones changed between versions of ONNX Runtime.
std::vector<std::string> dimension_names(const Ort::TypeInfo& type) {
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return {};
  const OrtTensorTypeAndShapeInfo* info = nullptr;
  Ort::ThrowOnError(Ort::GetApi().CastTypeInfoToTensorInfo(type, &info));
  size_t rank = 0;
  Ort::ThrowOnError(Ort::GetApi().GetDimensionsCount(info, &rank));
  std::vector<const char*> names(rank);
  Ort::ThrowOnError(Ort::GetApi().GetSymbolicDimensions(info, names.data(), rank));
  return {names.begin(), names.end()};
}

}  // namespace

PreparedGraphs::PreparedGraphs(std::string model, const SessionOptions& options, ImageDimensions names)
    : model_(std::move(model)), options_(options), names_(std::move(names)) {}

std::shared_ptr<OpenedSession> PreparedGraphs::open(cv::Size size) const {
  OpenDimensions sizes = {{names_.height, size.height}, {names_.width, size.width}};
  if (!names_.batch.empty()) sizes[names_.batch] = 1;
  try {
    return std::make_shared<OpenedSession>(open_session(model_, options_, sizes));
  } catch (const Ort::Exception& error) {
    if (tells_of_memory(error.what())) throw;
    return nullptr;  // sizes that contradict each other: the open graph tells what is wrong, if anything is
  }
}

std::shared_ptr<OpenedSession> PreparedGraphs::of(cv::Size size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Prepared& p) { return p.size == size; });
  Prepared prepared = found != kept_.end() ? *found : Prepared{size, open(size)};
  if (found != kept_.end()) kept_.erase(found);
  kept_.push_front(prepared);
  if (kept_.size() > kKept) kept_.pop_back();
  return prepared.opened;
}

ImageDimensions image_dimensions(const Ort::Session& session, const std::string& name, const std::vector<std::string>& guides) {
  Ort::AllocatorWithDefaultOptions allocator;
  std::vector<std::string> image;
  std::multiset<std::string> all;
  for (size_t i = 0; i < session.GetInputCount(); ++i) {
    const std::string input = session.GetInputNameAllocated(i, allocator).get();
    if (std::count(guides.begin(), guides.end(), input) > 0) continue;
    const std::vector<std::string> names = dimension_names(session.GetInputTypeInfo(i));
    all.insert(names.begin(), names.end());
    if (input == name) image = names;
  }
  if (image.size() != 4) return {};
  const bool clear =
      std::all_of(image.begin(), image.end(), [&](const std::string& n) { return n.empty() || all.count(n) == 1; });
  return clear ? ImageDimensions{image[0], image[2], image[3]} : ImageDimensions{};
}

}  // namespace facemat
