#pragma once
// A network somebody else exported to ONNX, described by settings instead of a contract: picture in, one map out. What the map
// means (matte, depth, classes) is not known here (alpha_source.h).

#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/onnx/plain_session.h"

namespace facemat {

// A recurrent state: what `output` answered is fed to `input` with the next frame, zeros with the first.
struct NetworkState {
  std::string input, output;
};
void fields(FieldVisitor& visit, NetworkState& state);

// An input that has one value for all frames.
struct NetworkConstant {
  std::string input;
  double value = 0;
};
void fields(FieldVisitor& visit, NetworkConstant& constant);

struct NetworkConfig {
  std::string model;               // ONNX file
  std::string input;               // '': the only input that is no state and no constant
  int width = 0, height = 0;       // pixels the network sees; 0: what the graph is frozen to, else the frame's own
  int multiple = 1;                // the frame's own size is rounded up to multiples of this
  std::string resize = "stretch";  // stretch | letterbox
  std::string layout = "nchw";     // nchw | nhwc, of input and output
  std::string colour = "rgb";      // rgb | bgr
  int range_high = 1;              // of a pixel before mean and std: 1 or 255
  std::vector<double> mean = {0, 0, 0}, std = {1, 1, 1};  // in that range and in the order of `colour`
  std::string output;                                     // '': the first output that is no state
  int channel = -1;                                       // of the output; -1: its only one
  std::string activation = "none";                        // none | sigmoid | softmax | argmax
  std::vector<NetworkState> states;
  std::vector<NetworkConstant> constants;
};
void fields(FieldVisitor& visit, NetworkConfig& config);

// Throws Error, prefixed by `where`, for settings that contradict each other or are out of range.
void check(const NetworkConfig& config, const std::string& where);

inline constexpr int kMostNetworkSide = 8192;  // pixels a network is shown, each way

// `image` (CV_8UC3 BGR) at its own size as the settings have it: [1,3,H,W] or [1,H,W,3], range, mean, std and colour order.
FloatTensor picture_tensor(const cv::Mat& image, const NetworkConfig& config);

class ForeignNetwork {
 public:
  // Opens config.model. `threads`: of one operator; 0: as many as the machine has. Throws Error naming the file: missing,
  // larger than kLargestModel, no ONNX model, or a graph that the settings do not fit (its true inputs and outputs are listed).
  explicit ForeignNetwork(const NetworkConfig& config, int threads = 0);
  ~ForeignNetwork();
  ForeignNetwork(ForeignNetwork&&) noexcept;

  // `frame`: CV_8UC3 BGR. The map at the frame's size, CV_32FC1 as the network scales it: bilinear, class maps (argmax, or an
  // output of whole numbers) by the nearest pixel. A frame of another size than the one before starts a new clip. Throws Error
  // naming the model if it fails, if its answer is no map, or holds numbers that are not finite.
  cv::Mat run(const cv::Mat& frame);

  // Every channel of the answer at the frame's size, CV_32FC1 each, after sigmoid or softmax if the settings name one: what a
  // network says of each class. network.channel does not count; a class map (argmax, whole numbers) is one channel.
  std::vector<cv::Mat> run_channels(const cv::Mat& frame);

  // The picture that the network sees, where that does not follow the frame; else empty.
  cv::Size fixed_size() const;

  // States back to zeros: of the size the graph declares, 1 where it leaves a size open.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facemat
