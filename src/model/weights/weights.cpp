#include "src/model/weights/weights.h"

#include <fmt/ranges.h>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/model/networks/models.h"

namespace facemat {
namespace {

constexpr uint64_t kMostModelBytes = uint64_t{2} << 30;

std::string first_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  const std::vector<std::string> shown(names.begin(), names.begin() + std::min(names.size(), kShown));
  return fmt::format("{}{}", fmt::join(shown, ", "),
                     names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "");
}

bool same_shape(const torch::Tensor& a, const torch::Tensor& b) { return a.sizes() == b.sizes(); }

}  // namespace

std::map<std::string, torch::Tensor> named_weights(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> weights;
  for (const auto& item : module.named_parameters()) weights[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) weights[item.key()] = item.value();
  return weights;
}

void load_weights(torch::nn::Module& module, const std::map<std::string, torch::Tensor>& weights, const std::string& where) {
  const torch::NoGradGuard no_grad;
  auto own = named_weights(module);
  std::vector<std::string> missing, left_over, misshapen;
  for (const auto& [name, tensor] : own) {
    const auto found = weights.find(name);
    if (found == weights.end()) {
      missing.push_back(name);
    } else if (!same_shape(tensor, found->second)) {
      misshapen.push_back(name);
    }
  }
  for (const auto& [name, tensor] : weights)
    if (!own.count(name)) left_over.push_back(name);
  require(missing.empty(), "{}: the weights lack {}", where, first_names(missing));
  require(left_over.empty(), "{}: the weights hold names this network has not: {}", where, first_names(left_over));
  require(misshapen.empty(), "{}: weights of another shape: {}", where, first_names(misshapen));
  for (auto& [name, tensor] : own) tensor.copy_(weights.at(name));
}

std::string encode_model(const MattingNetwork& network, const ModelConfig& config,
                         const std::map<std::string, std::string>& metadata) {
  TensorFile file{named_weights(network), metadata};
  file.metadata[kModelKey] = config_to_yaml(config);
  return encode_safetensors(file);
}

fs::path find_model_file(const fs::path& path) {
  if (fs::is_regular_file(path)) return path;
  const auto in_folder = [](const fs::path& folder) { return folder / "model.safetensors"; };
  if (fs::is_regular_file(in_folder(path))) return in_folder(path);
  for (const char* pointer : {"best", "latest"}) {
    const fs::path file = path / "checkpoints" / pointer;
    if (!fs::is_regular_file(file)) continue;
    const std::string checkpoint = read_file(file, 256);
    require(!leads_out(checkpoint), "{}: '{}' is no checkpoint of this run", file.string(), checkpoint);
    const fs::path model = in_folder(path / "checkpoints" / checkpoint);
    if (fs::is_regular_file(model)) return model;
  }
  require(fs::exists(path), "{}: no such model", path.string());
  fail("{}: holds no model (expected a .safetensors file, a checkpoint folder, or a run with checkpoints)", path.string());
}

TrainedModel load_model(const fs::path& path) {
  TrainedModel model;
  model.file = find_model_file(path);
  const std::string where = model.file.string();
  const std::string bytes = read_file(model.file, kMostModelBytes);
  TensorFile file = decode_safetensors(bytes, where);
  const auto config = file.metadata.find(kModelKey);
  require(config != file.metadata.end(), "{}: says not which network it is for ('{}' is missing)", where, kModelKey);
  model.config = config_from_yaml<ModelConfig>(config->second, where);
  try {
    check(model.config);
  } catch (const Error& error) {
    fail("{}: {}", where, error.what());
  }
  model.network = make_model(model.config, Rng(0));
  load_weights(*model.network, file.tensors, where);
  model.network->eval();
  model.metadata = std::move(file.metadata);
  model.weights_hash = hash_text(hash_bytes(bytes));
  return model;
}

}  // namespace facemat
