#include "train/run/run_log.h"

#include <unistd.h>

#include <optional>

#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

// What a line says its step is; nothing if it is cut or no line of a log.
std::optional<int64_t> step_of(const std::string& line) {
  try {
    return parse_json(line).value("step", int64_t{0});
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

// The lines of `text` up to `step`; a line that is none of a log ends them.
std::string lines_until(const std::string& text, int64_t step) {
  std::string kept;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end + 1 - begin);
    const std::optional<int64_t> at = step_of(line);
    if (!at || *at > step) break;
    kept += line;
  }
  return kept;
}

}  // namespace

RunLog::RunLog(const fs::path& file, int64_t from_step) : file_(file) {
  write_file(file_, fs::exists(file_) ? lines_until(read_file(file_), from_step) : "");
  stream_ = std::fopen(file_.c_str(), "ae");
  require(stream_ != nullptr, "{}: cannot write: {}", file_.string(), system_reason());
}

RunLog::~RunLog() { std::fclose(stream_); }

void RunLog::add(const nlohmann::json& line) {
  const std::string text = line.dump() + "\n";
  const bool written = std::fwrite(text.data(), 1, text.size(), stream_) == text.size() && std::fflush(stream_) == 0;
  require(written, "{}: cannot write: {}", file_.string(), system_reason());
}

void RunLog::sync() {
  const bool written = ::fsync(::fileno(stream_)) == 0;  // before errno is read
  require(written, "{}: cannot write: {}", file_.string(), system_reason());
}

void LossMeter::add(double total, const Numbers& terms, const Numbers& weights) {
  total_.add(total);
  for (const auto& [name, value] : terms) terms_[name].add(value);
  for (const auto& [name, value] : weights) weights_[name].add(value);
}

LossMeter::Numbers LossMeter::means_of(const Means& means) {
  Numbers values;
  for (const auto& [name, mean] : means) values[name] = mean.value();
  return values;
}

nlohmann::json LossMeter::state_of(const Means& means) {
  nlohmann::json state = nlohmann::json::object();
  for (const auto& [name, mean] : means) state[name] = {mean.sum, mean.count};
  return state;
}

nlohmann::json LossMeter::state() const {
  return {{"total", {total_.sum, total_.count}}, {"terms", state_of(terms_)}, {"weights", state_of(weights_)}};
}

void LossMeter::restore(const nlohmann::json& state, const std::string& where) {
  constexpr int64_t kMostCount = int64_t{1} << 40;
  const auto mean = [&](const nlohmann::json& pair) {
    const Mean out{pair.at(0).get<double>(), pair.at(1).get<int64_t>()};
    require(out.count >= 0 && out.count <= kMostCount, "{}: damaged: a sum of {} losses", where, out.count);
    return out;
  };
  const auto means = [&](const nlohmann::json& pairs) {
    Means restored;
    for (const auto& [name, pair] : pairs.items()) restored[name] = mean(pair);
    return restored;
  };
  try {
    total_ = mean(state.at("total"));
    terms_ = means(state.at("terms"));
    weights_ = means(state.value("weights", nlohmann::json::object()));  // none in checkpoints from before there were any
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged: the sums of the losses: {}", where, error.what());
  }
}

}  // namespace facemat
