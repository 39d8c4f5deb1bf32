#pragma once
// How this room's sources open ONNX Runtime sessions. Not for other rooms: it shows ONNX Runtime's header.

#include <onnxruntime_cxx_api.h>

#include <string>

namespace facemat {

// A session over the bytes of a model, in the process's one environment. Prints nothing: throws Ort::Exception.
Ort::Session open_session(const std::string& model, const Ort::SessionOptions& options);

// While one lives, sessions that its thread opens run their graphs as they are written (nothing fused) and note each operator's
// shapes in a file named `prefix` and a number; the file is complete when the session is gone.
class ProfiledSessions {
 public:
  explicit ProfiledSessions(std::string prefix);
  ~ProfiledSessions();
  ProfiledSessions(const ProfiledSessions&) = delete;
  ProfiledSessions& operator=(const ProfiledSessions&) = delete;
};

}  // namespace facemat
