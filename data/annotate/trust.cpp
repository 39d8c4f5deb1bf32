#include "data/annotate/trust.h"

#include <opencv2/imgproc.hpp>

#include "data/annotate/regions.h"

namespace facemat {
namespace {

cv::Mat box_of(const cv::Mat& mask) {
  cv::Mat out(mask.size(), CV_8UC1, cv::Scalar(0));
  const cv::Rect box = cv::boundingRect(mask);
  if (!box.empty()) out(box).setTo(255);
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, TrustConfig& c) {
  visit("edge", c.edge, "band along the edge, in sides of the crop, that is doubted where classes are close", {0, 0.1});
  visit("edge_gap", c.edge_gap, "closer than this", {0, 1});
  visit("accessory_top", c.accessory_top, "skin and accessories near the face are doubted below this probability", {0, 1});
  visit("ruled", c.ruled, "the whole band is doubted this near to what a rule took away, in sides", {0, 0.2});
  visit("blob", c.blob, "radius, in sides, of blobs where mask and parser differ", {0, 0.1});
  visit("blob_oval", c.blob_oval, "within this oval, times", {0.5, 3});
  visit("agreement", c.agreement, "of several parsers, by weight, from which on their word counts", {0, 1});
}

cv::Mat trust_of(const Cleaned& cleaned, const RoleMap& map, const FaceAxes& frame, const TrustConfig& config) {
  const double side = cleaned.mask.cols;
  const cv::Mat said = map.role == kFace, near_rule = dilated(cleaned.ruled, config.ruled * side);
  cv::Mat doubted = band_around_edge(cleaned.mask, config.edge * side) & ((map.gap < config.edge_gap) | near_rule);
  doubted |= is_one_of(map, {kBody, kAccessory}) & (map.top < config.accessory_top) & box_of(oval_mask(frame, 1, said.size()));
  const cv::Mat differs = opened(cleaned.mask ^ said, config.blob * side);
  doubted |= differs & oval_mask(frame, config.blob_oval, said.size()) & ~cleaned.ruled;
  doubted |= said & ~cleaned.mask & ~cleaned.ruled;
  if (!map.agreement.empty()) doubted |= map.agreement < config.agreement;
  return ~doubted;
}

}  // namespace facemat
