#pragma once
// A photograph with a true matte and a trimap.

#include <opencv2/core.hpp>
#include <optional>

#include "src/image/codec.h"
#include "src/image/transform.h"
#include "src/image/trimap.h"
#include "tests/support/test_data.h"

namespace facemat {

struct Photograph {
  cv::Mat image, trimap, alpha;
};

// Why a test that needs it is skipped.
inline constexpr const char* kNoPhotograph = "the photograph is not here (set FACEMAT_TEST_DATA)";

// The lemur's head with sides that are `shrink` (4, 8) times smaller; its trimap has 102 for unknown. Nothing: it is not here.
inline std::optional<Photograph> lemur(int shrink) {
  const auto folder = test_data("matting/lemur");
  if (!folder) return std::nullopt;
  TrimapValues values;
  values.unknown = 102;
  const cv::Mat image = read_image(*folder / "lemur.png"), trimap = read_trimap(*folder / "lemur_trimap.png", values),
                alpha = read_mask(*folder / "lemur_alpha.png");
  const cv::Size size(image.cols / shrink, image.rows / shrink);
  const cv::Rect head(224 / shrink, 32 / shrink, 208 / shrink, 160 / shrink);
  return Photograph{resize(image, size)(head).clone(), resize_trimap(trimap, size)(head).clone(),
                    resize(alpha, size)(head).clone()};
}

}  // namespace facemat
