#pragma once
// Where a label can be believed.

#include "data/annotate/cleaning.h"

namespace facemat {

// Lengths in sides of the crop.
struct TrustConfig {
  double edge = 0.01, edge_gap = 0.5;     // along the edge, where the second best class is less than that behind
  double accessory_top = 0.6;             // accessories and skin within the oval's box that are less likely than this
  double ruled = 0.03;                    // the whole band this near to what a rule took away
  double blob = 0.008, blob_oval = 1.12;  // blobs within that oval where mask and parser differ
  double agreement = 0.75;                // several parsers: where fewer, by weight, say the same of "face or not"
};
void fields(FieldVisitor& visit, TrustConfig& config);

// CV_8UC1, 255: believed, 0: not. Not believed are
//   (a) the band of +-edge round the mask's edge where the gap is below edge_gap;
//   (b) skin and accessories of a probability below accessory_top within the oval's bounding box;
//   (c) all of that band within `ruled` of what rules took away: an edge that a rule made;
//   (d) blobs (opened by `blob`) within the oval times blob_oval where the mask is not what the parser says and no rule was at
//       work;
//   (e) face that is neither in the mask nor taken away by a rule: other people, mirrored skin;
//   (f) with several parsers: an agreement below `agreement`.
cv::Mat trust_of(const Cleaned& cleaned, const RoleMap& map, const FaceAxes& frame, const TrustConfig& config);

}  // namespace facemat
