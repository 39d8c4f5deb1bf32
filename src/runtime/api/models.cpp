#include "src/runtime/api/models.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "src/core/json.h"
#include "src/runtime/api/guard.h"
#include "src/runtime/api/images.h"
#include "src/runtime/api/options.h"
#include "src/runtime/onnx/cost.h"
#include "src/runtime/predictors/matter.h"

namespace facemat::api {
namespace {

nlohmann::json info_of(const Model& model) {
  auto info = nlohmann::json::object();
  info["contract"] = nlohmann::json::parse(contract_to_json(model.contract()));
  info["provider"] = model.provider();
  info["float16"] = model.half_precision();
  const cv::Size fixed = model.fixed_size();
  if (fixed.empty()) {
    info["fixed_size"] = nullptr;
  } else {
    info["fixed_size"] = {fixed.width, fixed.height};
  }
  return info;
}

void give(std::shared_ptr<const Model> model, fm_model** out) {
  std::string info = JsonTree(info_of(*model))->dump();
  *out = new fm_model{std::move(model), std::move(info)};
}

const std::vector<std::string>& provider_names() {
  static const std::vector<std::string> names = available_providers();
  return names;
}

}  // namespace
}  // namespace facemat::api

using namespace facemat::api;  // below stand only functions of the C API

extern "C" {

fm_status fm_model_load(const char* path, const fm_model_options* options, fm_model** model) {
  return guarded([&] {
    demand(path != nullptr, "path is NULL");
    demand(model != nullptr, "the place for the model is NULL");
    give(std::make_shared<const facemat::Model>(path, to_session_options(options)), model);
  });
}

fm_status fm_model_load_memory(const void* bytes, size_t size, const char* name, const fm_model_options* options,
                               fm_model** model) {
  return guarded([&] {
    demand(bytes != nullptr, "bytes is NULL");
    demand(model != nullptr, "the place for the model is NULL");
    demand(size <= facemat::kLargestModel, "{} bytes (allowed for a model: up to {})", size, facemat::kLargestModel);
    const std::string text(static_cast<const char*>(bytes), size);
    give(std::make_shared<const facemat::Model>(text, or_default(name, "model"), to_session_options(options)), model);
  });
}

void fm_model_free(fm_model* model) { delete model; }

const char* fm_model_info(const fm_model* model) { return model == nullptr ? nullptr : model->info.c_str(); }

const char* fm_model_provider(const fm_model* model) { return model == nullptr ? nullptr : model->model->provider().c_str(); }

int32_t fm_model_has_uncertainty(const fm_model* model) {
  return model != nullptr && !model->model->contract().uncertainty_output.empty();
}

int32_t fm_provider_count(void) {
  return or_nothing<int32_t>([] { return static_cast<int32_t>(provider_names().size()); });
}

const char* fm_provider_name(int32_t index) {
  return or_nothing<const char*>(
      [&] { return name_at(provider_names(), index, [](const std::string& n) { return n.c_str(); }); });
}

fm_status fm_nodes_by_provider(const char* path, const fm_model_options* options, int32_t width, int32_t height, char* text,
                               size_t capacity) {
  return guarded([&] {
    demand(path != nullptr && text != nullptr, "path or text is NULL");
    constexpr int kSmallest = 16;
    demand(std::min(width, height) >= kSmallest && std::max(width, height) <= facemat::kLargestSide,
           "a frame of {}x{} (allowed: {} to {} each way)", width, height, kSmallest, facemat::kLargestSide);
    const facemat::SessionOptions session = to_session_options(options);
    const auto open = [&] { return std::make_unique<facemat::Matter>(std::make_shared<const facemat::Model>(path, session)); };
    const cv::Mat frame(height, width, CV_8UC3, cv::Scalar::all(128));
    const std::string json = facemat::JsonTree(facemat::nodes_by_provider(open, frame))->dump();
    demand(json.size() < capacity, "the text takes {} bytes, {} are given", json.size() + 1, capacity);
    std::memcpy(text, json.c_str(), json.size() + 1);
  });
}

}  // extern "C"
