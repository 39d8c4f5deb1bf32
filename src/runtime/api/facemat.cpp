// What of the C API needs no model and no stream: versions, the compositor, the effects. The rest lies in guard.cpp,
// options.cpp, models.cpp and streams.cpp.

#include "src/runtime/api/facemat.h"

#include <string>

#include "src/core/program.h"
#include "src/runtime/api/guard.h"
#include "src/runtime/api/images.h"
#include "src/runtime/api/options.h"
#include "src/runtime/compose/compositor.h"
#include "src/runtime/compose/effects.h"
#include "src/runtime/onnx/providers.h"

namespace facemat::api {
namespace {

Matte to_matte(const fm_image* alpha, const fm_image* uncertainty) {
  Matte matte;
  matte.alpha = weight_of(alpha, "alpha");
  if (uncertainty != nullptr) matte.uncertainty = weight_of(uncertainty, "uncertainty");
  return matte;
}

}  // namespace
}  // namespace facemat::api

using namespace facemat::api;  // below stand only functions of the C API

extern "C" {

const char* fm_version(void) { return facemat::kVersion; }

int32_t fm_abi_version(void) { return FM_ABI_VERSION; }

const char* fm_onnxruntime_version(void) {
  return or_nothing<const char*>([] {
    static const std::string v = facemat::runtime_version();
    return v.c_str();
  });
}

int32_t fm_pixel_bytes(int32_t format) { return pixel_bytes(format); }

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
