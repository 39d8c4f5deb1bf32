#pragma once
// What photographs of faces share, whatever the layout they come in: from picture, mask and trust to a view.

#include <functional>
#include <string>
#include <vector>

#include "data/scene/scene.h"
#include "data/sources/faces/faces.h"
#include "data/sources/pictures/item.h"
#include "src/image/transform.h"

namespace facemat {

// A picture of any proportions and what is said of it.
struct Photograph {
  cv::Mat image;      // CV_8UC3
  Label mask;         // of the picture's size, 1 = face
  std::string where;  // names it in messages
};

// The picture with its mask, and its trust if `trust` is not empty or the settings have an `ignore`, under the settings'
// `polarity`, `binary` and `labels`, all of the picture's size. A mask of the picture's proportions (same_proportions) may have
// another size; the trust has the mask's. Throws Error naming the file that cannot be read or does not fit.
Photograph read_photograph(const fs::path& image, const fs::path& mask, const fs::path& trust, const FaceSourceConfig& config);
// The same for a mask that is made of several files; `picture` is the file of the image, `where` names the mask.
Photograph fitted(const cv::Mat& image, const Label& mask, const fs::path& trust, const FaceSourceConfig& config,
                  const fs::path& picture, const std::string& where);

// A mask file under the settings: 1 = face.
Label read_face_mask(const fs::path& file, const FaceSourceConfig& config);

// The square of `photograph` that becomes a frame of `side` pixels, by the settings' `crop`:
// - centre: the largest; in the middle, or moved from there by no more than it takes to hold the mask's box (of an upright
//   photograph whose face is at the top, say).
// - face: as the runtime cuts out faces that were found without their points (pose_of in src/runtime/faces/face.h), but never
//   turned: around the middle of the mask's box, its longer side being `face_share` of the square's. It may reach beyond the
//   picture.
// - beside: one that touches neither the mask nor 4 % of its box around it, at a random place and of a random size, drawn by
//   `look`: a picture without a face. It is at least a quarter of `side` wide.
// Throws Error if the mask holds no face, or if there is no such place.
cv::Rect square_of(const Photograph& photograph, const FaceSourceConfig& config, const Rng& look, int side);

// A square of at least half of the picture's shorter side, at a random place.
cv::Rect any_square(cv::Size picture, Rng rng);

// `square` of the photograph as a frame of `side` x `side` pixels. Beyond the picture its border is repeated, as the runtime
// does; no face is there, and trust, if there is any, is 0. Layout and light are estimated from the mask; where it holds no
// face they are those of a face that fills the frame as crop: face would have it, or, unless `may_be_empty`, Error is thrown.
FaceView view_of(const Photograph& photograph, const cv::Rect& square, int side, bool may_be_empty);

// That view, by square_of, at all times.
Face still_face(const Photograph& photograph, const FaceSourceConfig& config, const Rng& look, int side);

// What is said of a picture of a face whose mask nobody made: it is about where faces usually are, upright in the middle of the
// largest square in the middle, so that occluders find it. None of it can be believed.
Label unbelievable_label(cv::Size picture);

// Whether the settings' `crop` gives pictures without a face.
bool leaves_face_out(const FaceSourceConfig& config);

// The files below `trust` that go with `pictures`, names below `images`: those of the same name without extension. Throws Error
// as joined() (listing.h) does, and naming the first picture without one.
std::vector<fs::path> trust_maps(const fs::path& images, const fs::path& trust, const std::vector<std::string>& pictures);

// Whether a mask that should be 1 on a face is bright at the frame's border and dark in its middle (reading_of in
// src/image/mask_file.h).
bool looks_inverted(const cv::Mat& mask);

// Looks at up to 32 of `count` pictures, spread over all. "FOLDER: N of M pictures ..." if some are turned by an EXIF
// orientation and nobody can tell whether their masks are, too (may_be_unturned in src/image/mask_file.h); else "".
std::string turned_warning(int64_t count, const std::function<fs::path(int64_t)>& picture,
                           const std::function<fs::path(int64_t)>& mask, const std::string& folder);

// Looks at up to 32 of `count` masks, spread over all. Throws Error naming the setting if most are clearly inverted under
// `config.polarity`: bright at the frame's border and dark in its middle.
void refuse_inverted(int64_t count, const std::function<fs::path(int64_t)>& mask, const std::string& folder,
                     const FaceSourceConfig& config);

}  // namespace facemat
