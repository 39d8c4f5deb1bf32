#pragma once
// Tiny data sets in the exact layouts that configs/data names, made of the real material in ../shared/data (test_data.h): every
// picture is there once, so that no content can be in two splits.

#include <fmt/format.h>

#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "data/procedural/drawing/random_shape.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {

namespace fs = std::filesystem;

// A picture with its alpha: CV_8UC3 and CV_8UC1.
struct Matted {
  cv::Mat colour, alpha;
};

inline Matted read_matted(const fs::path& rgba) {
  const cv::Mat layer = read_cutout(rgba);
  return {to_u8(layer_colour(layer)), to_u8(layer_alpha(layer))};
}

// `matted` at `side` pixels on its longer side, mirrored and darkened for odd numbers: the same thing with other bytes.
inline Matted variant(const Matted& matted, int number, int side) {
  const double scale = (side - 4.0 * number) / std::max(matted.colour.cols, matted.colour.rows);
  const cv::Size size(cvRound(matted.colour.cols * scale), cvRound(matted.colour.rows * scale));
  Matted out{resize(matted.colour, size), resize(matted.alpha, size)};
  if (number % 2 == 0) return out;
  cv::flip(out.colour.clone(), out.colour, 1);
  cv::flip(out.alpha.clone(), out.alpha, 1);
  out.colour = out.colour * 0.8;
  return out;
}

// As photographed before a plain background, as hands and animals are in data sets of masks.
inline cv::Mat photographed(const Matted& matted, const cv::Scalar& background) {
  const cv::Mat behind(matted.colour.size(), CV_32FC3, background);
  return to_u8(blend(to_float(matted.colour), to_float(matted.alpha), behind));
}

inline cv::Mat two_valued(const cv::Mat& alpha, int high) {
  cv::Mat out(alpha.size(), CV_8UC1, cv::Scalar(0));
  out.setTo(high, alpha >= 128);
  return out;
}

inline std::string lines(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

// --- faces

// CelebAMask-HQ as distributed, with the WO lists; 7.jpg is in none of them. Its ids have annotation folders 0, 1 and 14.
inline void lay_out_celebamask_hq(const fs::path& data, const fs::path& root) {
  const std::vector<int> ids = {0, 1, 7, 1999, 2000, 28001, 29999};
  const std::vector<fs::path> images = list_files(data / "faces/images", {".jpg"});
  for (size_t i = 0; i < ids.size(); ++i) {
    const fs::path mask_file = data / "faces/masks" / (images[i].stem().string() + ".png");
    const cv::Mat image = resize(read_image(images[i]), {1024, 1024});
    cv::Mat skin;  // label files are grey pictures in three channels
    cv::cvtColor(two_valued(to_u8(read_mask(mask_file)), 255), skin, cv::COLOR_GRAY2BGR);
    write_image(root / "CelebA-HQ-img" / fmt::format("{}.jpg", ids[i]), image);
    const fs::path labels = root / "CelebAMask-HQ-mask-anno" / std::to_string(ids[i] / 2000);
    write_image(labels / fmt::format("{:05}_skin.png", ids[i]), resize(skin, {512, 512}));
    cv::Mat hair(512, 512, CV_8UC3, cv::Scalar::all(0));
    hair.rowRange(0, 40).setTo(cv::Scalar::all(255));
    write_image(labels / fmt::format("{:05}_hair.png", ids[i]), hair);
    // 512x512 copies and corrected masks, as the video repository has them
    write_image(root / "CelebA-HQ-img-512" / fmt::format("{}.jpg", ids[i]), resize(image, {512, 512}));
    write_image(root / "CelebAMask-HQ-masks_corrected-512" / fmt::format("{}.png", ids[i]),
                two_valued(to_u8(resize(read_mask(mask_file), {512, 512})), 255));
  }
  write_file(root / "CelebAMask-HQ-WO-train.txt", lines({"0.jpg", "1.jpg", "1999.jpg", "2000.jpg"}));
  write_file(root / "CelebAMask-HQ-WO-test.txt", lines({"28001.jpg", "29999.jpg"}));
}

// The folders of NatOcc's faces; masks are 0 and 1.
inline void lay_out_natocc_faces(const fs::path& data, const fs::path& root) {
  const std::vector<fs::path> images = list_files(data / "faces/images", {".jpg"});
  for (size_t i = 8; i < 14; ++i) {
    const std::string stem = std::to_string(100 + i);
    write_image(root / "CelebAMask-HQ-WO-Train_img" / (stem + ".jpg"), read_image(images[i]));
    const cv::Mat mask = read_mask(data / "faces/masks" / (images[i].stem().string() + ".png"));
    write_image(root / "CelebAMask-HQ-WO-Train_mask" / (stem + ".png"), two_valued(to_u8(mask), 1));
  }
}

// --- occluders

// SIMD/train/CLASS/{fg,alpha}/N.jpg: puffs of smoke, the lemur's fur, and sharp things.
inline void lay_out_simd(const fs::path& data, const fs::path& root) {
  const auto add = [&](const std::string& folder, int number, const Matted& matted) {
    write_image(root / "train" / folder / "fg" / fmt::format("{}.jpg", number), matted.colour);
    write_image(root / "train" / folder / "alpha" / fmt::format("{}.jpg", number), matted.alpha);
  };
  const std::vector<fs::path> puffs = list_files(data / "occluders/smoke", {".png"});
  const std::vector<fs::path> things = list_files(data / "occluders/rgba", {".png"});
  for (int i = 0; i < 3; ++i) {
    add("smoke_cloud", i, variant(read_matted(puffs[i]), i, 300));
    add("fur", i, variant(read_matted(data / "occluders/rgba/lemur.png"), i, 300));
    add("sharp", i, variant(read_matted(things[static_cast<size_t>(2 + i)]), i, 300));
  }
}

// The official AM-2k (train/original, train/mask) and the video repository's (am2k/train/fg, am2k/train/mask).
inline void lay_out_am2k(const fs::path& data, const fs::path& root) {
  const cv::Mat alpha = to_u8(read_mask(data / "matting/lemur/lemur_alpha.png"));
  const Matted lemur{read_image(data / "matting/lemur/lemur.png"), alpha};
  for (int i = 0; i < 3; ++i) {
    const Matted one = variant(lemur, i, 400);
    const std::string name = fmt::format("m_{:08x}", 0xa0 + i);
    write_image(root / "AM-2k/train/original" / (name + ".jpg"), one.colour);
    write_image(root / "AM-2k/train/mask" / (name + ".png"), one.alpha);
    write_image(root / "am2k/train/fg" / (name + ".png"), one.colour);
    write_image(root / "am2k/train/mask" / (name + ".png"), one.alpha);
  }
}

// HIU-DMTL as the video repository has it, with its lists, and 11k Hands under both of its names; one photograph lacks a mask.
inline void lay_out_hands(const fs::path& data, const fs::path& root) {
  const std::vector<fs::path> hands = list_files(data / "occluders/hands", {".png"});
  for (int i = 0; i < 8; ++i) {
    const Matted hand = variant(read_matted(hands[static_cast<size_t>(i)]), i, 400);
    if (i < 4) {
      write_image(root / "hiu/fg" / fmt::format("{}.jpg", 10 + i), photographed(hand, {0.3, 0.4, 0.5}));
      write_image(root / "hiu/alpha" / fmt::format("{}_mask.png", 10 + i), hand.alpha);
      continue;
    }
    const std::string name = fmt::format("Hand_{:07}", i);
    const cv::Mat white = photographed(hand, {1, 1, 1}), mask = two_valued(hand.alpha, 255);
    for (const char* folder : {"11k-hands/Hands", "11k-hands_img"}) write_image(root / folder / (name + ".jpg"), white);
    for (const char* folder : {"11k-hands/11k-hands_masks", "11k-hands_masks"})
      write_image(root / folder / (name + ".png"), mask);
  }
  const cv::Mat unmasked(300, 400, CV_8UC3, cv::Scalar::all(255));
  for (const char* folder : {"11k-hands/Hands", "11k-hands_img"}) write_image(root / folder / "Hand_0009999.jpg", unmasked);
  write_file(root / "hiu/hiu_train.txt", lines({"10", "11", "12"}));
  write_file(root / "hiu/hiu_test.txt", lines({"13"}));
}

// DTD/images/CLASS/*.jpg, and shapes filled with its pictures as the video repository keeps them.
inline void lay_out_textures(const fs::path& data, const fs::path& root) {
  const std::vector<std::string> classes = {"woven", "grid", "polka-dotted"};
  const std::vector<fs::path> textures = list_files(data / "textures", {".jpg"});
  for (size_t i = 0; i < 9; ++i) {
    const std::string& name = classes[i % classes.size()];
    const cv::Mat texture = resize(read_image(textures[i]), {300, 300});
    write_image(root / "DTD/images" / name / fmt::format("{}_{:04}.jpg", name, i), texture);
    if (i >= 3) continue;
    const fs::path shapes = root / "CelebA-HQ-WO-train/rand";
    const cv::Mat alpha = to_u8(random_shape(Rng(i), 300));
    write_image(shapes / "occlusion_img" / fmt::format("{}.png", i), photographed({texture, alpha}, {0, 0, 0}));
    write_image(shapes / "occlusion_mask" / fmt::format("{}.png", i), alpha);
  }
}

// NatOcc's objects of COCO.
inline void lay_out_objects(const fs::path& data, const fs::path& root) {
  const std::vector<fs::path> things = list_files(data / "occluders/rgba", {".png"});
  for (size_t i = 5; i < 9; ++i) {
    const Matted thing = variant(read_matted(things[i]), static_cast<int>(i), 400);
    write_image(root / "object_image_sr" / fmt::format("{:012}.jpg", i), photographed(thing, {0.5, 0.5, 0.4}));
    write_image(root / "object_mask_x4" / fmt::format("{:012}.png", i), two_valued(thing.alpha, 255));
  }
}

// Everything the presets name, below `root`. `data` is the folder of real material.
// Labelled faces as facemat data label lays them out, with lists.
inline void lay_out_labelled(const fs::path& data, const fs::path& root) {
  const std::vector<fs::path> pictures = list_files(data / "faces/images", {".jpg"});
  std::vector<std::string> names[3];
  for (size_t i = 0; i < pictures.size(); ++i) {
    const fs::path name = pictures[i].filename(), mask = data / "faces/masks" / fs::path(name).replace_extension(".png");
    fs::create_directories(root / "faces/images"), fs::create_directories(root / "faces/masks");
    fs::copy_file(pictures[i], root / "faces/images" / name);
    fs::copy_file(mask, root / "faces/masks" / mask.filename());
    write_image(root / "faces/trust" / mask.filename(), cv::Mat(read_image(mask).size(), CV_8UC1, cv::Scalar(255)));
    names[i % 3].push_back(name.string());
  }
  const char* const splits[] = {"train", "valid", "test"};
  for (size_t i = 0; i < 3; ++i) write_file(root / "lists" / (std::string(splits[i]) + ".txt"), lines(names[i]));
}

// Composition-1k: cut-outs as foregrounds, textures as photographs behind them; two for each to train with, one to test with.
inline void lay_out_composition1k(const fs::path& data, const fs::path& root) {
  const std::vector<fs::path> things = list_files(data / "occluders/rgba", {".png"});
  const std::vector<fs::path> textures = list_files(data / "textures", {".jpg"});
  std::vector<std::string> names[2], backgrounds[2];  // to train and to test with
  for (size_t i = 0; i < 6; ++i) {
    const Matted thing = variant(read_matted(things[i]), static_cast<int>(i), 300);
    const std::string name = fmt::format("thing-{}.png", i);
    write_image(root / "fg" / name, thing.colour);
    write_image(root / "alpha" / name, thing.alpha);
    names[i < 4 ? 0 : 1].push_back(name);
  }
  for (size_t i = 0; i < 10; ++i) {
    const std::string name = fmt::format("photograph_{:06}.jpg", i);
    const cv::Mat picture = resize(read_image(textures[i % textures.size()]), {250 + static_cast<int>(i), 330});
    write_image(root / (i < 8 ? "bg/train" : "bg/test") / name, picture);
    backgrounds[i < 8 ? 0 : 1].push_back(name);
  }
  for (size_t k = 0; k < 2; ++k) {
    const std::string start = k == 0 ? "training" : "test";
    write_file(root / (start + "_fg_names.txt"), lines(names[k]));
    write_file(root / (start + "_bg_names.txt"), lines(backgrounds[k]));
  }
}

inline void lay_out_sources(const fs::path& data, const fs::path& root) {
  lay_out_composition1k(data, root / "Composition-1k");
  lay_out_celebamask_hq(data, root / "CelebAMask-HQ");
  lay_out_natocc_faces(data, root);
  lay_out_simd(data, root / "SIMD");
  lay_out_am2k(data, root);
  lay_out_hands(data, root);
  lay_out_textures(data, root);
  lay_out_objects(data, root);
  lay_out_labelled(data, root / "real");
  for (const char* folder : {"faces", "occluders", "textures"})  // photos.yaml: a user's own folders
    fs::create_directory_symlink(fs::absolute(data) / folder, root / folder);
}

}  // namespace facemat
