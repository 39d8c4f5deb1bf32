#pragma once
// How this room's sources open ONNX Runtime sessions. Not for other rooms: it shows ONNX Runtime's header.

#include <onnxruntime_cxx_api.h>

#include <map>
#include <string>

#include "src/runtime/onnx/providers.h"

namespace facemat {

// A session over the bytes of a model, in the process's one environment. Prints nothing: throws Ort::Exception. Safe to call
// from several threads.
Ort::Session open_session(const std::string& model, const Ort::SessionOptions& options);

struct OpenedSession {
  Ort::Session session{nullptr};
  std::string provider;             // registered first, a name of providers()
  Ort::MemoryInfo memory{nullptr};  // where its states are made
};
// Sizes for dimensions that a graph leaves open, by their names.
using OpenDimensions = std::map<std::string, int64_t>;

// The same with the provider, threads and level of `options`. Throws Error for options that are not allowed.
OpenedSession open_session(const std::string& model, const SessionOptions& options, const OpenDimensions& sizes = {});

// `value`, of rank 4, copied from wherever it lies to the machine's memory, by the provider of `options`: ONNX Runtime has no
// function for it, but a graph that changes nothing does it.
Ort::Value to_cpu(const Ort::Value& value, const SessionOptions& options);

// Throws Error, or MemoryError where memory lacked: "WHAT: the reason that ONNX Runtime gives, in one line".
[[noreturn]] void fail_with(const std::string& what, const Ort::Exception& error);

// While one lives, sessions that its thread opens note each operator that runs, with its shapes, in a file named `prefix` and a
// number; the file is complete when the session is gone.
class ProfiledSessions {
 public:
  enum class Graph { kAsWritten, kOptimised };  // as written: nothing is fused
  ProfiledSessions(std::string prefix, Graph graph);
  ~ProfiledSessions();
  int opened() const;  // sessions so far; each has a file, if there was room for it
  ProfiledSessions(const ProfiledSessions&) = delete;
  ProfiledSessions& operator=(const ProfiledSessions&) = delete;
};

}  // namespace facemat
