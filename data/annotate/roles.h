#pragma once
// What a pixel of a crop shows, for every parser alike.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

enum Role { kBackground, kHair, kBody, kFace, kClothes, kAccessory };
inline constexpr int kRoles = 6;

// "background", "hair", "body" (skin that is no face: neck, ears, hands), "face" (with brows, eyes, mouth, beard), "clothes",
// "accessory" (glasses, hats, whatever is held).
const std::vector<std::string>& role_names();

// The role called so. Throws Error "WHERE: unknown role ... (known: ...)".
Role role_of(const std::string& name, const std::string& where);

// What covers a face: hair, body, clothes, accessories.
inline bool is_occluder(int role) { return role == kHair || role == kBody || role == kClothes || role == kAccessory; }

// What the parsers say of a crop.
struct RoleMap {
  cv::Mat role;       // CV_8UC1, the likeliest Role
  cv::Mat top, gap;   // CV_32FC1: its probability, and how far the second best is behind
  cv::Mat agreement;  // CV_32FC1, 0..1: weight of the parsers that say the same of "face or not"; empty for one parser
};

// 255 where `map.role` is one of `roles`.
cv::Mat is_one_of(const RoleMap& map, const std::vector<int>& roles);

}  // namespace facemat
