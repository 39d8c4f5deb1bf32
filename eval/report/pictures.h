#pragma once
// The cases of all models, frame by frame, with their pictures made small enough for one page.

#include <cstdint>
#include <string>
#include <vector>

#include "eval/report/sections.h"

namespace facemat {

inline constexpr int kPictureSides[] = {384, 288, 208};  // longest side in pixels: the first that fits the budget

// One model's pictures of a frame; data URIs, empty where there is no picture.
struct ModelPictures {
  size_t model = 0;
  std::string kind;  // the frame is this model's "worst", "median" or "best"
  std::string prediction, error, uncertainty;
};

// One frame, with every model that has pictures of it. Image and truth are the same for all and kept once.
struct CaseCard {
  size_t frame = 0;
  std::string kind;  // of the first model that shows it
  double sad = 0;    // the highest of the models that show it
  std::string image, truth;
  std::vector<ModelPictures> models;
};

struct Gallery {
  std::vector<CaseCard> cards;  // worst, median, best; of each the highest SAD first
  int side = 0;                 // longest side of the pictures in pixels
  size_t left_out = 0;          // frames that did not fit the budget at the smallest size
  uint64_t bytes = 0;           // of all data URIs
};

// Throws Error naming a picture that is missing or unreadable.
Gallery make_gallery(const ReportData& data);

}  // namespace facemat
