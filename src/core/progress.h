#pragma once
// Progress of long work. Libraries report into a sink they are handed and never print; mains choose the sink.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace facemat {

class Progress {
 public:
  virtual ~Progress() = default;
  // `done` of `total` units are finished; `note` is a short current figure ("loss 0.031"), may be empty.
  virtual void update(int64_t done, int64_t total, const std::string& note = {}) = 0;
  // A line that stays ("validation: SAD 0.412").
  virtual void message(const std::string& line) = 0;
  // A line that a person must not miss: what is not as they may think. Shown as "warning: LINE", quiet or not.
  virtual void warning(const std::string& line) { message("warning: " + line); }
};

// Bar with rate and time left on a terminal, a plain line about every five seconds otherwise; nothing but warnings when
// `quiet`. `title` and `unit` name the work ("building", "sample"). Writes to standard error.
std::unique_ptr<Progress> make_progress(std::string title, std::string unit, bool quiet = false);

}  // namespace facemat
