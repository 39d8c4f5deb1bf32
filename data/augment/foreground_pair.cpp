#include "data/augment/foreground_pair.h"

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

void require_foreground(const Foreground& foreground) {
  require(foreground.colour.type() == CV_8UC3 && foreground.alpha.type() == CV_32FC1 &&
              foreground.colour.size() == foreground.alpha.size(),
          "a foreground needs an 8-bit colour picture and a float alpha of its size");
}

}  // namespace

Foreground paired(const Foreground& front, const Foreground& back) {
  require_foreground(front), require_foreground(back);
  require(front.alpha.size() == back.alpha.size(), "a pair of foregrounds of {}x{} and {}x{} pixels", front.alpha.cols,
          front.alpha.rows, back.alpha.cols, back.alpha.rows);
  Foreground pair;
  pair.alpha = front.alpha + back.alpha - front.alpha.mul(back.alpha);  // 1 - (1 - a1) (1 - a2)
  pair.colour = to_u8(blend(to_float(front.colour), front.alpha, to_float(back.colour)));
  return pair;
}

}  // namespace facemat
