#include "src/runtime/environment.h"

#include <iostream>

namespace facemat {
namespace {

// Debian 13's ONNX Runtime shares libonnx and both register the standard operators; on the first model libonnx complains about
// each of some hundred on std::cerr. What goes wrong with a model arrives as an exception.
class QuietCerr {
 public:
  QuietCerr() : buffer_(std::cerr.rdbuf(nullptr)) {}
  ~QuietCerr() {
    std::cerr.rdbuf(buffer_);
    std::cerr.clear();
  }
  QuietCerr(const QuietCerr&) = delete;
  QuietCerr& operator=(const QuietCerr&) = delete;

 private:
  std::streambuf* buffer_;
};

Ort::Env& environment() {
  static Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "facemat");
  return env;
}

struct Profiling {
  std::string prefix;  // empty: off
  int sessions = 0;
};
thread_local Profiling profiling;

}  // namespace

Ort::Session open_session(const std::string& model, const Ort::SessionOptions& options) {
  const QuietCerr quiet;
  if (profiling.prefix.empty()) return Ort::Session(environment(), model.data(), model.size(), options);
  Ort::SessionOptions noting = options.Clone();
  noting.SetGraphOptimizationLevel(ORT_DISABLE_ALL);
  noting.AddConfigEntry("session.disable_prepacking", "1");  // packed weights would be missing from the shapes
  noting.EnableProfiling((profiling.prefix + std::to_string(profiling.sessions++)).c_str());
  return Ort::Session(environment(), model.data(), model.size(), noting);
}

ProfiledSessions::ProfiledSessions(std::string prefix) { profiling = {std::move(prefix), 0}; }
ProfiledSessions::~ProfiledSessions() { profiling = {}; }

}  // namespace facemat
