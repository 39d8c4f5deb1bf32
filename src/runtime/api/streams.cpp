#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "src/runtime/api/guard.h"
#include "src/runtime/api/guides.h"
#include "src/runtime/api/images.h"
#include "src/runtime/api/models.h"
#include "src/runtime/api/options.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/predictors/matter.h"
#include "src/runtime/sources/alpha_source.h"

struct fm_stream {
  std::unique_ptr<facemat::Predictor> predictor;
  facemat::Matter* matter = nullptr;     // the predictor, if it is one
  facemat::FaceMatter* faces = nullptr;  // likewise
  bool stills = false;                   // each frame is a picture of its own
};

namespace facemat::api {
namespace {

std::unique_ptr<FaceMatter> face_matter(const fm_stream_options& asked, std::shared_ptr<const Model> model) {
  const MatterOptions options = to_matter_options(asked);
  FaceConfig config;
  config.detector = detector_of(asked.faces);
  if (asked.stills != 0) config.detector = for_stills(config.detector);
  config.crop.side = model->contract().train_size;
  return std::make_unique<FaceMatter>(config, [=] { return std::make_unique<Matter>(model, options); });
}

}  // namespace
}  // namespace facemat::api

using facemat::require;
using namespace facemat::api;  // below stand only functions of the C API

extern "C" {

fm_status fm_stream_create(const fm_model* model, const fm_stream_options* options, fm_stream** stream) {
  return guarded([&] {
    demand(model != nullptr, "model is NULL");
    demand(stream != nullptr, "the place for the stream is NULL");
    const fm_stream_options asked = settled(options, stream_defaults(), "stream options");
    if (asked.faces != nullptr) {
      auto faces = face_matter(asked, model->model);
      facemat::FaceMatter* const finder = faces.get();
      *stream = new fm_stream{std::move(faces), nullptr, finder, asked.stills != 0};
      return;
    }
    auto matter = std::make_unique<facemat::Matter>(model->model, to_matter_options(asked));
    facemat::Matter* const known = matter.get();
    *stream = new fm_stream{std::move(matter), known, nullptr, asked.stills != 0};
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
    *stream = new fm_stream{facemat::open_alpha_source(yaml, assignments, threads), nullptr, nullptr, false};
  });
}

void fm_stream_free(fm_stream* stream) { delete stream; }

int32_t fm_stream_wish(const fm_stream* stream, const char* guide) {
  return or_nothing<int32_t>([&]() -> int32_t {
    if (stream == nullptr || guide == nullptr) return 0;
    for (const facemat::GuideEntry& entry : facemat::guide_table())
      if (std::strcmp(entry.name, guide) == 0) return static_cast<int32_t>(entry.of(stream->predictor->wishes()));
    return 0;  // no failure: fm_last_error() stays what it was
  });
}

fm_status fm_stream_predict(fm_stream* stream, const fm_image* frame, fm_image* alpha, fm_image* uncertainty) {
  return fm_stream_predict_given(stream, frame, nullptr, alpha, uncertainty);
}

fm_status fm_stream_predict_given(fm_stream* stream, const fm_image* frame, const fm_guides* guides, fm_image* alpha,
                                  fm_image* uncertainty) {
  return guarded([&] {
    demand(stream != nullptr, "stream is NULL");
    const cv::Mat picture = frame_of(frame, "frame");
    check_weight_place(alpha, picture.size(), "alpha");
    if (uncertainty != nullptr) check_weight_place(uncertainty, picture.size(), "uncertainty");
    const bool none = stream->matter != nullptr && stream->matter->contract().uncertainty_output.empty();
    require(uncertainty == nullptr || !none, "the model gives no uncertainty");
    const facemat::FrameGuides given = frame_guides(guides, stream->predictor->wishes(), picture.size());
    if (stream->stills) stream->predictor->reset();
    const facemat::Matte matte = stream->predictor->predict_given(picture, given);
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

}  // extern "C"
