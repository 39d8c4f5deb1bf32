#pragma once
// Where training starts: weights of our models, of published matting networks and of torchvision's classifiers, brought into a
// network by name, with a report of what was taken.

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace facemat {

enum class WeightsKind {
  kModel,        // one of ours: a safetensors file that says which network it is for
  kSafetensors,  // any other
  kStateDict,    // torch.save(network.state_dict(), file), also inside a checkpoint
  kTorchScript,  // torch.jit.save
};

struct WeightsFile {
  std::filesystem::path file;
  WeightsKind kind;
  std::map<std::string, torch::Tensor> tensors;  // by dotted name, on the CPU
};

// Reads `path`: a file of any of these kinds, told apart by content, at most 2 GiB; or a run or checkpoint folder of ours. Only
// tensors are read: code and objects in the file are passed over, nothing in it is run. Throws Error naming the file.
WeightsFile read_weights(const std::filesystem::path& path);

// What became of a network's weights, and of a file's. Each list is sorted.
struct StartReport {
  std::filesystem::path file;
  WeightsKind kind;
  std::vector<std::string> taken;      // same name, same shape
  std::vector<std::string> adapted;    // in another shape, by one of the conversions below
  std::vector<std::string> misshapen;  // in both, in other shapes: the network's stays as it was
  std::vector<std::string> missing;    // not in the file: the network's stays as it was
  std::vector<std::string> repeated;   // in the file once more, behind a prefix: the same numbers as a name that was taken
  std::vector<std::string> left_over;  // not in the network
};

// Copies into `network` what fits by name and shape, converted to the network's number type. Conversions:
//   - classifiers have no prefix ("features.0.0.weight"); in networks their names begin with "backbone." or "encoder.";
//   - the first convolution of a network that sees more than the frame has more channels: the further ones start at 0;
//   - RVM's "project_mat.conv" has four rows (foreground residual, alpha) or one (alpha): the alpha row is taken, or put in its
//     place.
// Throws Error, and changes nothing, if what fits is less than a tenth of the network's numbers (the message names what was
// expected and what was found), or if a fitting tensor is not finite.
StartReport start_from(torch::nn::Module& network, const WeightsFile& weights);

// The report as lines for the user, names that share a beginning as "beginning.*".
std::vector<std::string> report_lines(const StartReport& report);

}  // namespace facemat
