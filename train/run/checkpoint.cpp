#include "train/run/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "src/core/error.h"
#include "src/core/file.h"

// Null: nothing.
template <>
struct nlohmann::adl_serializer<std::optional<double>> {
  static void to_json(json& json, const std::optional<double>& value) { json = value ? nlohmann::json(*value) : nullptr; }
  static void from_json(const json& json, std::optional<double>& value) {
    if (!json.is_null()) value = json.get<double>();
  }
};

namespace facemat {

// Keys are the fields' names.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunState, step, skipped, skipped_in_row, best, best_step, stale, loss_scale, scaled_steps,
                                   processes, meter)

namespace {

fs::path folder_of(const fs::path& run) { return run / "checkpoints"; }
std::string name_of(int64_t step) { return fmt::format("step-{:08}", step); }
bool is_complete(const fs::path& checkpoint) { return fs::is_regular_file(checkpoint / "DONE"); }

// Whether `name` is a checkpoint's. A folder that is still written has another one, also when all is in it.
bool is_name(const std::string& name) {
  constexpr size_t kPrefix = 5;  // "step-"
  return name.rfind("step-", 0) == 0 && name.size() > kPrefix &&
         name.find_first_not_of("0123456789", kPrefix) == std::string::npos;
}

// Complete checkpoints, oldest first (names sort by step).
std::vector<fs::path> complete_checkpoints(const fs::path& run) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder_of(run))) return found;
  for (const auto& entry : fs::directory_iterator(folder_of(run)))
    if (is_name(entry.path().filename()) && is_complete(entry.path())) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

// Without DONE first: a kill while a folder is being removed leaves no half checkpoint that looks complete.
void remove_checkpoint(const fs::path& checkpoint) {
  fs::remove(checkpoint / "DONE");
  fs::remove_all(checkpoint);
}

void remove_old(const fs::path& run, const RunState& state, int keep) {
  const auto found = complete_checkpoints(run);
  for (size_t i = 0; i + static_cast<size_t>(keep) < found.size(); ++i)
    if (!state.best || found[i].filename() != name_of(state.best_step)) remove_checkpoint(found[i]);
}

// Of a folder that gets its name later, so that the file needs no passing one.
void write_synced(const fs::path& file, std::string_view bytes) {
  write_plain(file, bytes);
  sync_file(file);
}

// Without touching it where it points there already.
void point(const fs::path& pointer, const std::string& name) {
  constexpr uint64_t kMostName = 256;  // bytes
  if (!fs::is_regular_file(pointer) || fs::file_size(pointer) > kMostName || read_file(pointer) != name)
    write_file(pointer, name);
}

std::string state_text(const RunState& state) { return nlohmann::json(state).dump(2) + "\n"; }

// A run that goes on counts on from these.
void check(const RunState& state, const fs::path& file) {
  constexpr int64_t kMostCount = 1'000'000'000;
  require(file.parent_path().filename() == name_of(state.step), "{}: damaged: it is of step {}", file.string(), state.step);
  for (const int64_t count : {state.skipped, state.skipped_in_row, state.best_step, int64_t{state.stale},
                              int64_t{state.scaled_steps}, int64_t{state.processes}})
    require(count >= 0 && count <= kMostCount, "{}: damaged: a count of {}", file.string(), count);
  require(state.loss_scale > 0, "{}: damaged: losses times {}", file.string(), state.loss_scale);
}

RunState state_from(const fs::path& file) {
  try {
    const auto state = parse_json(read_file(file, 1 << 20)).get<RunState>();
    check(state, file);
    return state;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged: {}", file.string(), error.what());
  }
}

}  // namespace

void write_checkpoint(const fs::path& run, const RunState& state, const CheckpointFiles& files, int keep) {
  const fs::path checkpoint = folder_of(run) / name_of(state.step);
  if (!is_complete(checkpoint)) {
    fs::remove_all(checkpoint);
    PendingFolder folder(checkpoint);
    for (const auto& [name, bytes] : files) write_synced(folder.path() / name, bytes);
    write_synced(folder.path() / "state.json", state_text(state));
    write_synced(folder.path() / "DONE", "");
    folder.commit();
  }
  settle_checkpoints(run, state, keep);
}

void settle_checkpoints(const fs::path& run, const RunState& state, int keep) {
  point(folder_of(run) / "latest", name_of(state.step));
  if (state.best && is_complete(folder_of(run) / name_of(state.best_step)))
    point(folder_of(run) / "best", name_of(state.best_step));
  remove_old(run, state, keep);
}

void remove_unfinished(const fs::path& run) {
  if (fs::is_directory(folder_of(run))) remove_half_written(folder_of(run));
}

std::optional<StoredCheckpoint> newest_checkpoint(const fs::path& run) {
  const auto found = complete_checkpoints(run);
  if (found.empty()) return std::nullopt;
  return StoredCheckpoint{found.back(), state_from(found.back() / "state.json")};
}

}  // namespace facemat
