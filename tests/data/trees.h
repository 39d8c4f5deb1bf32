#pragma once
// Tiny source folders made in code: faces that are discs on a ramp, cut-outs, puffs.

#include <opencv2/imgproc.hpp>
#include <string>

#include "data/config.h"
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
  config.licence = "MIT";
  return config;
}

// A few samples of everything; lossless, so that what is on disk can be held to the matting equation.
inline DataConfig small_config(const fs::path& root) {
  DataConfig config;
  config.size = 48;
  config.image_format = "png";
  config.alpha_bits = 16;
  config.degrade = 0;
  config.faces = {face_folder(root / "faces", 9)};
  config.occluders = {cutout_folder(root / "bars"), cutout_folder(root / "puffs", "sprites")};
  config.splits.resize(2);
  config.splits[0].name = "train", config.splits[0].stills = 5, config.splits[0].clips = 1, config.splits[0].frames = 3;
  config.splits[1].name = "test", config.splits[1].stills = 3, config.splits[1].clips = 1, config.splits[1].frames = 2;
  return config;
}

}  // namespace facemat
