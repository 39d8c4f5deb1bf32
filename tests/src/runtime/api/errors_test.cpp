// Calls of the library that are wrong, and those that lack memory.

#include "tests/src/runtime/api/support.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "tests/src/runtime/api/failing_memory.h"

namespace facemat_api {
namespace {

TEST_F(Api, BadCallsAreErrorsOfOneLine) {
  const facemat::Model accumulator = model(), fixed = model("fixed.onnx");
  fm_stream* stream = nullptr;
  ASSERT_EQ(fm_stream_create(accumulator.get(), nullptr, &stream), FM_OK);
  fm_stream* sure = nullptr;
  ASSERT_EQ(fm_stream_create(fixed.get(), nullptr, &sure), FM_OK);
  Pixels frame = filled(layout_of(FM_RGB8), 32, 24, 1, 2, 3), small = filled(layout_of(FM_RGB8), 15, 24, 1, 2, 3);
  Pixels deep = filled(layout_of(FM_RGB16), 32, 24, 1, 2, 3), floats = filled(layout_of(FM_GRAYF32), 32, 24, 1, 2, 3);
  Pixels alpha(FM_GRAY8, 32, 24), narrow(FM_GRAY8, 31, 24), small_alpha(FM_GRAY8, 15, 24), out(FM_RGB8, 32, 24);
  Pixels nan = filled(layout_of(FM_GRAYF32), 32, 24, 1, 2, 3);
  nan.at<float>(5, 5, 0) = std::numeric_limits<float>::quiet_NaN();
  const auto with = [](fm_image image, const std::function<void(fm_image&)>& change) {
    change(image);
    return image;
  };
  const auto predict = [&](const fm_image& f, const fm_image& a) {
    fm_image place = a;
    return fm_stream_predict(stream, &f, &place, nullptr);
  };
  const auto blend = [&](const fm_image& t, const fm_image& s, const fm_image& a, const fm_image& o) {
    fm_image place = o;
    return fm_composite(&t, &s, &a, nullptr, nullptr, nullptr, &place);
  };
  const facemat::Model guided = model("guided.onnx");
  fm_stream* asking = nullptr;
  ASSERT_EQ(fm_stream_create(guided.get(), nullptr, &asking), FM_OK);
  const auto give = [&](fm_stream* to, const std::function<void(fm_guides&)>& change) {
    fm_guides guides;
    fm_guides_init(&guides, sizeof guides);
    change(guides);
    return fm_stream_predict_given(to, &frame.image, &guides, &alpha.image, nullptr);
  };
  fm_model* no_model = nullptr;
  fm_stream* no_stream = nullptr;
  size_t size = 0;
  char text[2];
  const std::string path = file("accumulator.onnx");
  const char* const null_setting[] = {nullptr};
  facemat::ModelOptions odd_provider, odd_level, odd_threads;
  odd_provider.provider = "abacus";
  odd_level.optimisation = "most";
  odd_threads.threads = -1;
  const fm_image& f = frame.image;
  const fm_image& a = alpha.image;
  struct Case {
    const char* name;
    std::function<fm_status()> call;
    fm_status status;
    const char* message;
  };
  const Case cases[] = {
      {"no path", [&] { return fm_model_load(nullptr, nullptr, &no_model); }, FM_ERROR_ARGUMENT, "path is NULL"},
      {"no place", [&] { return fm_model_load(path.c_str(), nullptr, nullptr); }, FM_ERROR_ARGUMENT, "place for the model"},
      {"no file", [&] { return fm_model_load("/nowhere.onnx", nullptr, &no_model); }, FM_ERROR_FAILED, "no such file"},
      {"words", [&] { return fm_model_load("/out of memory.onnx", nullptr, &no_model); }, FM_ERROR_FAILED, "no such file"},
      {"provider", [&] { return fm_model_load(path.c_str(), &odd_provider, &no_model); }, FM_ERROR_FAILED,
       "unknown execution provider 'abacus' (this ONNX Runtime has: auto,"},
      {"level", [&] { return fm_model_load(path.c_str(), &odd_level, &no_model); }, FM_ERROR_FAILED, "'most' (known: none"},
      {"threads", [&] { return fm_model_load(path.c_str(), &odd_threads, &no_model); }, FM_ERROR_FAILED, "threads is -1"},
      {"no bytes", [&] { return fm_model_load_memory(nullptr, 4, "m", nullptr, &no_model); }, FM_ERROR_ARGUMENT,
       "bytes is NULL"},
      {"empty", [&] { return fm_model_load_memory("", 0, nullptr, nullptr, &no_model); }, FM_ERROR_FAILED,
       "model: not a readable"},
      {"too many bytes", [&] { return fm_model_load_memory("", SIZE_MAX, "m", nullptr, &no_model); }, FM_ERROR_ARGUMENT,
       "up to"},
      {"no model", [&] { return fm_stream_create(nullptr, nullptr, &no_stream); }, FM_ERROR_ARGUMENT, "model is NULL"},
      {"no stream", [&] { return fm_stream_predict(nullptr, nullptr, nullptr, nullptr); }, FM_ERROR_ARGUMENT, "stream is NULL"},
      {"no stream", [&] { return fm_stream_reset(nullptr); }, FM_ERROR_ARGUMENT, "stream is NULL"},
      {"no yaml", [&] { return fm_stream_open_source(nullptr, nullptr, 0, 0, &no_stream); }, FM_ERROR_ARGUMENT, "yaml is NULL"},
      {"no settings", [&] { return fm_stream_open_source("x", nullptr, 1, 0, &no_stream); }, FM_ERROR_ARGUMENT, "settings is"},
      {"null setting", [&] { return fm_stream_open_source("x", null_setting, 1, 0, &no_stream); }, FM_ERROR_ARGUMENT,
       "settings[0] is NULL"},
      {"no frame", [&] { return fm_stream_predict(stream, nullptr, &alpha.image, nullptr); }, FM_ERROR_ARGUMENT,
       "frame is NULL"},
      {"no alpha", [&] { return fm_stream_predict(stream, &f, nullptr, nullptr); }, FM_ERROR_ARGUMENT, "alpha is NULL"},
      {"no data", [&] { return predict(with(f, [](fm_image& i) { i.data = nullptr; }), a); }, FM_ERROR_ARGUMENT,
       "data is NULL"},
      {"format 0", [&] { return predict(with(f, [](fm_image& i) { i.format = 0; }), a); }, FM_ERROR_ARGUMENT, "format is 0"},
      {"format 16", [&] { return predict(with(f, [](fm_image& i) { i.format = 16; }), a); }, FM_ERROR_ARGUMENT, "format is 16"},
      {"no width", [&] { return predict(with(f, [](fm_image& i) { i.width = 0; }), a); }, FM_ERROR_ARGUMENT, "0x24 pixels"},
      {"negative", [&] { return predict(with(f, [](fm_image& i) { i.height = -24; }), a); }, FM_ERROR_ARGUMENT, "32x-24"},
      {"huge", [&] { return predict(with(f, [](fm_image& i) { i.height = 1 << 30; }), a); }, FM_ERROR_ARGUMENT, "1 to 32767"},
      {"short stride", [&] { return predict(with(f, [](fm_image& i) { i.stride = 95; }), a); }, FM_ERROR_ARGUMENT,
       "the stride is 95 bytes, a row of 32 RGB8 pixels takes 96"},
      {"negative stride", [&] { return predict(with(f, [](fm_image& i) { i.stride = -96; }), a); }, FM_ERROR_ARGUMENT, "-96"},
      {"odd stride", [&] { return predict(with(deep.image, [](fm_image& i) { i.stride += 1; }), a); }, FM_ERROR_ARGUMENT,
       "multiples of the 2 bytes"},
      {"odd address",
       [&] { return predict(with(deep.image, [](fm_image& i) { i.data = static_cast<char*>(i.data) + 1; }), a); },
       FM_ERROR_ARGUMENT, "multiples of the 2 bytes"},
      {"small frame", [&] { return predict(small.image, small_alpha.image); }, FM_ERROR_FAILED, "15x24 is too small"},
      {"alpha's size", [&] { return predict(f, narrow.image); }, FM_ERROR_ARGUMENT, "alpha is 31x24, it must be 32x24"},
      {"alpha's format", [&] { return predict(f, out.image); }, FM_ERROR_ARGUMENT, "alpha is RGB8 (allowed: GRAY8"},
      {"no uncertainty", [&] { return fm_stream_predict(sure, &f, &alpha.image, &floats.image); }, FM_ERROR_FAILED,
       "gives no uncertainty"},
      {"no guides", [&] { return fm_stream_predict(asking, &f, &alpha.image, nullptr); }, FM_ERROR_FAILED,
       "guided.onnx: a trimap is needed with each frame"},
      {"unwanted guide", [&] { return give(stream, [&](fm_guides& g) { g.hint = &floats.image; }); }, FM_ERROR_ARGUMENT,
       "looks at no hint"},
      {"guide's size", [&] { return give(asking, [&](fm_guides& g) { g.trimap = &narrow.image; }); }, FM_ERROR_ARGUMENT,
       "trimap is 31x24, it must be 32x24"},
      {"guide's format", [&] { return give(asking, [&](fm_guides& g) { g.trimap = &f; }); }, FM_ERROR_ARGUMENT,
       "trimap is RGB8 (allowed: GRAY8"},
      {"guides' size", [&] { return give(asking, [&](fm_guides& g) { g.size = 3; }); }, FM_ERROR_ARGUMENT, "guides: size is 3"},
      {"state's place", [&] { return fm_stream_save_state(stream, nullptr, 0, nullptr); }, FM_ERROR_ARGUMENT,
       "place for the size"},
      {"no state", [&] { return fm_stream_restore_state(stream, nullptr, 0); }, FM_ERROR_ARGUMENT, "bytes is NULL"},
      {"no stream", [&] { return fm_stream_save_state(nullptr, nullptr, 0, &size); }, FM_ERROR_ARGUMENT, "stream is NULL"},
      {"grey target", [&] { return blend(a, f, a, out.image); }, FM_ERROR_ARGUMENT, "target is GRAY8 (allowed: colours)"},
      {"depths", [&] { return blend(f, deep.image, a, out.image); }, FM_ERROR_ARGUMENT, "one size and depth"},
      {"sizes", [&] { return blend(f, small.image, a, out.image); }, FM_ERROR_ARGUMENT, "15x24"},
      {"colour as alpha", [&] { return blend(f, f, f, out.image); }, FM_ERROR_ARGUMENT, "alpha is RGB8"},
      {"alpha's size", [&] { return blend(f, f, narrow.image, out.image); }, FM_ERROR_ARGUMENT, "the target's size, 32x24"},
      {"not finite", [&] { return blend(f, f, nan.image, out.image); }, FM_ERROR_ARGUMENT, "alpha holds numbers that are not"},
      {"out's depth", [&] { return blend(f, f, floats.image, deep.image); }, FM_ERROR_ARGUMENT, "out is RGB16"},
      {"out's size", [&] { return blend(f, f, floats.image, small.image); }, FM_ERROR_ARGUMENT, "out is 15x24"},
      {"no out", [&] { return fm_composite(&f, &f, &floats.image, nullptr, nullptr, nullptr, nullptr); }, FM_ERROR_ARGUMENT,
       "out is NULL"},
      {"effect", [&] { return fm_effect_apply("sparkle", &f, &out.image); }, FM_ERROR_FAILED, "sparkle"},
      {"no effect", [&] { return fm_effect_apply(nullptr, &f, &out.image); }, FM_ERROR_ARGUMENT, "name is NULL"},
      {"effect of 16 bits", [&] { return fm_effect_apply("blur", &deep.image, &deep.image); }, FM_ERROR_ARGUMENT, "8 bits"},
      {"small text", [&] { return fm_nodes_by_provider(path.c_str(), nullptr, 32, 32, text, 2); }, FM_ERROR_ARGUMENT,
       "2 are given"},
      {"small frame", [&] { return fm_nodes_by_provider(path.c_str(), nullptr, 8, 32, text, 2); }, FM_ERROR_ARGUMENT, "8x32"},
  };
  for (const Case& c : cases) {
    const std::vector<uint8_t> before = alpha.bytes;
    EXPECT_EQ(c.call(), c.status) << c.name;
    EXPECT_THAT(fm_last_error(), HasSubstr(c.message)) << c.name;
    EXPECT_EQ(std::strchr(fm_last_error(), '\n'), nullptr) << c.name;
    EXPECT_EQ(alpha.bytes, before) << c.name;
  }
  EXPECT_EQ(no_model, nullptr);
  EXPECT_EQ(no_stream, nullptr);
  EXPECT_EQ(fm_pixel_bytes(0), 0);
  EXPECT_EQ(fm_pixel_bytes(FM_RGBAF32), 16);
  EXPECT_EQ(fm_model_info(nullptr), nullptr);
  EXPECT_EQ(fm_model_provider(nullptr), nullptr);
  EXPECT_EQ(fm_model_has_uncertainty(nullptr), 0);
  fm_composite_options_init(nullptr, 8);
  fm_guides_init(nullptr, 8);
  // And it still works.
  EXPECT_EQ(predict(f, a), FM_OK);
  fm_stream_free(stream);
  fm_stream_free(sure);
  fm_stream_free(asking);
}

TEST_F(Api, LackOfMemoryIsAnErrorToo) {
  const std::string path = file("accumulator.onnx");
  const facemat::Model accumulator = model();
  facemat::Stream stream(accumulator);
  fm_model* loaded = nullptr;
  fm_stream* created = nullptr;
  fm_status load = FM_OK, create = FM_OK;
  {
    const FailingMemory all(1, true);
    load = fm_model_load(path.c_str(), nullptr, &loaded);
    create = fm_stream_create(accumulator.get(), nullptr, &created);
  }
  EXPECT_EQ(load, FM_ERROR_MEMORY);
  EXPECT_EQ(create, FM_ERROR_MEMORY);
  EXPECT_STREQ(fm_last_error(), "not enough memory");
  EXPECT_EQ(loaded, nullptr);
  EXPECT_EQ(created, nullptr);
  EXPECT_EQ(mattes(std::move(stream), 3), mattes(facemat::Stream(accumulator), 3));
}

}  // namespace
}  // namespace facemat_api
