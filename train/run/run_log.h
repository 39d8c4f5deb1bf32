#pragma once
// RUN/log.jsonl: one line every log_every steps and for each validation, written as it happens. It holds nothing that differs
// between two equal runs (no times), so that a resumed run's log has the bytes of an uninterrupted one's.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "src/core/json.h"

namespace facemat {

namespace fs = std::filesystem;

class RunLog {
 public:
  // Goes on with `file`: drops lines after `from_step`, and a last line that a kill cut. Throws Error if it cannot be written.
  RunLog(const fs::path& file, int64_t from_step);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  void add(const nlohmann::json& line);
  // Waits until all lines are on the disk.
  void sync();

 private:
  fs::path file_;
  std::FILE* stream_ = nullptr;
};

// Means of the loss, of its terms and of its pixels' weights since the last line of the log.
class LossMeter {
 public:
  using Numbers = std::map<std::string, double>;  // by name
  void add(double total, const Numbers& terms, const Numbers& weights = {});
  void clear() { total_ = {}, terms_.clear(), weights_.clear(); }
  int64_t count() const { return total_.count; }
  double total() const { return total_.value(); }
  Numbers terms() const { return means_of(terms_); }
  Numbers weights() const { return means_of(weights_); }

  // Sums and counts, for a checkpoint between two lines of the log. Throws Error, prefixed by `where`, for others.
  nlohmann::json state() const;
  void restore(const nlohmann::json& state, const std::string& where);

 private:
  struct Mean {
    double sum = 0;
    int64_t count = 0;
    void add(double value) { sum += value, ++count; }
    double value() const { return count ? sum / static_cast<double>(count) : 0; }
  };
  using Means = std::map<std::string, Mean>;
  static Numbers means_of(const Means& means);
  static nlohmann::json state_of(const Means& means);

  Mean total_;
  Means terms_, weights_;
};

}  // namespace facemat
