#include "src/runtime/onnx/environment.h"

#include <iostream>
#include <mutex>

#include "src/core/error.h"

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

// One memory for all sessions: those of one model (prepared_graphs.h) work in turns.
Ort::Env make_environment() {
  Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "facemat");
  env.CreateAndRegisterAllocator(Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault),
                                 Ort::ArenaCfg(0, -1, -1, -1));
  return env;
}

Ort::Env& environment() {
  static Ort::Env env = make_environment();
  return env;
}

struct Profiling {
  std::string prefix;  // empty: off
  ProfiledSessions::Graph graph = ProfiledSessions::Graph::kAsWritten;
  int sessions = 0, opened = 0;  // tried; of these opened
};
thread_local Profiling profiling;

Ort::SessionOptions noting(const Ort::SessionOptions& options) {
  Ort::SessionOptions out = options.Clone();
  if (profiling.graph == ProfiledSessions::Graph::kAsWritten) {
    out.SetGraphOptimizationLevel(ORT_DISABLE_ALL);
    out.AddConfigEntry("session.disable_prepacking", "1");  // packed weights would be missing from the shapes
  }
  out.EnableProfiling((profiling.prefix + std::to_string(profiling.sessions++)).c_str());
  return out;
}

}  // namespace

Ort::Session open_session(const std::string& model, const Ort::SessionOptions& options) {
  static std::mutex one_at_a_time;  // std::cerr is one for all threads
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  const QuietCerr quiet;
  if (profiling.prefix.empty()) return Ort::Session(environment(), model.data(), model.size(), options);
  Ort::Session session(environment(), model.data(), model.size(), noting(options));
  ++profiling.opened;
  return session;
}

void fail_with(const std::string& what, const Ort::Exception& error) {
  const std::string text = error.what();
  const size_t found = text.find("[ONNXRuntimeError]");  // before it may stand the place in ONNX Runtime's sources
  const size_t begin = found == std::string::npos ? 0 : found;
  const std::string message = what + ": " + text.substr(begin, text.find('\n', begin) - begin);
  if (tells_of_memory(error.what())) throw MemoryError(message);
  throw Error(message);
}

ProfiledSessions::ProfiledSessions(std::string prefix, Graph graph) { profiling = {std::move(prefix), graph, 0, 0}; }
ProfiledSessions::~ProfiledSessions() { profiling = {}; }
int ProfiledSessions::opened() const { return profiling.opened; }

}  // namespace facemat
