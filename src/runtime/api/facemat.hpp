// C++ over the C API of facemat.h, which says what everything means: objects that free themselves, and exceptions. Header only:
// nothing of it is in the library, so a program may be built by another compiler than the library was.
//
//   facemat::Model model("model.onnx");
//   facemat::Stream stream(model);
//   std::vector<uint8_t> matte(width * height);
//   stream.predict({pixels, width, height, 3 * width, FM_RGB8}, {matte.data(), width, height, width, FM_GRAY8});
//
// With OpenCV's core included before this header, images are cv::Mats too (BGR, as OpenCV has them):
//
//   const cv::Mat alpha = stream.predict(frame);                       // CV_32FC1
//   const cv::Mat out = facemat::composite(frame, swap, alpha);        // of frame's type
#ifndef FACEMAT_FACEMAT_HPP
#define FACEMAT_FACEMAT_HPP

#include <facemat/facemat.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace facemat {
inline namespace api {  // some names are those of the library's insides, too: programs may hold both

// What every function here throws: fm_last_error() and the status it came with.
class Error : public std::runtime_error {
 public:
  Error(fm_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  fm_status status() const { return status_; }

 private:
  fm_status status_;
};

inline void check(fm_status status) {
  if (status != FM_OK) throw Error(status, fm_last_error());
}

// Options with their defaults, to be set field by field:
//   facemat::ModelOptions options;
//   options.threads = 1;
struct ModelOptions : fm_model_options {
  ModelOptions() { fm_model_options_init(this, sizeof(fm_model_options)); }
};
struct StreamOptions : fm_stream_options {
  StreamOptions() { fm_stream_options_init(this, sizeof(fm_stream_options)); }
};
struct Guides : fm_guides {
  Guides() { fm_guides_init(this, sizeof(fm_guides)); }
};
struct CompositeOptions : fm_composite_options {
  CompositeOptions() { fm_composite_options_init(this, sizeof(fm_composite_options)); }
};

// A loaded model; copies are the same model. Safe to use from several threads.
class Model {
 public:
  explicit Model(const std::string& path, const ModelOptions& options = {}) {
    fm_model* model = nullptr;
    check(fm_model_load(path.c_str(), &options, &model));
    own(model);
  }
  // From the bytes of a file.
  static Model from_memory(const void* bytes, size_t size, const std::string& name = "model",
                           const ModelOptions& options = {}) {
    fm_model* model = nullptr;
    check(fm_model_load_memory(bytes, size, name.c_str(), &options, &model));
    Model out;
    out.own(model);
    return out;
  }

  std::string info() const { return fm_model_info(model_.get()); }  // JSON
  std::string provider() const { return fm_model_provider(model_.get()); }
  bool has_uncertainty() const { return fm_model_has_uncertainty(model_.get()) != 0; }
  const fm_model* get() const { return model_.get(); }

 private:
  Model() = default;
  void own(fm_model* model) { model_ = std::shared_ptr<fm_model>(model, fm_model_free); }
  std::shared_ptr<fm_model> model_;
};

// One stream of frames: one thread at a time.
class Stream {
 public:
  explicit Stream(const Model& model, const StreamOptions& options = {}) {
    fm_stream* stream = nullptr;
    check(fm_stream_create(model.get(), &options, &stream));
    stream_.reset(stream);
  }
  // Through an alpha source: facemat::Stream::open_source("depth_soft.yaml", {"network.model=midas.onnx"}).
  static Stream open_source(const std::string& yaml, const std::vector<std::string>& settings = {}, int threads = 0) {
    std::vector<const char*> texts;
    for (const std::string& setting : settings) texts.push_back(setting.c_str());
    fm_stream* stream = nullptr;
    check(fm_stream_open_source(yaml.c_str(), texts.data(), texts.size(), threads, &stream));
    Stream out;
    out.stream_.reset(stream);
    return out;
  }

  void predict(const fm_image& frame, fm_image alpha) { check(fm_stream_predict(stream_.get(), &frame, &alpha, nullptr)); }
  void predict(const fm_image& frame, fm_image alpha, fm_image uncertainty) {
    check(fm_stream_predict(stream_.get(), &frame, &alpha, &uncertainty));
  }
  // The same with what the frame comes with:
  //   facemat::Guides guides;
  //   guides.trimap = &trimap;
  void predict(const fm_image& frame, const Guides& guides, fm_image alpha) {
    check(fm_stream_predict_given(stream_.get(), &frame, &guides, &alpha, nullptr));
  }
  void predict(const fm_image& frame, const Guides& guides, fm_image alpha, fm_image uncertainty) {
    check(fm_stream_predict_given(stream_.get(), &frame, &guides, &alpha, &uncertainty));
  }
  bool needs(const std::string& guide) const { return fm_stream_wish(stream_.get(), guide.c_str()) == 2; }
  bool takes(const std::string& guide) const { return fm_stream_wish(stream_.get(), guide.c_str()) > 0; }
  // Of the last frame.
  std::vector<fm_face> faces() const {
    size_t count = 0;
    check(fm_stream_faces(stream_.get(), nullptr, 0, &count));
    std::vector<fm_face> found(count);
    check(fm_stream_faces(stream_.get(), found.data(), found.size(), &count));
    return found;
  }
  void reset() { check(fm_stream_reset(stream_.get())); }

  // What the stream remembers: another one of the same model and options goes on from there.
  std::string state() const {
    size_t size = 0;
    check(fm_stream_save_state(stream_.get(), nullptr, 0, &size));
    std::string bytes(size, '\0');
    check(fm_stream_save_state(stream_.get(), &bytes[0], bytes.size(), &size));
    return bytes;
  }
  void set_state(const std::string& bytes) { check(fm_stream_restore_state(stream_.get(), bytes.data(), bytes.size())); }

#ifdef OPENCV_CORE_HPP
  // The frame's matte, CV_32FC1; `guides` point to view()s, which live as long as the call.
  cv::Mat predict(const cv::Mat& frame, const Guides& guides = {});
#endif

 private:
  struct Free {
    void operator()(fm_stream* stream) const { fm_stream_free(stream); }
  };
  Stream() = default;
  std::unique_ptr<fm_stream, Free> stream_;
};

// `swap` over `target` where the face is visible, into `out`.
inline void composite(const fm_image& target, const fm_image& swap, const fm_image& alpha, fm_image out,
                      const CompositeOptions& options = {}) {
  check(fm_composite(&target, &swap, &alpha, nullptr, nullptr, &options, &out));
}

// Changes a whole frame by a built-in effect, into `out`.
inline void apply_effect(const std::string& name, const fm_image& frame, fm_image out) {
  check(fm_effect_apply(name.c_str(), &frame, &out));
}

inline std::vector<std::string> effect_names() {
  std::vector<std::string> names;
  for (int32_t i = 0; i < fm_effect_count(); ++i) names.emplace_back(fm_effect_name(i));
  return names;
}

inline std::vector<std::string> provider_names() {
  std::vector<std::string> names;
  for (int32_t i = 0; i < fm_provider_count(); ++i) names.emplace_back(fm_provider_name(i));
  return names;
}

#ifdef OPENCV_CORE_HPP

// The pixels of `image` where they lie: 1, 3 (BGR) or 4 (BGRA) channels of 8 or 16 bits or floats. The view must not outlive
// them.
inline fm_image view(const cv::Mat& image) {
  int32_t format = 0;
  switch (image.type()) {
    case CV_8UC1:
      format = FM_GRAY8;
      break;
    case CV_8UC3:
      format = FM_BGR8;
      break;
    case CV_8UC4:
      format = FM_BGRA8;
      break;
    case CV_16UC1:
      format = FM_GRAY16;
      break;
    case CV_16UC3:
      format = FM_BGR16;
      break;
    case CV_16UC4:
      format = FM_BGRA16;
      break;
    case CV_32FC1:
      format = FM_GRAYF32;
      break;
    case CV_32FC3:
      format = FM_BGRF32;
      break;
    case CV_32FC4:
      format = FM_BGRAF32;
      break;
    default:
      break;  // the library says what is allowed
  }
  return {const_cast<uint8_t*>(image.data), image.cols, image.rows, static_cast<int64_t>(image.step[0]), format};
}

inline cv::Mat Stream::predict(const cv::Mat& frame, const Guides& guides) {
  cv::Mat alpha(frame.size(), CV_32FC1);
  predict(view(frame), guides, view(alpha));
  return alpha;
}

inline cv::Mat composite(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& alpha,
                         const CompositeOptions& options = {}) {
  cv::Mat out(target.size(), target.type());
  composite(view(target), view(swap), view(alpha), view(out), options);
  return out;
}

inline cv::Mat apply_effect(const std::string& name, const cv::Mat& frame) {
  cv::Mat out(frame.size(), frame.type());
  apply_effect(name, view(frame), view(out));
  return out;
}

#endif  // OPENCV_CORE_HPP

}  // namespace api
}  // namespace facemat

#endif  // FACEMAT_FACEMAT_HPP
