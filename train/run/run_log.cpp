#include "train/run/run_log.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

// The lines of `text` up to `step`; a line that is cut or no JSON ends them.
std::string lines_until(const std::string& text, int64_t step) {
  std::string kept;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end + 1 - begin);
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || json.value("step", int64_t{0}) > step) break;
    kept += line;
  }
  return kept;
}

}  // namespace

RunLog::RunLog(const fs::path& file, int64_t from_step) : file_(file) {
  write_file(file_, fs::exists(file_) ? lines_until(read_file(file_), from_step) : "");
  stream_ = std::fopen(file_.c_str(), "ae");
  require(stream_ != nullptr, "{}: cannot write: {}", file_.string(), std::strerror(errno));
}

RunLog::~RunLog() { std::fclose(stream_); }

void RunLog::add(const nlohmann::json& line) {
  const std::string text = line.dump() + "\n";
  const bool written = std::fwrite(text.data(), 1, text.size(), stream_) == text.size() && std::fflush(stream_) == 0;
  require(written, "{}: cannot write: {}", file_.string(), std::strerror(errno));
}

void RunLog::sync() { require(::fsync(::fileno(stream_)) == 0, "{}: cannot write: {}", file_.string(), std::strerror(errno)); }

void LossMeter::add(double total, const std::map<std::string, double>& terms) {
  total_.add(total);
  for (const auto& [name, value] : terms) terms_[name].add(value);
}

std::map<std::string, double> LossMeter::terms() const {
  std::map<std::string, double> means;
  for (const auto& [name, mean] : terms_) means[name] = mean.value();
  return means;
}

nlohmann::json LossMeter::state() const {
  nlohmann::json terms = nlohmann::json::object();
  for (const auto& [name, mean] : terms_) terms[name] = {mean.sum, mean.count};
  return {{"total", {total_.sum, total_.count}}, {"terms", terms}};
}

void LossMeter::restore(const nlohmann::json& state) {
  const auto mean = [](const nlohmann::json& pair) { return Mean{pair.at(0).get<double>(), pair.at(1).get<int64_t>()}; };
  total_ = mean(state.at("total"));
  terms_.clear();
  for (const auto& [name, pair] : state.at("terms").items()) terms_[name] = mean(pair);
}

}  // namespace facemat
