// Recomposition against the truth: a face is covered, photographed, and changed below what covers it.
//
// target = O occluder + (1 - O) old face, truth = O occluder + (1 - O) new face, alpha = (1 - O) inside the face. What is
// judged is how far a composite is from the truth where alpha is soft: the old face that shines through.

#include <gtest/gtest.h>

#include <functional>
#include <opencv2/imgproc.hpp>

#include "data/procedural/faces/face.h"
#include "data/procedural/occluders/occluders.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"
#include "src/runtime/compose/compositor.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

namespace fs = std::filesystem;

struct Covered {
  cv::Mat target, swap, alpha, truth;
};

// Another colour for every pixel of the face, with its texture.
cv::Mat recoloured(const cv::Mat& face) {
  std::vector<cv::Mat> c;
  cv::split(face, c);
  cv::Mat out;
  cv::merge(std::vector<cv::Mat>{c[2], 0.6 * c[0] + 0.2, 1 - c[1]}, out);
  return out;
}

// layer: CV_32FC4, premultiplied.
Covered cover(const FaceView& face, const cv::Mat& layer) {
  const cv::Mat old_face = to_float(face.image), new_face = recoloured(old_face);
  Covered scene;
  scene.alpha = face.mask.mul(1 - layer_alpha(layer));
  scene.target = to_u8(blend_over(layer, old_face));
  scene.swap = to_u8(new_face);
  scene.truth = blend_over(layer, blend(new_face, face.mask, old_face));
  return scene;
}

struct Errors {
  double sum[2] = {0, 0};  // of standard and of recomposed blends, in bytes
  int64_t values = 0;
  double mean(int i) const { return sum[i] / static_cast<double>(values); }
  double ratio() const { return sum[1] / sum[0]; }
};

void add_error(const Covered& scene, Errors& errors) {
  CompositeOptions options;
  for (int i = 0; i < 2; ++i) {
    options.mode = i == 0 ? "standard" : "recompose";
    const cv::Mat out = to_float(composite(scene.target, scene.swap, scene.alpha, options));
    const cv::Mat soft = (scene.alpha > 0) & (scene.alpha < 1);
    errors.sum[i] += 255 * cv::norm(out, scene.truth, cv::NORM_L1, soft);
    if (i == 0) errors.values += 3 * cv::countNonZero(soft);
  }
}

// --- what covers a face

// Noise of several scales: each octave half as coarse and half as strong.
cv::Mat fractal(cv::Size size, Rng& rng) {
  cv::Mat sum(size, CV_32FC1, cv::Scalar(0));
  for (int cells = 4, octave = 0; octave < 5; ++octave, cells *= 2) {
    cv::Mat noise(cells, cells, CV_32FC1), grown;
    for (float& value : cv::Mat_<float>(noise)) value = static_cast<float>(rng.uniform() - 0.5);
    cv::resize(noise, grown, size, 0, 0, cv::INTER_CUBIC);
    sum += grown * std::pow(0.5, octave);
  }
  return sum;
}

// Smoke of one grey, denser and thinner, never opaque.
cv::Mat plain_smoke(const Rng& stream, const Scene& scene) {
  Rng rng = stream.fork("smoke");
  const cv::Mat density = cv::max(fractal(scene.size, rng) * 1.6 + 0.25, 0);
  const cv::Mat alpha = cv::min(density, 0.85);
  return premultiply(cv::Mat(scene.size, CV_32FC3, cv::Scalar::all(rng.uniform(0.6, 0.95))), alpha);
}

// A tinted pane with a band that mirrors the sky.
cv::Mat glass(const Rng& stream, const Scene& scene) {
  Rng rng = stream.fork("glass");
  const float side = scene.layout.width;
  const cv::Point2f middle = 0.5f * (scene.layout.nose_tip + scene.layout.left_eye);
  cv::Point2f corners[4];
  cv::RotatedRect(middle, {side, 0.7f * side}, static_cast<float>(rng.uniform(-30, 30))).points(corners);
  const std::vector<cv::Point> outline(corners, corners + 4);
  cv::Mat pane(scene.size, CV_32FC1, cv::Scalar(0)), band = pane.clone();
  cv::fillConvexPoly(pane, outline, cv::Scalar(rng.uniform(0.25, 0.5)), cv::LINE_AA);
  cv::GaussianBlur(pane, pane, {}, 0.8);
  cv::line(band, outline[0], outline[2], 0.6, static_cast<int>(side / 8));
  cv::GaussianBlur(band, band, {}, side / 40);
  const double red = rng.uniform(0.1, 0.6), green = rng.uniform(0.3, 0.95), blue = rng.uniform(0.5, 0.95);
  const cv::Scalar tint(blue, green, red);
  return premultiply(cv::Mat(scene.size, CV_32FC3, tint), pane + band.mul(pane).mul(1 - pane));
}

using Draw = std::function<cv::Mat(const Rng&, const Scene&)>;

Scene scene_of(const FaceView& face) {
  Scene scene;
  scene.size = face.image.size();
  scene.layout = face.layout;
  scene.light = face.light;
  return scene;
}

// On every face another one of its kind.
Errors over_faces(const std::vector<FaceView>& faces, const Draw& draw) {
  Errors errors;
  for (size_t i = 0; i < faces.size(); ++i) add_error(cover(faces[i], draw(Rng(i + 7), scene_of(faces[i]))), errors);
  return errors;
}

std::vector<FaceView> drawn_faces() {
  std::vector<FaceView> faces;
  for (uint64_t seed = 0; seed < 6; ++seed) faces.push_back(render_face(Rng(seed), Rng(seed + 100), 256, 0));
  return faces;
}

// A face is where its mask is; parts of it are where they mostly are.
FaceView photograph(const fs::path& image, const fs::path& mask) {
  FaceView face;
  face.image = read_image(image);
  face.mask = to_float(cv::Mat(read_mask(mask) > 0.5f));
  const cv::Rect2f box = bounding_box(face.mask);
  const auto at = [&](float x, float y) { return box.tl() + cv::Point2f(x * box.width, y * box.height); };
  face.layout = {at(0.3f, 0.4f), at(0.7f, 0.4f),  at(0.5f, 0.6f), at(0.5f, 0.78f),
                 at(0.5f, 1),    at(0.5f, 0.15f), at(0, 0.4f),    at(1, 0.4f)};
  face.layout.width = box.width;
  return face;
}

std::vector<FaceView> photographs(const fs::path& faces) {
  std::vector<FaceView> views;
  for (const char* name : {"00_sample1-a", "05_sample3-b", "08_sample4-b", "11_sample5-b", "14_sample5-e", "16_sample6-b"})
    views.push_back(
        photograph(faces / "images" / (std::string(name) + ".jpg"), faces / "masks" / (std::string(name) + ".png")));
  return views;
}

// A cloud of the pictures of smoke, as wide as the face.
cv::Mat photographed_smoke(const cv::Mat& cloud, const Scene& scene) {
  const cv::Point2f middle = 0.5f * (scene.layout.nose_tip + scene.layout.mouth);
  const double scale = 1.2 * scene.layout.width / cloud.cols;
  return warp_layer(cloud, similarity({cloud.cols / 2., cloud.rows / 2.}, scale, 0, middle), scene.size);
}

struct Kind {
  const char* name;
  Draw draw;
  double most;  // of the standard blend's error
};

void expect_less_error(const std::string& where, const std::vector<FaceView>& faces, const std::vector<Kind>& kinds) {
  for (const Kind& kind : kinds) {
    const Errors errors = over_faces(faces, kind.draw);
    std::printf("%-16s over %-12s standard %6.2f, recomposed %6.2f: %.3f\n", kind.name, where.c_str(), errors.mean(0),
                errors.mean(1), errors.ratio());
    EXPECT_GT(errors.mean(0), 1) << kind.name << ": nothing to improve";
    EXPECT_LE(errors.ratio(), kind.most) << kind.name << " over " << where << ": standard " << errors.mean(0) << ", recomposed "
                                         << errors.mean(1) << " of 255";
  }
}

// Shaded smoke and veils have colours of their own that go along with their density, which no energy can tell from the face.
// The frame and the lenses of glasses are two occluders where the method knows one: there a plain blend is better.
TEST(Recompose, HalvesTheOldFaceThatShinesThroughOnDrawnFaces) {
  expect_less_error("drawn faces", drawn_faces(),
                    {{"smoke", plain_smoke, 0.5},
                     {"hair", draw_hair_strands, 0.5},
                     {"glass", glass, 0.5},
                     {"shaded smoke", draw_smoke, 0.7},
                     {"veil", draw_veil, 0.7},
                     {"glasses", draw_glasses, 1.4}});
}

TEST(Recompose, HalvesTheOldFaceThatShinesThroughOnPhotographs) {
  const auto folder = test_data("faces");
  if (!folder) GTEST_SKIP() << "the photographs are not here (set FACEMAT_TEST_DATA)";
  expect_less_error("photographs", photographs(*folder),
                    {{"smoke", plain_smoke, 0.5},
                     {"hair", draw_hair_strands, 0.5},
                     {"glass", glass, 0.5},
                     {"shaded smoke", draw_smoke, 0.5},
                     {"veil", draw_veil, 0.7},
                     {"glasses", draw_glasses, 1.4}});
}

TEST(Recompose, HalvesTheOldFaceThatShinesThroughPhotographedSmoke) {
  const auto folder = test_data("faces"), smoke = test_data("occluders/smoke");
  if (!folder || !smoke) GTEST_SKIP() << "the photographs are not here (set FACEMAT_TEST_DATA)";
  const cv::Mat cloud = read_cutout(*smoke / "cloud.png"), small = read_cutout(*smoke / "cloudSml.png");
  const auto over = [](const cv::Mat& sprite) {
    return [sprite](const Rng&, const Scene& scene) { return photographed_smoke(sprite, scene); };
  };
  expect_less_error("photographs", photographs(*folder),
                    {{"cloud.png", over(cloud), 0.25}, {"cloudSml.png", over(small), 0.25}});
}

}  // namespace
}  // namespace facemat
