#include "src/runtime/api/options.h"

namespace facemat::api {
namespace {

fm_model_options model_defaults() { return {sizeof(fm_model_options), 0, 0, 0, "cpu", "all"}; }

fm_composite_options composite_defaults() {
  return {sizeof(fm_composite_options), 0, "standard", 1, "target", 0.5, 0, 0, 0, 0};
}

}  // namespace

fm_stream_options stream_defaults() { return {sizeof(fm_stream_options), 0, 0, 0, 0, nullptr, 0}; }

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

}  // namespace facemat::api

using namespace facemat::api;  // below stand only functions of the C API

extern "C" {

void fm_model_options_init(fm_model_options* options, uint32_t size) { initialise(options, size, model_defaults()); }

void fm_stream_options_init(fm_stream_options* options, uint32_t size) { initialise(options, size, stream_defaults()); }

void fm_composite_options_init(fm_composite_options* options, uint32_t size) {
  initialise(options, size, composite_defaults());
}

}  // extern "C"
