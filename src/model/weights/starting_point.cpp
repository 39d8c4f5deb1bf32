#include "src/model/weights/starting_point.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"
#include "src/model/weights/byte_reader.h"
#include "src/model/weights/safetensors.h"
#include "src/model/weights/torch_file.h"
#include "src/model/weights/weights.h"

namespace facemat {
namespace {

using Names = std::vector<std::string>;
using Tensors = std::map<std::string, torch::Tensor>;

constexpr uint64_t kMostBytes = uint64_t{2} << 30;
constexpr size_t kMostName = 256;
constexpr double kLeastShare = 0.1;
constexpr int64_t kHeadRows = 4, kAlphaRow = 3;  // RVM's head: foreground residual R, G, B, and alpha
constexpr int64_t kFrameChannels = 3;

bool looks_like_safetensors(const std::string& bytes) { return bytes.size() > 8 && bytes[8] == '{'; }

const char* kind_name(WeightsKind kind) {
  if (kind == WeightsKind::kModel) return "a model of this project";
  if (kind == WeightsKind::kStateDict) return "a state dict";
  if (kind == WeightsKind::kTorchScript) return "a TorchScript archive";
  return "safetensors";
}

// Names end up in messages.
void require_short_names(const Tensors& tensors, const std::string& where) {
  for (const auto& [name, tensor] : tensors)
    require(name.size() <= kMostName && is_printable(name), "{}: a tensor's name is longer than {} or cannot be printed", where,
            kMostName);
}

// A file's tensors under the names they have in the network with `own`.
Tensors as_networks_name(const Tensors& tensors, const Tensors& own) {
  const auto in_network = [&](const std::string& name) {
    for (const char* encoder : {"backbone.", "encoder."})
      if (!own.count(name) && own.count(encoder + name) && !tensors.count(encoder + name)) return encoder + name;
    return name;
  };
  Tensors renamed;
  for (const auto& [name, tensor] : tensors) renamed[in_network(name)] = tensor;
  return renamed;
}

bool is_head(const std::string& name) { return starts_with(name, "project_mat.conv."); }

// Whether two heads differ in their number of rows alone, `from` with `from_rows` and `to` with `to_rows`.
bool heads_of(const torch::Tensor& from, int64_t from_rows, const torch::Tensor& to, int64_t to_rows) {
  return from.dim() >= 1 && to.dim() >= 1 && from.size(0) == from_rows && to.size(0) == to_rows &&
         from.sizes().slice(1) == to.sizes().slice(1);
}

// Whether `from` is the weight of a convolution of frames, and `to` that of the same of frames and more.
bool convolves_more(const torch::Tensor& from, const torch::Tensor& to) {
  return from.dim() == 4 && to.dim() == 4 && from.size(1) == kFrameChannels && to.size(1) > kFrameChannels &&
         from.size(0) == to.size(0) && from.sizes().slice(2) == to.sizes().slice(2);
}

struct Copy {
  std::string name;
  torch::Tensor from, to;
};

// What start_from will do, decided before anything is changed.
struct Plan {
  StartReport report;
  std::vector<Copy> copies;
  int64_t numbers = 0;  // that find a value
};

void plan_weight(const std::string& name, const torch::Tensor& from, const torch::Tensor& to, Plan& plan) {
  if (from.sizes() == to.sizes() && from.is_floating_point() == to.is_floating_point()) {
    plan.copies.push_back({name, from, to});
    plan.report.taken.push_back(name);
  } else if (is_head(name) && heads_of(from, kHeadRows, to, 1)) {
    plan.copies.push_back({name, from.narrow(0, kAlphaRow, 1), to});
    plan.report.adapted.push_back(name);
  } else if (is_head(name) && heads_of(from, 1, to, kHeadRows)) {
    plan.copies.push_back({name, from, to.narrow(0, kAlphaRow, 1)});
    plan.report.adapted.push_back(name);
  } else if (convolves_more(from, to)) {
    const int64_t others = to.size(1) - kFrameChannels;
    const auto zeros = torch::zeros_like(from.narrow(1, 0, 1)).expand({-1, others, -1, -1});
    plan.copies.push_back({name, torch::cat({from, zeros}, 1), to});
    plan.report.adapted.push_back(name);
  } else {
    plan.report.misshapen.push_back(name);
    return;
  }
  plan.numbers += plan.copies.back().to.numel();
}

// Batch norms count their batches; only LibTorch's running mean without a momentum looks at it, and many files leave it out.
bool is_counter(const std::string& name) {
  const std::string end = ".num_batches_tracked";
  return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// Whether the file holds the same tensor under the end of `name`, which the network has: files of networks whose parts share an
// encoder (MODNet's) list it once for each.
bool is_repeated(const std::string& name, const torch::Tensor& tensor, const Tensors& own, const Tensors& offered) {
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    const std::string end = name.substr(dot + 1);
    const auto found = offered.find(end);
    if (!own.count(end) || found == offered.end()) continue;
    // LibTorch refuses to compare numbers of two types.
    if (found->second.scalar_type() == tensor.scalar_type() && torch::equal(found->second, tensor)) return true;
  }
  return false;
}

Plan make_plan(const Tensors& own, const Tensors& offered) {
  Plan plan;
  for (const auto& [name, tensor] : own) {
    const auto found = offered.find(name);
    if (found == offered.end()) {
      if (!is_counter(name)) plan.report.missing.push_back(name);
    } else {
      plan_weight(name, found->second, tensor, plan);
    }
  }
  for (const auto& [name, tensor] : offered)
    if (!own.count(name))
      (is_repeated(name, tensor, own, offered) ? plan.report.repeated : plan.report.left_over).push_back(name);
  return plan;
}

// The first few of `names`, with their shapes.
std::string examples(const Names& names, const Tensors& tensors) {
  constexpr size_t kShown = 4;
  Names shown;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i)
    shown.push_back(fmt::format("{} [{}]", names[i], fmt::join(tensors.at(names[i]).sizes(), ", ")));
  return fmt::format("{}", fmt::join(shown, ", "));
}

void require_enough(const Plan& plan, const Tensors& own, const Tensors& offered, const std::string& where) {
  int64_t numbers = 0;
  for (const auto& [name, tensor] : own) numbers += tensor.numel();
  if (static_cast<double>(plan.numbers) >= kLeastShare * static_cast<double>(numbers)) return;
  Names unmet = plan.report.misshapen, unused = plan.report.misshapen;
  unmet.insert(unmet.end(), plan.report.missing.begin(), plan.report.missing.end());
  unused.insert(unused.end(), plan.report.left_over.begin(), plan.report.left_over.end());
  fail("{}: these weights are of another network ({} of {} names fit, {:.1f} % of its numbers): expected {}; found {}", where,
       plan.copies.size(), own.size(), 100.0 * static_cast<double>(plan.numbers) / static_cast<double>(numbers),
       examples(unmet, own), examples(unused, offered));
}

// `names` as patterns: for each, its shortest beginning "a.b." that none of `others` has, as "a.b.*"; else the name itself.
Names patterns(const Names& names, const Names& others) {
  std::set<std::string> shared;
  const auto beginnings = [](const std::string& name) {
    Names out;
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      out.push_back(name.substr(0, dot + 1));
    return out;
  };
  for (const auto& name : others)
    for (auto& beginning : beginnings(name)) shared.insert(std::move(beginning));
  Names out;
  for (const auto& name : names) {
    std::string pattern = name;
    for (const auto& beginning : beginnings(name))
      if (!shared.count(beginning)) {
        pattern = beginning + "*";
        break;
      }
    if (out.empty() || out.back() != pattern) out.push_back(pattern);
  }
  return out;
}

Names joined(std::initializer_list<const Names*> lists) {
  Names out;
  for (const Names* list : lists) out.insert(out.end(), list->begin(), list->end());
  return out;
}

}  // namespace

WeightsFile read_weights(const fs::path& path) {
  WeightsFile weights{find_model_file(path), WeightsKind::kSafetensors, {}};
  const std::string where = weights.file.string();
  const std::string bytes = read_file(weights.file, kMostBytes);
  if (is_torch_file(bytes)) {
    TorchFile file = decode_torch_file(bytes, where);
    weights.kind = file.scripted ? WeightsKind::kTorchScript : WeightsKind::kStateDict;
    weights.tensors = std::move(file.tensors);
  } else {
    require(looks_like_safetensors(bytes),
            "{}: not a file of weights (known: safetensors, a state dict written by torch.save, a TorchScript archive)", where);
    TensorFile file = decode_safetensors(bytes, where);
    if (file.metadata.count(kModelKey)) weights.kind = WeightsKind::kModel;
    weights.tensors = std::move(file.tensors);
  }
  require_short_names(weights.tensors, where);
  return weights;
}

StartReport start_from(torch::nn::Module& network, const WeightsFile& weights) {
  const torch::NoGradGuard no_grad;
  const Tensors own = named_weights(network), offered = as_networks_name(weights.tensors, own);
  const std::string where = weights.file.string();
  Plan plan = make_plan(own, offered);
  require_enough(plan, own, offered, where);
  for (const Copy& copy : plan.copies)
    require(torch::isfinite(copy.from).all().item<bool>(), "{}: not all of its numbers are finite ('{}')", where, copy.name);
  for (Copy& copy : plan.copies) copy.to.copy_(copy.from);
  plan.report.file = weights.file;
  plan.report.kind = weights.kind;
  return std::move(plan.report);
}

Names report_lines(const StartReport& report) {
  const size_t total = report.taken.size() + report.adapted.size() + report.misshapen.size() + report.missing.size();
  Names lines = {
      fmt::format("{} ({}): taken {} of {} weights", report.file.string(), kind_name(report.kind), report.taken.size(), total)};
  const auto add = [&](const char* what, const Names& names, const Names& others) {
    if (!names.empty()) lines.push_back(fmt::format("{}: {}", what, fmt::join(patterns(names, others), ", ")));
  };
  const Names& taken = report.taken;
  Names heads, convolutions;
  for (const auto& name : report.adapted) (is_head(name) ? heads : convolutions).push_back(name);
  add("adapted (alpha row)", heads, joined({&taken, &convolutions, &report.misshapen, &report.missing}));
  add("adapted (channels beside the frame's start at 0)", convolutions,
      joined({&taken, &heads, &report.misshapen, &report.missing}));
  add("left at random", report.missing, joined({&taken, &report.adapted, &report.misshapen}));
  add("left at random, other shape in the file", report.misshapen, joined({&taken, &report.adapted, &report.missing}));
  add("in the file once more", report.repeated, joined({&taken, &report.adapted, &report.misshapen, &report.left_over}));
  add("left over in the file", report.left_over, joined({&taken, &report.adapted, &report.misshapen, &report.repeated}));
  const bool has_alpha = std::any_of(taken.begin(), taken.end(), is_head) || !heads.empty();
  if (has_alpha && report.kind != WeightsKind::kModel)
    lines.push_back("note: alpha of published matting networks is the person, here it is the visible face: train on");
  return lines;
}

}  // namespace facemat
