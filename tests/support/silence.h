#pragma once
// Progress that shows nothing and remembers what it was told.

#include <string>
#include <vector>

#include "src/core/progress.h"

namespace facemat {

class Silence : public Progress {
 public:
  void update(int64_t done, int64_t total, const std::string&) override { last = done, of = total; }
  void message(const std::string& line) override { messages.push_back(line); }

  int64_t last = 0, of = 0;
  std::vector<std::string> messages;
};

}  // namespace facemat
