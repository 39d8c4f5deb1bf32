#pragma once
// What every matting network of the model table offers: frames in, alpha (and what else its heads give) out, state carried on.

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "src/model/blocks/patch_refiner.h"
#include "src/model/networks/guides.h"

namespace facemat {

class FieldVisitor;

// What a network has no use for (models.h says what it has) stays as it is by default.
struct ModelConfig {
  std::string network = "rvm_mobilenetv3";  // name in the model table (models.h)
  double width = 1;                   // multiplies every channel count; 1 is the published network, less is for small demos
  bool foreground = false;            // also predict the foreground residual (RVM's four-channel head)
  bool uncertainty = false;           // also predict the variance of alpha (FaceMat's teacher)
  bool detached_uncertainty = false;  // the variance's head learns by itself: what it asks for does not reach the rest
  bool segmentation = false;          // RVM's segmentation head
  bool refiner = false;               // deep guided filter for frames processed at reduced size
  PatchSettings patches;              // of BackgroundMattingV2: at which size it works, and what it refines
};
void fields(FieldVisitor& visit, ModelConfig& config);

// What a recurrent network carries from frame to frame (RVM: r1..r4, finest first); empty at the start of a clip, and always
// with networks that carry nothing.
using States = std::vector<torch::Tensor>;

struct Prediction {
  torch::Tensor alpha;  // [..,1,H,W]; 0..1 in evaluation mode, not clamped in training mode (a clamp has no gradient outside)
  torch::Tensor variance;    // [..,1,H,W] variance of alpha in [1e-6, 1]; undefined without the uncertainty head
  torch::Tensor foreground;  // [..,3,H,W] 0..1; undefined where the network tells none
  torch::Tensor background;  // likewise, of what lies behind
  torch::Tensor logits;      // [..,1,H,W] segmentation logits; undefined without the segmentation head
  States states;             // after the last frame
  // What losses look at besides, by names that the network's header lists ("semantic", "coarse_alpha", ...), of sizes that it
  // states: shares of the frames' sides as the network padded them, to multiples of `multiple`. In training mode alone; nothing
  // of it is exported.
  std::map<std::string, torch::Tensor> parts;
  int64_t multiple = 1;
};

// How a network computes. What it computes is the same, up to the order of floating-point sums.
struct Execution {
  bool channels_last = true;  // on the CPU, maps in channels-last order and fused passes over them; else LibTorch's operators
                              // one by one in contiguous order
  bool recompute = false;     // keep only some maps for the backward pass and compute the others again: slower, leaner
};

// Throws Error unless `frames` are as forward() takes them.
void check_frames(const torch::Tensor& frames);

class MattingNetwork : public torch::nn::Module {
 public:
  // frames: [B,T,3,H,W] or [B,3,H,W], float RGB 0..1, H and W from 1 up. `guides`: those that the model table says it needs.
  // `ratio` < 1 computes at a reduced size and refines (needs the refiner). Throws Error on a wrong shape. Nothing is random.
  virtual Prediction forward(const torch::Tensor& frames, const Guides& guides, const States& states, double ratio) = 0;
  // The same for a network that needs no guides.
  Prediction forward(const torch::Tensor& frames, const States& states = {}, double ratio = 1) {
    return forward(frames, Guides{}, states, ratio);
  }

  // The same at the ratio that a tensor [1] holds, so that a traced graph has it as an input. The refiner works at 1 too.
  virtual Prediction forward_scaled(const torch::Tensor& frames, const Guides& guides, const States& states,
                                    const torch::Tensor& ratio) = 0;

  void set_execution(const Execution& execution) { execution_ = execution; }

 protected:
  Execution execution_;
};

}  // namespace facemat
