#include "src/runtime/api/facemat.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/core/program.h"
#include "src/runtime/api/images.h"
#include "src/runtime/compositor.h"
#include "src/runtime/cost.h"
#include "src/runtime/effects.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/matter.h"
#include "src/runtime/sources/alpha_source.h"

using facemat::api::demand;

struct fm_model {
  std::shared_ptr<const facemat::Model> model;
  std::string info;
};

struct fm_stream {
  std::unique_ptr<facemat::Predictor> predictor;
  facemat::Matter* matter = nullptr;     // the predictor, if it is one
  facemat::FaceMatter* faces = nullptr;  // likewise
};

namespace facemat::api {
namespace {

// A plain array: the message of a failed allocation must not need one.
thread_local char last_error[1024] = "";

fm_status failed(fm_status status, const char* message) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", message);
  return status;
}

// Runs `body`; whatever it throws becomes a status and a message.
template <typename Body>
fm_status guarded(Body body) noexcept {
  try {
    body();
    return FM_OK;
  } catch (const ArgumentError& error) {
    return failed(FM_ERROR_ARGUMENT, error.what());
  } catch (const Error& error) {
    return failed(FM_ERROR_FAILED, error.what());
  } catch (const std::bad_alloc&) {
    return failed(FM_ERROR_MEMORY, "not enough memory");
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) return failed(FM_ERROR_MEMORY, "not enough memory");
    return failed(FM_ERROR_INTERNAL, error.err.c_str());
  } catch (const std::exception& error) {
    return failed(FM_ERROR_INTERNAL, error.what());
  } catch (...) {
    return failed(FM_ERROR_INTERNAL, "an exception of an unknown type");
  }
}

// The caller's options over the defaults: an older program knows fewer, a newer one may know more, which must be left at 0
// here.
template <typename Options>
Options settled(const Options* given, const Options& defaults, const char* what) {
  constexpr uint32_t kMostBytes = 4096;
  if (given == nullptr) return defaults;
  const uint32_t size = given->size;
  demand(size >= sizeof(size) && size <= kMostBytes, "{}: size is {} (allowed: as its init function sets it)", what, size);
  Options out = defaults;
  std::memcpy(&out, given, std::min<size_t>(size, sizeof(Options)));
  const auto* bytes = reinterpret_cast<const uint8_t*>(given);
  const bool known =
      std::all_of(bytes + std::min<size_t>(size, sizeof(Options)), bytes + size, [](uint8_t b) { return b == 0; });
  demand(known, "{}: an option that this version ({}) does not know is set", what, kVersion);
  return out;
}

// As much of `defaults` as fits into the caller's struct, with its size.
template <typename Options>
void initialise(Options* options, uint32_t size, Options defaults) {
  if (options == nullptr || size < sizeof(size)) return;
  defaults.size = std::min<uint32_t>(size, sizeof(Options));
  std::memset(options, 0, size);
  std::memcpy(options, &defaults, defaults.size);
}

fm_model_options model_defaults() { return {sizeof(fm_model_options), 0, 0, 0, "cpu", "all"}; }

fm_stream_options stream_defaults() { return {sizeof(fm_stream_options), 0, 0, 0, 0, nullptr}; }

fm_composite_options composite_defaults() {
  return {sizeof(fm_composite_options), 0, "standard", 1, "target", 0.5, 0, 0, 0, 0};
}

const char* or_default(const char* text, const char* fallback) { return text == nullptr ? fallback : text; }

SessionOptions to_session_options(const fm_model_options* given) {
  const fm_model_options o = settled(given, model_defaults(), "model options");
  return {o.threads, or_default(o.provider, "cpu"), o.device, or_default(o.optimisation, "all")};
}

MatterOptions to_matter_options(const fm_stream_options& o) {
  MatterOptions out;
  out.max_side = o.max_side;
  out.as_trained = o.as_trained != 0;
  out.stretch = o.stretch != 0;
  out.ratio = o.ratio;
  return out;
}

CompositeOptions to_composite_options(const fm_composite_options* given) {
  const fm_composite_options o = settled(given, composite_defaults(), "composite options");
  CompositeOptions out;
  out.mode = or_default(o.mode, "standard");
  out.opacity = o.opacity;
  out.uncertain_toward = or_default(o.uncertain_toward, "target");
  out.uncertainty_strength = o.uncertainty_strength;
  out.linear_light = o.linear_light != 0;
  out.decontaminate = o.decontaminate != 0;
  out.threshold = o.threshold;
  out.erode = o.erode;
  out.feather = o.feather;
  return out;
}

std::unique_ptr<FaceMatter> face_matter(const char* detector, std::shared_ptr<const Model> model,
                                        const MatterOptions& options) {
  FaceConfig config;
  config.detector = detector_of(detector);
  config.crop.side = model->contract().train_size;
  return std::make_unique<FaceMatter>(config, [=] { return std::make_unique<Matter>(model, options); });
}

std::string info_of(const Model& model) {
  nlohmann::json info;
  info["contract"] = nlohmann::json::parse(contract_to_json(model.contract()));
  info["provider"] = model.provider();
  info["float16"] = model.half_precision();
  const cv::Size fixed = model.fixed_size();
  if (fixed.empty()) {
    info["fixed_size"] = nullptr;
  } else {
    info["fixed_size"] = {fixed.width, fixed.height};
  }
  return info.dump();
}

void give(std::shared_ptr<const Model> model, fm_model** out) {
  std::string info = info_of(*model);
  *out = new fm_model{std::move(model), std::move(info)};
}

Matte to_matte(const fm_image* alpha, const fm_image* uncertainty) {
  Matte matte;
  matte.alpha = weight_of(alpha, "alpha");
  if (uncertainty != nullptr) matte.uncertainty = weight_of(uncertainty, "uncertainty");
  return matte;
}

const std::vector<std::string>& provider_names() {
  static const std::vector<std::string> names = available_providers();
  return names;
}

// What `body` returns; 0 or NULL where it cannot.
template <typename Result, typename Body>
Result or_nothing(Body body) noexcept {
  Result out{};
  guarded([&] { out = body(); });
  return out;
}

template <typename Entry, typename Text>
const char* name_at(const std::vector<Entry>& table, int32_t index, Text text) {
  return index >= 0 && static_cast<size_t>(index) < table.size() ? text(table[index]) : nullptr;
}

}  // namespace
}  // namespace facemat::api

using facemat::require;
using namespace facemat::api;  // below stand only the functions of the C API

extern "C" {

const char* fm_version(void) { return facemat::kVersion; }

int32_t fm_abi_version(void) { return FM_ABI_VERSION; }

const char* fm_onnxruntime_version(void) {
  return or_nothing<const char*>([] {
    static const std::string v = facemat::runtime_version();
    return v.c_str();
  });
}

const char* fm_last_error(void) { return last_error; }

int32_t fm_pixel_bytes(int32_t format) { return pixel_bytes(format); }

void fm_model_options_init(fm_model_options* options, uint32_t size) { initialise(options, size, model_defaults()); }

void fm_stream_options_init(fm_stream_options* options, uint32_t size) { initialise(options, size, stream_defaults()); }

void fm_composite_options_init(fm_composite_options* options, uint32_t size) {
  initialise(options, size, composite_defaults());
}

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
    const std::string json = nlohmann::json(facemat::nodes_by_provider(open, frame)).dump();
    demand(json.size() < capacity, "the text takes {} bytes, {} are given", json.size() + 1, capacity);
    std::memcpy(text, json.c_str(), json.size() + 1);
  });
}

fm_status fm_stream_create(const fm_model* model, const fm_stream_options* options, fm_stream** stream) {
  return guarded([&] {
    demand(model != nullptr, "model is NULL");
    demand(stream != nullptr, "the place for the stream is NULL");
    const fm_stream_options asked = settled(options, stream_defaults(), "stream options");
    if (asked.faces != nullptr) {
      auto faces = face_matter(asked.faces, model->model, to_matter_options(asked));
      facemat::FaceMatter* const finder = faces.get();
      *stream = new fm_stream{std::move(faces), nullptr, finder};
      return;
    }
    auto matter = std::make_unique<facemat::Matter>(model->model, to_matter_options(asked));
    facemat::Matter* const known = matter.get();
    *stream = new fm_stream{std::move(matter), known, nullptr};
  });
}

fm_status fm_stream_open_source(const char* yaml, const char* const* settings, size_t count, int32_t threads,
                                fm_stream** stream) {
  return guarded([&] {
    demand(yaml != nullptr, "yaml is NULL");
    demand(stream != nullptr, "the place for the stream is NULL");
    demand(count == 0 || settings != nullptr, "settings is NULL");
    demand(threads >= 0, "threads is {} (allowed: 0 and up)", threads);
    std::vector<std::string> assignments;
    for (size_t i = 0; i < count; ++i) {
      demand(settings[i] != nullptr, "settings[{}] is NULL", i);
      assignments.emplace_back(settings[i]);
    }
    *stream = new fm_stream{facemat::open_alpha_source(yaml, assignments, threads), nullptr, nullptr};
  });
}

void fm_stream_free(fm_stream* stream) { delete stream; }

fm_status fm_stream_predict(fm_stream* stream, const fm_image* frame, fm_image* alpha, fm_image* uncertainty) {
  return guarded([&] {
    demand(stream != nullptr, "stream is NULL");
    const cv::Mat picture = frame_of(frame, "frame");
    check_weight_place(alpha, picture.size(), "alpha");
    if (uncertainty != nullptr) check_weight_place(uncertainty, picture.size(), "uncertainty");
    const bool none = stream->matter != nullptr && stream->matter->contract().uncertainty_output.empty();
    require(uncertainty == nullptr || !none, "the model gives no uncertainty");
    const facemat::Matte matte = stream->predictor->predict(picture);
    require(uncertainty == nullptr || !matte.uncertainty.empty(), "the model or alpha source gives no uncertainty");
    put_weight(matte.alpha, *alpha);
    if (uncertainty != nullptr) put_weight(matte.uncertainty, *uncertainty);
  });
}

fm_status fm_stream_faces(const fm_stream* stream, fm_face* faces, size_t capacity, size_t* count) {
  return guarded([&] {
    demand(stream != nullptr, "stream is NULL");
    demand(count != nullptr, "the place for the count is NULL");
    *count = 0;
    if (stream->faces == nullptr) return;
    for (const facemat::TrackedFace& face : stream->faces->faces()) {
      if (faces != nullptr && *count < capacity)
        faces[*count] = {face.id, face.unseen, face.pose.centre.x, face.pose.centre.y, face.pose.side, face.pose.degrees};
      ++*count;
    }
  });
}

fm_status fm_stream_reset(fm_stream* stream) {
  return guarded([&] {
    demand(stream != nullptr, "stream is NULL");
    stream->predictor->reset();
  });
}

fm_status fm_stream_save_state(const fm_stream* stream, void* buffer, size_t capacity, size_t* size) {
  return guarded([&] {
    demand(stream != nullptr, "stream is NULL");
    demand(size != nullptr, "the place for the size is NULL");
    require(stream->matter != nullptr, "a stream that finds faces or goes through an alpha source has no state to save");
    const std::string bytes = facemat::state_to_bytes(stream->matter->state());
    *size = bytes.size();
    if (buffer == nullptr) return;
    demand(bytes.size() <= capacity, "the state takes {} bytes, {} are given", bytes.size(), capacity);
    std::memcpy(buffer, bytes.data(), bytes.size());
  });
}

fm_status fm_stream_restore_state(fm_stream* stream, const void* bytes, size_t size) {
  return guarded([&] {
    demand(stream != nullptr, "stream is NULL");
    demand(bytes != nullptr, "bytes is NULL");
    require(stream->matter != nullptr, "a stream that finds faces or goes through an alpha source takes no state");
    stream->matter->set_state(facemat::state_from_bytes({static_cast<const char*>(bytes), size}, "state"));
  });
}

fm_status fm_composite(const fm_image* target, const fm_image* swap, const fm_image* alpha, const fm_image* uncertainty,
                       const fm_image* region, const fm_composite_options* options, fm_image* out) {
  return guarded([&] {
    const cv::Mat below = colour_of(target, "target"), above = colour_of(swap, "swap");
    demand(above.size() == below.size() && above.type() == below.type(),
           "target and swap must have one size and depth ({}x{} of {} bits, {}x{} of {})", below.cols, below.rows,
           8 * below.elemSize1(), above.cols, above.rows, 8 * above.elemSize1());
    const facemat::Matte matte = to_matte(alpha, uncertainty);
    const cv::Mat where = region == nullptr ? cv::Mat() : weight_of(region, "region");
    const bool fit = matte.alpha.size() == below.size() && (where.empty() || where.size() == below.size()) &&
                     (matte.uncertainty.empty() || matte.uncertainty.size() == below.size());
    demand(fit, "alpha, uncertainty and region must have the target's size, {}x{}", below.cols, below.rows);
    check_colour_place(out, below.size(), below.depth(), "out");
    put_colour(facemat::composite(below, above, matte, to_composite_options(options), where), *out);
  });
}

int32_t fm_effect_count(void) {
  return or_nothing<int32_t>([] { return static_cast<int32_t>(facemat::effects().size()); });
}

const char* fm_effect_name(int32_t index) {
  return or_nothing<const char*>(
      [&] { return name_at(facemat::effects(), index, [](const facemat::Effect& e) { return e.name.c_str(); }); });
}

const char* fm_effect_help(int32_t index) {
  return or_nothing<const char*>(
      [&] { return name_at(facemat::effects(), index, [](const facemat::Effect& e) { return e.help.c_str(); }); });
}

fm_status fm_effect_apply(const char* name, const fm_image* frame, fm_image* out) {
  return guarded([&] {
    demand(name != nullptr, "name is NULL");
    const cv::Mat picture = colour_of(frame, "frame");
    demand(picture.depth() == CV_8U, "effects take frames of 8 bits");
    check_colour_place(out, picture.size(), CV_8U, "out");
    put_colour(facemat::find_effect(name).apply(picture), *out);
  });
}

}  // extern "C"
