#pragma once
// Tiny source folders made in code, each in the layout of its kind: faces that are discs on a ramp, cut-outs, puffs.

#include <fmt/format.h>

#include <functional>
#include <map>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "data/recipe/config.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/support/scratch.h"

namespace facemat {

inline cv::Mat disc_mask(int side, double radius = 0.3) {
  cv::Mat mask(side, side, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, {side / 2, side / 2}, {cvRound(0.8 * radius * side), cvRound(radius * side)}, 0, 0, 360, cv::Scalar(255),
              -1);
  return mask;
}

inline cv::Mat ramp_picture(int side, int seed) {
  cv::Mat image(side, side, CV_8UC3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      image.at<cv::Vec3b>(y, x) = cv::Vec3b(uint8_t(20 * seed), uint8_t(255 * x / side), uint8_t(255 * y / side));
  return image;
}

// root/images/0.png ..., root/masks/0.png ...
inline FaceSourceConfig face_folder(const fs::path& root, int count, int side = 64) {
  for (int i = 0; i < count; ++i) {
    write_image(root / "images" / (std::to_string(i) + ".png"), ramp_picture(side, i));
    write_image(root / "masks" / (std::to_string(i) + ".png"), disc_mask(side));
  }
  FaceSourceConfig config;
  config.kind = "folder";
  config.images = (root / "images").string();
  config.masks = (root / "masks").string();
  config.licence = "CC0-1.0";
  return config;
}

// Two people in CelebAMask-HQ's layout: pictures of 64 pixels, labels of 32; 2000 lies in another folder than 7.
inline FaceSourceConfig celebamask_tree(const fs::path& root) {
  cv::Mat hair(32, 32, CV_8UC1, cv::Scalar(0));
  hair.rowRange(0, 14).setTo(255);
  for (const auto& [id, folder] : {std::pair{7, "0"}, std::pair{2000, "1"}}) {
    write_image(root / "CelebA-HQ-img" / (std::to_string(id) + ".jpg"), ramp_picture(64, 1));
    const fs::path labels = root / "CelebAMask-HQ-mask-anno" / folder;
    const auto name = [&, id = id](const char* label) { return labels / fmt::format("{:05}_{}.png", id, label); };
    cv::Mat nose(32, 32, CV_8UC1, cv::Scalar(0)), skin = disc_mask(32), wide;
    nose(cv::Rect(14, 14, 4, 4)).setTo(255);
    skin(cv::Rect(14, 14, 4, 4)).setTo(0);  // labels do not overlap
    cv::cvtColor(skin, wide, cv::COLOR_GRAY2BGR);
    write_image(name("skin"), wide);  // as distributed: three equal channels
    write_image(name("nose"), nose);
    if (id == 2000) write_image(name("hair"), hair);
  }
  FaceSourceConfig config;
  config.kind = "celebamask";
  config.root = root.string();
  return config;
}

// Clips walk (6 frames) and talk (4): NAME/image/1.png .. with NAME/mask/1.png .., or image/NAME/.. with mask/NAME/... Frame n
// of a clip has blue 20 n.
inline FaceSourceConfig clip_tree(const fs::path& root, bool by_kind = false) {
  for (const auto& [name, frames] : {std::pair{"walk", 6}, std::pair{"talk", 4}})
    for (int n = 1; n <= frames; ++n) {
      const fs::path images = by_kind ? root / "image" / name : root / name / "image";
      const fs::path masks = by_kind ? root / "mask" / name : root / name / "mask";
      write_image(images / (std::to_string(n) + ".png"), ramp_picture(64, n));
      write_image(masks / (std::to_string(n) + ".png"), disc_mask(64));
    }
  FaceSourceConfig config;
  config.kind = "clips";
  config.root = root.string();
  return config;
}

// Pictures without a face.
inline FaceSourceConfig no_face_folder(const fs::path& root) {
  for (int i = 0; i < 3; ++i) write_image(root / "rooms" / (std::to_string(i) + ".png"), ramp_picture(64, i));
  FaceSourceConfig config;
  config.kind = "no_face";
  config.images = (root / "rooms").string();
  config.licence = "CC0-1.0";
  return config;
}

// Pictures of faces without masks.
inline FaceSourceConfig unlabelled_folder(const fs::path& root) {
  for (int i = 0; i < 3; ++i) write_image(root / "unlabelled" / (std::to_string(i) + ".png"), ramp_picture(64, i));
  FaceSourceConfig config;
  config.kind = "unlabelled";
  config.images = (root / "unlabelled").string();
  config.licence = "CC0-1.0";
  return config;
}

// Foregrounds in Composition-1k's layout: three of 64 pixels to train with, of two backgrounds each, and one to test with, of
// three. Foregrounds are blue, a disc of alpha 1 with a soft rim; background n is n green.
inline FaceSourceConfig matte_tree(const fs::path& root) {
  cv::Mat alpha;
  cv::GaussianBlur(disc_mask(64), alpha, {}, 2);
  for (const char* name : {"cat", "dog", "hair", "lace"}) {
    write_image(root / "fg" / (std::string(name) + ".png"), cv::Mat(64, 64, CV_8UC3, cv::Scalar(200, 0, 0)));
    write_image(root / "alpha" / (std::string(name) + ".png"), alpha);
  }
  for (int n = 1; n <= 9; ++n) {
    const fs::path file = root / "bg" / (n <= 6 ? "train" : "test") / fmt::format("b{}.png", n);
    write_image(file, cv::Mat(80, 70, CV_8UC3, cv::Scalar(0, n, 0)));
  }
  write_file(root / "train_fg.txt", "dog.png\ncat.png\nhair.png\n");
  write_file(root / "test_fg.txt", "lace.png\n");
  write_file(root / "train_bg.txt", "b4.jpg\nb3.jpg\nb1.jpg\nb2.jpg\nb6.jpg\nb5.jpg\n");
  write_file(root / "test_bg.txt", "b9.png\nb7.png\nb8.png\n");
  FaceSourceConfig config;
  config.kind = "mattes";
  config.images = (root / "fg").string(), config.masks = (root / "alpha").string();
  config.backgrounds = (root / "bg").string();
  config.lists = {{"train", (root / "train_fg.txt").string()}, {"test", (root / "test_fg.txt").string()}};
  config.background_lists = {{"train", (root / "train_bg.txt").string()}, {"test", (root / "test_bg.txt").string()}};
  config.crop = "unknown";
  return config;
}

// A tree for every kind of the face source table.
inline const std::map<std::string, std::function<FaceSourceConfig(const fs::path&)>>& face_trees() {
  static const std::map<std::string, std::function<FaceSourceConfig(const fs::path&)>> trees = {
      {"procedural", [](const fs::path&) { return FaceSourceConfig{}; }},
      {"folder", [](const fs::path& root) { return face_folder(root, 3); }},
      {"celebamask", celebamask_tree},
      {"clips", [](const fs::path& root) { return clip_tree(root); }},
      {"no_face", no_face_folder},
      {"unlabelled", unlabelled_folder},
      {"mattes", matte_tree},
  };
  return trees;
}

// The labels can be believed but for the upper left quarter.
inline cv::Mat quarter_trust(int side) {
  cv::Mat trust(side, side, CV_8UC1, cv::Scalar(255));
  trust(cv::Rect(0, 0, side / 2, side / 2)).setTo(0);
  return trust;
}

// The trees again with such a trust map for each picture, for the kinds that take them.
inline FaceSourceConfig trusted_folder(const fs::path& root, int count, int side = 64) {
  FaceSourceConfig config = face_folder(root, count, side);
  for (int i = 0; i < count; ++i) write_image(root / "trust" / (std::to_string(i) + ".png"), quarter_trust(side));
  config.trust = (root / "trust").string();
  return config;
}
inline FaceSourceConfig trusted_celebamask(const fs::path& root) {
  FaceSourceConfig config = celebamask_tree(root);
  for (const char* id : {"7", "2000"}) write_image(root / "believed" / (std::string(id) + ".png"), quarter_trust(32));
  config.trust = "believed";
  return config;
}
inline FaceSourceConfig trusted_clips(const fs::path& root, bool by_kind = false) {
  FaceSourceConfig config = clip_tree(root, by_kind);
  for (const auto& [name, frames] : {std::pair{"walk", 6}, std::pair{"talk", 4}})
    for (int n = 1; n <= frames; ++n)
      write_image((by_kind ? root / "trust" / name : root / name / "trust") / (std::to_string(n) + ".png"), quarter_trust(64));
  config.trust = "trust";
  return config;
}

// A disc of one colour on another background, and its alpha.
inline cv::Mat disc_picture(cv::Size size, cv::Scalar colour) {
  cv::Mat image(size, CV_8UC3, cv::Scalar(0, 0, 200));
  cv::circle(image, {size.width / 2, size.height / 2}, std::min(size.width, size.height) / 3, colour, -1);
  return image;
}
inline cv::Mat disc_alpha(cv::Size size) {
  cv::Mat alpha(size, CV_8UC1, cv::Scalar(0));
  cv::circle(alpha, {size.width / 2, size.height / 2}, std::min(size.width, size.height) / 3, cv::Scalar(255), -1);
  return alpha;
}

// Colours and alphas as the files named, all of one size.
inline void write_pairs(const fs::path& root, const std::vector<std::pair<std::string, std::string>>& files,
                        cv::Size size = {60, 48}) {
  for (const auto& [colour, alpha] : files) {
    write_image(root / colour, disc_picture(size, {200, 100, 50}), 100);
    if (!alpha.empty()) write_image(root / alpha, disc_alpha(size), 100);
  }
}

// SIMD: {train,test}/CLASS/{fg,alpha}/*.jpg.
inline OccluderSourceConfig simd_tree(const fs::path& root) {
  write_pairs(root, {{"train/fire/fg/1.jpg", "train/fire/alpha/1.jpg"},
                     {"train/fire/fg/2.jpg", "train/fire/alpha/2.jpg"},
                     {"train/hair_easy/fg/1.jpg", "train/hair_easy/alpha/1.jpg"},
                     {"test/sharp/fg/3.jpg", "test/sharp/alpha/3.jpg"}});
  OccluderSourceConfig config;
  config.kind = "pairs";
  config.root = root.string();
  config.colours = "fg", config.alphas = "alpha";
  config.occluder_class = "folder";
  return config;
}

// DTD: images/CLASS/*.jpg.
inline OccluderSourceConfig texture_tree(const fs::path& root) {
  for (const char* name : {"banded/banded_1.jpg", "banded/banded_2.jpg", "dotted/dotted_1.jpg"})
    write_image(root / "images" / name, cv::Mat(70, 90, CV_8UC3, cv::Scalar(30, 60, 120)), 100);
  OccluderSourceConfig config;
  config.kind = "shapes";
  config.textures = (root / "images").string();
  return config;
}

// root/bar.png: a bar of one colour with a soft edge; root/puff.png: soft everywhere.
inline OccluderSourceConfig cutout_folder(const fs::path& root, const std::string& kind = "cutouts") {
  cv::Mat bar(80, 40, CV_8UC4, cv::Scalar(200, 100, 50, 255)), puff(48, 48, CV_8UC4, cv::Scalar(230, 230, 230, 0));
  bar.col(0).setTo(cv::Scalar(200, 100, 50, 90));
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 48; ++x) puff.at<cv::Vec4b>(y, x)[3] = cv::saturate_cast<uint8_t>(200 - 9 * std::hypot(x - 24, y - 24));
  write_image(root / (kind == "sprites" ? "puff.png" : "bar.png"), kind == "sprites" ? puff : bar);
  OccluderSourceConfig config;
  config.kind = kind;
  config.root = root.string();
  config.occluder_class = kind == "sprites" ? "translucent" : "object";
  config.deal = false;  // one item for all splits
  config.licence = "MIT";
  return config;
}

// A tree for every kind of the occluder source table.
inline const std::map<std::string, std::function<OccluderSourceConfig(const fs::path&)>>& occluder_trees() {
  static const std::map<std::string, std::function<OccluderSourceConfig(const fs::path&)>> trees = {
      {"procedural", [](const fs::path&) { return OccluderSourceConfig{}; }},
      {"cutouts", [](const fs::path& root) { return cutout_folder(root); }},
      {"pairs", simd_tree},
      {"shapes", texture_tree},
      {"sprites", [](const fs::path& root) { return cutout_folder(root, "sprites"); }},
  };
  return trees;
}

// A few samples of everything; lossless, so that what is on disk can be held to the matting equation.
inline DataConfig small_config(const fs::path& root) {
  DataConfig config;
  config.size = 48;
  config.image_format = "png";
  config.alpha_bits = 16;
  config.degrade.probability = 0;
  config.faces = {face_folder(root / "faces", 9)};
  config.occluders = {cutout_folder(root / "bars"), cutout_folder(root / "puffs", "sprites")};
  config.splits.resize(2);
  config.splits[0].name = "train", config.splits[0].stills = 5, config.splits[0].clips = 1, config.splits[0].frames = 3;
  config.splits[1].name = "test", config.splits[1].stills = 3, config.splits[1].clips = 1, config.splits[1].frames = 2;
  return config;
}

}  // namespace facemat
