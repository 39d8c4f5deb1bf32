#include "train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

constexpr uint64_t kMostBytes = uint64_t{4} << 30;

fs::path folder_of(const fs::path& run) { return run / "checkpoints"; }
std::string name_of(int64_t step) { return fmt::format("step-{:08}", step); }
bool is_complete(const fs::path& checkpoint) { return fs::is_regular_file(checkpoint / "DONE"); }

// Complete checkpoints, oldest first (names sort by step).
std::vector<fs::path> complete_checkpoints(const fs::path& run) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder_of(run))) return found;
  for (const auto& entry : fs::directory_iterator(folder_of(run)))
    if (entry.path().filename().string().rfind("step-", 0) == 0 && is_complete(entry.path())) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

void remove_old(const fs::path& run, const RunState& state, int keep) {
  auto found = complete_checkpoints(run);
  for (size_t i = 0; i + static_cast<size_t>(keep) < found.size(); ++i)
    if (!state.best_sad || found[i].filename() != name_of(state.best_step)) fs::remove_all(found[i]);
}

std::string state_text(const RunState& state) {
  nlohmann::json json = {{"step", state.step}, {"best_step", state.best_step}};
  json["best_sad"] = state.best_sad ? nlohmann::json(*state.best_sad) : nlohmann::json();
  return json.dump(2) + "\n";
}

RunState state_from(const fs::path& file) {
  try {
    const auto json = nlohmann::json::parse(read_file(file, 1 << 20));
    RunState state{json.at("step").get<int64_t>(), std::nullopt, json.at("best_step").get<int64_t>()};
    if (!json.at("best_sad").is_null()) state.best_sad = json.at("best_sad").get<double>();
    return state;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged: {}", file.string(), error.what());
  }
}

}  // namespace

void write_checkpoint(const fs::path& run, const RunState& state, const MattingNetwork& network, const ModelConfig& config,
                      const PartOptimizer& optimizer, const std::map<std::string, std::string>& metadata, int keep) {
  const std::string name = name_of(state.step);
  if (!is_complete(folder_of(run) / name)) {
    fs::remove_all(folder_of(run) / name);
    PendingFolder folder(folder_of(run) / name);
    write_file(folder.path() / "model.safetensors", encode_model(network, config, metadata));
    write_file(folder.path() / "optimizer.safetensors", encode_safetensors({optimizer.state(), {}}));
    write_file(folder.path() / "state.json", state_text(state));
    write_file(folder.path() / "DONE", "");
    folder.commit();
  }
  write_file(folder_of(run) / "latest", name);
  if (state.best_sad && state.best_step == state.step) write_file(folder_of(run) / "best", name);
  remove_old(run, state, keep);
}

std::optional<RunState> read_checkpoint(const fs::path& run, MattingNetwork& network, PartOptimizer& optimizer) {
  const auto found = complete_checkpoints(run);
  if (found.empty()) return std::nullopt;
  const auto load = [&](const char* name) {
    const fs::path file = found.back() / name;
    return decode_safetensors(read_file(file, kMostBytes), file.string());
  };
  load_weights(network, load("model.safetensors").tensors, (found.back() / "model.safetensors").string());
  optimizer.restore(load("optimizer.safetensors").tensors, (found.back() / "optimizer.safetensors").string());
  return state_from(found.back() / "state.json");
}

}  // namespace facemat
