#pragma once
// What an exported model promises, stored as JSON in the ONNX file's metadata under kContractKey. The runtime reads it, checks
// it against the graph and needs no code for a new network.

#include <string>
#include <vector>

namespace facemat {

inline constexpr const char* kContractKey = "facemat.contract";
inline constexpr int kContractVersion = 2;

// One recurrent state: fed as `input`, returned as `output`. The first frame's state is zeros of shape
// [1,1,1,1], with the sizes that the graph states where it does.
struct ModelState {
  std::string input, output;
};

struct ModelContract {
  int version = kContractVersion;
  std::string network;                    // name in the model table, e.g. "rvm_mobilenetv3"
  std::string polarity = "visible_face";  // alpha 1 = visible face; or "occluder" (1 - that)
  std::string image_input = "src";        // [B,3,H,W] float32
  std::string colour_order = "rgb";       // channel order of the image input
  double range_low = 0, range_high = 1;   // value range of the image input
  int size_multiple = 1;                  // H and W must be multiples of this
  std::string alpha_output = "pha";       // [B,1,H,W] float32, 0..1
  std::string uncertainty_output;         // [B,1,H,W] float32 standard deviation; empty: the model has none
  std::string ratio_input;                // float32 [1], above 0, at most 1: the share of H and W the network works at; empty:
                                          // the file was exported for one ratio
  double ratio = 1;                       // that one; with ratio_input, the one to use where nothing else is asked for
  std::vector<ModelState> states;
  int train_size = 0;        // side of the training images in pixels; 0: unknown
  std::string weights_hash;  // hash of the weights the file was made from
  std::string data_licence;  // licence roll-up of the training data
  bool sealed = false;       // the file ends in a seal (seal.h); one that does not hold means damage
};

// JSON text of `contract`, keys as the field names.
std::string contract_to_json(const ModelContract& contract);

// Reads what contract_to_json wrote. Throws Error, prefixed by `where` (a file name), on malformed text, a missing or unknown
// key, a newer version, or a value that is not allowed.
ModelContract contract_from_json(const std::string& json, const std::string& where);

}  // namespace facemat
