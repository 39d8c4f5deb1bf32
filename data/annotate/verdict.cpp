#include "data/annotate/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace facemat {
namespace {

constexpr double kInnerOval = 0.94, kFaceTop = 0.92;

double share(const cv::Mat& part, const cv::Mat& whole) {
  return static_cast<double>(cv::countNonZero(part)) / std::max(1, cv::countNonZero(whole));
}

cv::Mat occluders_of(const RoleMap& map) { return is_one_of(map, {kHair, kBody, kClothes, kAccessory}); }

// How far `p` lies inside the picture; below 0 outside it.
double depth_in(const cv::Rect& picture, cv::Point2d p) {
  return std::min({p.x - picture.x, p.y - picture.y, picture.br().x - p.x, picture.br().y - p.y});
}

std::string cut_off(const FaceAxes& frame, const cv::Rect& picture, double side, const RejectConfig& config) {
  const auto is_outside = [&](const cv::Point2d& p) { return depth_in(picture, p) < 0; };
  const double outside = static_cast<double>(std::count_if(frame.oval.begin(), frame.oval.end(), is_outside)) /
                         static_cast<double>(frame.oval.size());
  if (outside > config.oval_outside) return fmt::format("{:.0f} % of its outline lies outside the picture", 100 * outside);
  if (outside <= config.cut_outside) return "";
  for (const cv::Point2d& p : {frame.chin, frame.left_eye, frame.right_eye, frame.nose, frame.mouth})
    if (depth_in(picture, p) < config.border * side) return "the picture ends at its chin, eyes, nose or mouth";
  return "";
}

// Mask and landmarks are of one face: they overlap by `agreement`, with occluders or without; high foreheads and long beards
// lie outside the landmarks, so `middle_agreement` below 0.92 H will do, with occluders, if the mask alone has
// `least_agreement`.
bool belong_together(const cv::Mat& mask, const cv::Mat& occluders, const FaceAxes& frame, const RejectConfig& config) {
  const cv::Mat oval = oval_mask(frame, 1, mask.size()), whole = mask | (occluders & oval);
  const double bare = overlap_of(mask, oval);
  if (bare >= config.agreement || overlap_of(whole, oval) >= config.agreement) return true;
  const cv::Mat t = frame_maps(frame, mask.size()).t, middle = (t > 0) & (t < kFaceTop);
  return bare >= config.least_agreement && overlap_of(whole & middle, oval & middle) >= config.middle_agreement;
}

double unevenness(const cv::Mat& whole, const FaceAxes& frame) {
  const cv::Mat oval = oval_mask(frame, 1, whole.size()), left = oval & (frame_maps(frame, whole.size()).u < 0),
                right = oval & ~left;
  return std::abs(share(whole & left, left) - share(whole & right, right));
}

}  // namespace

void fields(FieldVisitor& visit, RejectConfig& c) {
  visit("least_mask", c.least_mask, "least share of the crop that is face", {0, 1});
  visit("most_mask", c.most_mask, "most", {0, 1});
  visit("mirrored", c.mirrored, "most of the face that may lie beyond the picture", {0, 1});
  visit("oval_outside", c.oval_outside, "most of the outline's points beyond the picture", {0, 1});
  visit("cut_outside", c.cut_outside, "most of them if chin, eyes, nose or mouth lie at its border", {0, 1});
  visit("border", c.border, "how near that is, in sides of the crop", {0, 0.5});
  visit("agreement", c.agreement, "least overlap of mask and outline, with or without occluders", {0, 1});
  visit("middle_agreement", c.middle_agreement, "or, below the forehead and with occluders, this much", {0, 1});
  visit("least_agreement", c.least_agreement, "if the mask alone has this much", {0, 1});
  visit("background", c.background, "most of the face's inside that is called background", {0, 1});
  visit("uneven", c.uneven, "most that one half of the outline is covered less than the other", {0, 1});
  visit("natural", c.natural, "share of the face's inside that is covered from which on it counts as occluded", {0, 1});
}

double overlap_of(const cv::Mat& a, const cv::Mat& b) {
  const int both = cv::countNonZero(a & b), any = cv::countNonZero(a | b);
  return any == 0 ? 1 : static_cast<double>(both) / any;
}

FaceFacts facts_of(const cv::Mat& mask, const cv::Mat& trust, const RoleMap& map, const FaceAxes& frame) {
  const cv::Mat inside = oval_mask(frame, kInnerOval, mask.size()), open = inside & ~mask;
  const double area = static_cast<double>(mask.total());
  const auto of_oval = [&](Role role) { return share(open & (map.role == role), inside); };
  FaceFacts out;
  out.mask = cv::countNonZero(mask) / area;
  out.hair = of_oval(kHair), out.body = of_oval(kBody), out.clothes = of_oval(kClothes), out.accessory = of_oval(kAccessory);
  out.occluded = out.hair + out.body + out.clothes + out.accessory;
  out.background = of_oval(kBackground);
  out.untrusted = 1 - cv::countNonZero(trust) / area;
  out.yaw = frame.yaw();
  return out;
}

std::string reject_reason(const cv::Mat& mask, const RoleMap& map, const FaceAxes& frame, const cv::Rect& picture,
                          const FaceFacts& facts, const RejectConfig& config) {
  const auto percent = [](double value) { return fmt::format("{:.0f} %", 100 * value); };
  if (facts.mask < config.least_mask || facts.mask > config.most_mask)
    return fmt::format("{} of its crop is face (allowed: {} to {})", percent(facts.mask), percent(config.least_mask),
                       percent(config.most_mask));
  cv::Mat beyond = mask.clone();
  beyond(picture & cv::Rect({}, mask.size())).setTo(0);
  if (share(beyond, mask) > config.mirrored)
    return fmt::format("{} of it lies beyond the picture", percent(share(beyond, mask)));
  if (const std::string cut = cut_off(frame, picture, mask.cols, config); !cut.empty()) return cut;
  const cv::Mat occluders = occluders_of(map);
  if (!belong_together(mask, occluders, frame, config)) return "mask and landmarks do not belong together";
  if (facts.background > config.background)
    return fmt::format("{} of its inside is called background (allowed: {})", percent(facts.background),
                       percent(config.background));
  const double uneven = unevenness(mask | occluders, frame);
  if (uneven > config.uneven) return fmt::format("one half is covered {} less than the other", percent(uneven));
  return "";
}

}  // namespace facemat
