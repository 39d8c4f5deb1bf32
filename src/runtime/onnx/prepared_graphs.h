#pragma once
// Graphs with open sizes, prepared for the sizes they are used at. ONNX Runtime keeps more of a graph in its fast layout if it
// knows all sizes when it loads it: at even sizes a decoder's crops cut nothing and are left out. For this room only: it shows
// ONNX Runtime's header.

#include <deque>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/runtime/onnx/environment.h"

namespace facemat {

// The names of the open dimensions of a model's image, [batch,3,height,width].
struct ImageDimensions {
  std::string batch, height, width;  // empty where the graph states a size or no name
};

class PreparedGraphs {
 public:
  // `model`: bytes of an ONNX file that opens with `options`; `names`: height and width have one.
  PreparedGraphs(std::string model, const SessionOptions& options, ImageDimensions names);

  // The graph for images [1,3,H,W] of this size; null if it cannot be prepared (a name stands for two sizes). Kept for the
  // kKept sizes used last; loading one takes about 0.1 s. Safe to call from several threads.
  std::shared_ptr<OpenedSession> of(cv::Size size);

  static constexpr size_t kKept = 4;

 private:
  struct Prepared {
    cv::Size size;
    std::shared_ptr<OpenedSession> opened;
  };

  std::shared_ptr<OpenedSession> open(cv::Size size) const;

  const std::string model_;
  const SessionOptions options_;
  const ImageDimensions names_;
  std::mutex mutex_;
  std::deque<Prepared> kept_;  // the one used last first
};

// Of the image input `name` of the session; all empty if an input other than `guides`, which are of the image's size, has a
// dimension of the same name, or if height and width have.
ImageDimensions image_dimensions(const Ort::Session& session, const std::string& name, const std::vector<std::string>& guides);

}  // namespace facemat
