#include "src/core/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <utility>

#include "src/core/text.h"

namespace facemat {
namespace {

using Clock = std::chrono::steady_clock;

std::string duration_text(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
}

std::string bar_text(int64_t done, int64_t total) {
  constexpr int kWidth = 24;
  const int filled = total > 0 ? static_cast<int>(kWidth * done / total) : 0;
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "]";
}

class StderrProgress : public Progress {
 public:
  StderrProgress(std::string title, std::string unit)
      : title_(std::move(title)), unit_(std::move(unit)), terminal_(::isatty(STDERR_FILENO) == 1), start_(Clock::now()) {}

  ~StderrProgress() override {
    if (open_line_) std::fputc('\n', stderr);
  }

  void update(int64_t done, int64_t total, const std::string& note) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (first_done_ < 0) first_done_ = done, start_ = Clock::now();  // a resumed run: rate counts from here
    const auto now = Clock::now();
    const bool last = done >= total;
    const auto interval = std::chrono::milliseconds(terminal_ ? 100 : 5000);
    if (!last && now - shown_ < interval) return;
    if (last && finished_) return;
    shown_ = now;
    finished_ = last;
    print(done, total, std::chrono::duration<double>(now - start_).count(), note);
  }

  void message(const std::string& line) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::fprintf(stderr, "%s%s\n", open_line_ ? "\r\033[K" : "", printable(line).c_str());
    open_line_ = false;
  }

 private:
  void print(int64_t done, int64_t total, double elapsed, const std::string& note) {
    const int64_t fresh = done - first_done_;
    const double rate = elapsed > 0 ? static_cast<double>(fresh) / elapsed : 0;
    const std::string time = done >= total ? "took " + duration_text(elapsed)
                             : rate > 0    ? duration_text(static_cast<double>(total - done) / rate) + " left"
                                           : "starting";
    const std::string line =
        fmt::format("{} {}/{} {}s, {:.1f}/s, {}{}{}", title_, done, total, unit_, rate, time, note.empty() ? "" : ", ", note);
    if (terminal_) {
      std::fprintf(stderr, "\r\033[K%s %s%s", bar_text(done, total).c_str(), line.c_str(), done >= total ? "\n" : "");
      open_line_ = done < total;
    } else {
      std::fprintf(stderr, "%s\n", line.c_str());
    }
    std::fflush(stderr);
  }

  std::string title_, unit_;
  bool terminal_, open_line_ = false, finished_ = false;
  Clock::time_point start_, shown_{};
  int64_t first_done_ = -1;
  std::mutex mutex_;
};

class SilentProgress : public Progress {
 public:
  void update(int64_t, int64_t, const std::string&) override {}
  void message(const std::string&) override {}
};

}  // namespace

std::unique_ptr<Progress> make_progress(std::string title, std::string unit, bool quiet) {
  if (quiet) return std::make_unique<SilentProgress>();
  return std::make_unique<StderrProgress>(std::move(title), std::move(unit));
}

}  // namespace facemat
