#pragma once
// What networks are given beside the frame (the guide table), and what an exported model promises: the contract, stored as JSON
// in the ONNX file's metadata under kContractKey. The runtime reads it, checks it against the graph and needs no code for a new
// network.

#include <string>
#include <vector>

namespace facemat {

// What the values of a guide are.
enum class GuideKind {
  kTrimap,   // one channel: background, unknown or face; floats 0, 0.5, 1; in 8 bits 0, 128, 255
  kShare,    // one channel, floats 0..1
  kColours,  // three channels, a picture as the frame is: floats in its order and range; in 8 bits BGR
};

// One of something for each guide: pictures (src/image/guides.h), tensors (src/model/networks/guides.h), files.
template <typename T>
struct GuideSet {
  T trimap = {};        // where it is background, face, or unknown
  T hint = {};          // a rough alpha
  T background = {};    // the picture without the foreground
  T segmentation = {};  // a soft segmentation of the foreground
};

// THE GUIDE TABLE: the one list of what a network may be given beside the frame. Batches, contracts, ONNX inputs, predictors,
// options of programs and the reports' column "given" all go by it. To add a guide: a member of GuideSet, its place in of(),
// and a line in contract.cpp; how it is drawn for training is said in data/store/clip_guides.cpp.
struct GuideEntry {
  const char* name;   // in settings, contracts and reports, of options and of ONNX inputs
  const char* about;  // "a NAME (ABOUT)"
  GuideKind kind;
  int place;  // of its member

  int channels() const { return kind == GuideKind::kColours ? 3 : 1; }

  template <typename T>
  T& of(GuideSet<T>& set) const {
    T* const members[] = {&set.trimap, &set.hint, &set.background, &set.segmentation};
    return *members[place];
  }
  template <typename T>
  const T& of(const GuideSet<T>& set) const {
    const T* const members[] = {&set.trimap, &set.hint, &set.background, &set.segmentation};
    return *members[place];
  }
};
const std::vector<GuideEntry>& guide_table();

// Throws Error "unknown guide 'NAME' (known: ...)".
const GuideEntry& find_guide(const std::string& name);

inline constexpr const char* kContractKey = "facemat.contract";
inline constexpr int kContractVersion = 3;

// One recurrent state: fed as `input`, returned as `output`. The first frame's state is zeros of shape
// [1,1,1,1], with the sizes that the graph states where it does.
struct ModelState {
  std::string input, output;
};

// One guide that the model needs with each frame, as an input [B,C,H,W] of the frame's size. Trimaps, hints and segmentations
// are 0..1, their 1 meaning what alpha's does (`polarity`); backgrounds have the colour order and range of the image.
struct ModelGuide {
  std::string name;   // in the guide table
  std::string input;  // float32 [B,C,H,W], C as the table says
};

struct ModelContract {
  int version = kContractVersion;
  std::string network;                    // name in the model table, e.g. "rvm_mobilenetv3"
  std::string polarity = "visible_face";  // alpha 1 = visible face; or "occluder" (1 - that)
  std::string image_input = "src";        // [B,3,H,W] float32
  std::string colour_order = "rgb";       // channel order of the image input
  double range_low = 0, range_high = 1;   // value range of the image input
  int size_multiple = 1;                  // H and W must be multiples of this
  std::vector<ModelGuide> guides;         // what is needed beside the image; usually nothing
  std::string alpha_output = "pha";       // [B,1,H,W] float32, 0..1
  std::string uncertainty_output;         // [B,1,H,W] float32 standard deviation; empty: the model has none
  std::string ratio_input;                // float32 [1], above 0, at most 1: the share of H and W the network works at; empty:
                                          // the file was exported for one ratio
  double ratio = 1;                       // that one; with ratio_input, the one to use where nothing else is asked for
  std::vector<ModelState> states;         // what is carried from frame to frame; none: each frame stands for itself
  int train_size = 0;                     // side of the training images in pixels; 0: unknown
  std::string weights_hash;               // hash of the weights the file was made from
  std::string data_licence;               // licence roll-up of the training data
  bool sealed = false;                    // the file ends in a seal (seal.h); one that does not hold means damage
};

// JSON text of `contract`, keys as the field names.
std::string contract_to_json(const ModelContract& contract);

// Reads what contract_to_json wrote. Throws Error, prefixed by `where` (a file name), on malformed text, a missing or unknown
// key, another version, or a value that is not allowed.
ModelContract contract_from_json(const std::string& json, const std::string& where);

}  // namespace facemat
