#pragma once
// What mattes are judged against, one clip after another: a dataset's split, or folders of pictures.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/store/clip_guides.h"
#include "data/store/dataset.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/predictor.h"
#include "src/media/video/video.h"

namespace facemat {

struct TrueFrame {
  cv::Mat image;            // CV_8UC3 BGR, or empty: there is none (mattes of others are judged)
  cv::Mat alpha;            // CV_32FC1, 1 = visible face
  cv::Mat trimap;           // CV_8UC1, 0 / 128 / 255, or empty
  cv::Mat mask;             // CV_8UC1: the region "mask"; or empty
  cv::Mat clean;            // CV_8UC3 BGR, the face without occluders; or empty
  cv::Mat flow;             // CV_32FC2: motion of the matte from this frame to the next, in pixels; or empty
  cv::Mat trust = {};       // CV_32FC1: how far alpha can be believed, 0..1; or empty
  FrameGuides guides = {};  // what a network is given: drawn from the truth, where somebody asked, or of folders
};

struct TrueClip {
  std::string name;
  std::vector<std::string> classes;  // of its occluders; empty: none, or unknown
  std::optional<double> covered;     // share of the face that is covered, where known
  int length = 0;                    // frames; 1: a still
  std::function<TrueFrame(int t)> frame;
};

struct ClipSource {
  int64_t size = 0;
  std::function<TrueClip(int64_t index)> clip;  // several threads may ask at once
};
// `guides`: which guides frames come with, those of training's validation (held_out_guides).
ClipSource clips_of(const DatasetSplit& split, const GuidePlan& guides = {});

// Folders whose files belong together by their path without extension. Pictures directly in a folder are stills, pictures in a
// subfolder the frames of one clip, in the order of their names (natural_less); a film NAME.mp4 stands for a subfolder NAME.
// All but `truth` may be left empty; `predictions` are mattes made by any system, `guides` what models are given (trimaps are
// also what the unknown region is told by).
struct PictureFolders {
  fs::path truth, images, masks, flows, predictions;
  GuideSet<fs::path> guides;
  std::string truth_suffix, prediction_suffix;  // what their names have after those of the others: "_pha"
};

// What the values of their files mean.
struct PictureValues {
  MaskValues truth, mask;
  TrimapValues trimap;
};

// A picture, or a frame of a film; empty: there is none.
struct FrameFile {
  fs::path path;
  int film_frame = -1;
  bool empty() const { return path.empty(); }
  bool in_film() const { return film_frame >= 0; }
};

struct PictureFrame {
  FrameFile truth, image, mask, flow, prediction;  // empty where the folder was not given
  GuideSet<FrameFile> guides;                      // likewise
};
struct PictureClip {
  std::string name;
  std::vector<PictureFrame> frames;
};

// Throws Error: a folder is missing or empty, or holds two pictures of one name or one of a format that is not read; a true
// matte has no partner of its name in one of the folders (a clip's last frame needs no flow); a film has another number of
// frames than the true clip.
std::vector<PictureClip> pair_pictures(const PictureFolders& folders);

// Words for a message where `file`, of size `own`, does not fit the true matte because one of the two is turned by an EXIF
// orientation and the other is not (turned_hint in src/image/mask_file.h); else "". `what` it is: "trimap".
std::string turned_apart(const FrameFile& file, cv::Size own, const char* what, const FrameFile& true_file, cv::Size truth);

// Throws Error unless the sizes are equal. The message ends in turned_apart(), or where that is empty in `advice`.
void require_fitting(const FrameFile& file, cv::Size own, const char* what, const FrameFile& true_file, cv::Size truth,
                     const std::string& advice = "");

// Reads pictures, and films frame after frame. Throws Error naming the file, also if a film ends too early.
class FrameReader {
 public:
  cv::Mat image(const FrameFile& file);  // CV_8UC3 BGR
  cv::Mat matte(const FrameFile& file);  // CV_32FC1, 0..1; of a film its luminance

 private:
  cv::Mat film_frame(const FrameFile& file);

  fs::path film_;
  std::optional<VideoReader> reader_;
  int next_ = 0;  // frame of the film
};

// `clips` is shared with the source. Hints and segmentations are read as mattes are, 1 = visible face. Throws Error, when a
// frame is asked for, naming the picture: unreadable, of another size than the true matte, a mask or trimap of other values
// than `values` says, a flow that is not in Middlebury's .flo format; and for a film of true mattes whose `values` are not
// levels up to 255.
ClipSource clips_of(std::vector<PictureClip> clips, const PictureValues& values = {});

// What a reader of the figures should know: mattes in JPEG, lossy WebP or films, which change them, or of 16 bits, which are
// rounded to 8; files of which nobody can tell whether they lie as the true mattes beside them do (may_be_unturned in
// src/image/mask_file.h).
std::vector<std::string> format_warnings(const std::vector<PictureClip>& clips);

}  // namespace facemat
