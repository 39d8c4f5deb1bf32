#pragma once
// Drawn people whom OpenCV's cascade takes for faces.

#include <opencv2/core.hpp>

#include "data/procedural/faces/face.h"
#include "src/image/transform.h"

namespace facemat {

struct DrawnHead {
  cv::Mat picture;  // 256x256
  cv::Rect face;    // the box of the face's mask
};
inline DrawnHead drawn_head() {
  const FaceView view = render_face(Rng(1), Rng(101), 256, 0);
  return {view.image, bounding_box(view.mask, 0.5f)};
}

// A head that leans by 30 degrees beside one that does not, 640x480.
struct TwoHeads {
  cv::Mat picture;
  cv::Point2d leaning, upright;  // the middles of their faces
  double height = 0;             // of a face
};
inline TwoHeads leaning_beside_upright() {
  const DrawnHead head = drawn_head();
  const cv::Matx23d turn = similarity({127.5, 127.5}, 1, -30, {175.5, 239.5});
  const cv::Point place(372, 112);
  const cv::Point2d at(head.face.x + head.face.width / 2.0, head.face.y + head.face.height / 2.0);
  TwoHeads two;
  two.picture = warp(head.picture, turn, {640, 480});
  head.picture.copyTo(two.picture(cv::Rect(place, head.picture.size())));
  two.leaning = {turn(0, 0) * at.x + turn(0, 1) * at.y + turn(0, 2), turn(1, 0) * at.x + turn(1, 1) * at.y + turn(1, 2)};
  two.upright = at + cv::Point2d(place);
  two.height = head.face.height;
  return two;
}

}  // namespace facemat
